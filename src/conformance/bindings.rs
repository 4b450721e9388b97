//! What polls have to carry: the binding of a login, and the proof of its approval.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::plain::{
    Engine, LONG, PENDING, SECOND, Told, begin, begin_with, complete, complete_with, deny, grant, once, options, poll,
    poll_with, wait_with, withdraw,
};
use super::{Harness, Settings};
use crate::binding::Binding;
use crate::details::Details;
use crate::poll_options::PollOptions;
use crate::session::Initiated;

fn binding(number: u8) -> Binding {
    Binding::new([number; 32])
}

fn bound(number: u8) -> PollOptions {
    PollOptions::new().binding(binding(number))
}

fn proven(number: u8) -> PollOptions {
    PollOptions::new().hand_back(binding(number))
}

async fn begin_bound<B: Engine>(store: &B) -> Initiated {
    begin_with(store, options(store).binding(binding(1))).await
}

/// One whose browser can be led to its tool.
async fn begin_handing<B: Engine>(store: &B) -> Initiated {
    let details = Details::new().hand_back("http://127.0.0.1:4711/done");
    begin_with(store, options(store).details(details)).await
}

/// In every state, a poll without the binding, or with another, is told what one with a code of no login is.
pub async fn a_poll_without_the_binding_is_unknown(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = [begin_bound(&b).await, begin_bound(&b).await, begin_bound(&b).await, begin_bound(&b).await];
    assert_eq!(complete(&b, &logins[1], "grant").await, Ok(()));
    assert_eq!(complete(&b, &logins[2], "used").await, Ok(()));
    assert_eq!(poll_with(&b, &logins[2], &bound(1)).await, grant("used"));
    assert_eq!(deny(&b, &logins[3]).await, Ok(()));
    for login in &logins {
        assert_eq!(poll(&b, login).await, Told::Unknown);
        assert_eq!(poll_with(&b, login, &bound(2)).await, Told::Unknown);
        assert_eq!(poll_with(&b, login, &proven(1)).await, Told::Unknown, "a proof is no binding");
    }
    let told = [PENDING, grant("grant"), Told::Redeemed, Told::Denied];
    for (login, told) in logins.iter().zip(told) {
        assert_eq!(poll_with(&b, login, &bound(1)).await, told);
    }
}

/// A login that is not bound takes polls with and without.
pub async fn an_unbound_login_takes_any_binding(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(poll_with(&b, &login, &bound(1)).await, PENDING);
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll_with(&b, &login, &bound(2)).await, grant("grant"));
}

/// A poll without the binding does not make the tool's own come too soon.
pub async fn a_poll_without_the_binding_is_not_noted(h: &impl Harness) {
    let b = h.backend(&Settings { poll_interval: Some(SECOND * 5), ..Settings::default() }).await;
    let login = begin_bound(&b).await;
    for _ in 0..3 {
        assert_eq!(poll(&b, &login).await, Told::Unknown);
    }
    assert_eq!(poll_with(&b, &login, &bound(1)).await, Told::Pending(SECOND * 5));
    h.advance(SECOND * 5).await;
    assert_eq!(poll_with(&b, &login, &bound(2)).await, Told::Unknown);
    assert_eq!(poll_with(&b, &login, &bound(1)).await, Told::Pending(SECOND * 5));
}

/// A wait without the binding is told *unknown* at once.
pub async fn a_wait_without_the_binding_is_unknown(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (login, started) = (begin_bound(&b).await, Instant::now());
    assert_eq!(wait_with(&b, &login, LONG, &bound(2)).await, Told::Unknown);
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(wait_with(&b, &login, LONG, &PollOptions::new()).await, Told::Unknown);
    assert_eq!(wait_with(&b, &login, LONG, &bound(1)).await, grant("grant"));
    assert!(started.elapsed() < LONG / 2, "none of them waits");
}

/// A login that was completed with a proof is pending for every poll but those that carry it.
pub async fn a_proof_is_asked_of_the_poll_that_redeems(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_handing(&b).await;
    assert_eq!(poll_with(&b, &login, &proven(1)).await, PENDING, "before the approval");
    assert_eq!(complete_with(&b, &login, "grant", &binding(1)).await, Ok(()));
    assert_eq!(poll(&b, &login).await, PENDING);
    assert_eq!(poll_with(&b, &login, &proven(2)).await, PENDING);
    assert_eq!(poll_with(&b, &login, &bound(1)).await, PENDING, "a binding is no proof");
    assert_eq!(poll_with(&b, &login, &proven(1)).await, grant("grant"));
    assert_eq!(poll(&b, &login).await, Told::Redeemed);
    assert_eq!(poll_with(&b, &login, &proven(1)).await, Told::Redeemed);
}

/// A proof is ignored if the login has no address to hand it to; and if none is given, none is required.
pub async fn a_proof_counts_for_nothing_without_a_place_to_hand_it_to(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (plain, handing) = (begin(&b).await, begin_handing(&b).await);
    assert_eq!(complete_with(&b, &plain, "grant", &binding(1)).await, Ok(()));
    assert_eq!(poll(&b, &plain).await, grant("grant"));
    assert_eq!(complete(&b, &handing, "grant").await, Ok(()));
    assert_eq!(poll(&b, &handing).await, grant("grant"));
}

/// A wait without the proof goes on when the login is approved, and ends when the approval is taken back.
pub async fn a_wait_without_the_proof_waits(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_handing(&b).await;
    assert_eq!(complete_with(&b, &login, "grant", &binding(1)).await, Ok(()));
    let short = Duration::from_millis(50);
    let started = Instant::now();
    assert_eq!(wait_with(&b, &login, short, &PollOptions::new()).await, PENDING);
    assert!(started.elapsed() >= short, "it returned before its time");

    let (none, right) = (PollOptions::new(), proven(1));
    let mut waiting = pin!(wait_with(&b, &login, LONG, &none));
    assert_eq!(once(waiting.as_mut()).await, None, "it waits");
    assert_eq!(withdraw(&b, &login).await, Ok(Some("grant".to_owned())));
    assert_eq!(waiting.await, Told::Denied);

    let login = begin_handing(&b).await;
    let mut waiting = pin!(wait_with(&b, &login, LONG, &right));
    assert_eq!(once(waiting.as_mut()).await, None, "it waits");
    assert_eq!(complete_with(&b, &login, "grant", &binding(1)).await, Ok(()));
    assert_eq!(waiting.await, grant("grant"), "one with the proof is woken");
    assert!(started.elapsed() < LONG / 2, "they were woken");
}

/// A repeated redemption carries what the first did, and its attempt.
pub async fn a_repeated_redemption_carries_the_same_again(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let details = Details::new().hand_back("http://127.0.0.1:4711/done");
    let login = begin_with(&b, options(&b).details(details).binding(binding(1))).await;
    assert_eq!(complete_with(&b, &login, "grant", &binding(2)).await, Ok(()));
    let attempt = super::plain::attempt(7);
    let all = bound(1).hand_back(binding(2)).attempt(attempt);
    assert_eq!(poll_with(&b, &login, &all).await, grant("grant"));
    assert_eq!(poll_with(&b, &login, &all).await, grant("grant"), "again");
    assert_eq!(poll_with(&b, &login, &proven(2).attempt(attempt)).await, Told::Unknown);
    assert_eq!(poll_with(&b, &login, &bound(1).attempt(attempt)).await, Told::Redeemed);
    assert_eq!(poll_with(&b, &login, &bound(1).hand_back(binding(2))).await, Told::Redeemed);
}
