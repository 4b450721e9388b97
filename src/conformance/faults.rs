//! Twenty faults seen in real systems that do this job, each as a case that fails if an engine has it.

mod codes;
mod times;

use std::pin::pin;
use std::time::Duration;

use super::plain::{
    LONG, PENDING, SECOND, TICK, Told, begin, begin_many, begin_with, cancel, claim, complete, context, deny, grant,
    inspect, once, options, poll, poll_as, redeem, resolve, state, stats, try_begin, wait,
};
use super::{Harness, Settings, races};
use crate::backend::Backend;
use crate::code::user::UserCode;
use crate::error::{InitiateError, ResolveError, SettleError};
use crate::session::{MAX_TTL, State};

pub use codes::{
    fault_11_a_user_code_overwrites_another_session, fault_12_a_malformed_code_panics,
    fault_15_secrets_show_in_debug_output,
};
pub use times::{
    fault_08_a_change_loses_or_renews_the_deadline, fault_18_a_rewrite_resets_the_time_to_live,
    fault_19_index_sets_outlive_their_sessions,
};

/// Two polls at the same time both get the grant.
pub async fn fault_01_two_concurrent_polls_both_get_the_grant<H: Harness>(h: &H) {
    races::of_many_polls_one_gets_the_grant(h).await;
}

/// A later poll gets the grant again.
pub async fn fault_02_a_later_poll_gets_the_grant_again(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    redeem(&b, &login, "grant").await;
    for _ in 0..3 {
        assert_eq!(poll(&b, &login).await, Told::Redeemed);
        assert_eq!(poll(&b.clone(), &login.clone()).await, Told::Redeemed);
        assert_eq!(wait(&b, &login, LONG).await, Told::Redeemed);
        assert_eq!(complete(&b, &login, "again").await, Err(SettleError::Redeemed));
        h.sweep().await;
    }
}

/// The note of a poll overwrites an approval or a denial.
pub async fn fault_03_a_poll_overwrites_an_approval_or_a_denial<H: Harness>(h: &H) {
    races::polls_do_not_undo_what_settles_the_login(h).await;
}

/// A late approval or denial revives a session that is over.
pub async fn fault_04_a_late_approval_or_denial_revives_a_session(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (redeemed, uncollected) = (begin(&b).await, begin(&b).await);
    let (noted, unnoted) = (begin(&b).await, begin(&b).await);
    redeem(&b, &redeemed, "grant").await;
    assert_eq!(complete(&b, &uncollected, "never").await, Ok(()));
    h.advance(Settings::default().ttl).await;
    assert_eq!(poll(&b, &noted).await, Told::Expired);
    for _ in 0..2 {
        for (login, reason, told) in [
            (&redeemed, SettleError::Redeemed, Told::Redeemed),
            (&uncollected, SettleError::Expired, Told::Expired),
            (&noted, SettleError::Expired, Told::Expired),
            (&unnoted, SettleError::Expired, Told::Expired),
        ] {
            assert_eq!(complete(&b, login, "late").await, Err(reason));
            assert_eq!(deny(&b, login).await, Err(reason));
            assert_eq!(cancel(&b, login).await, Err(reason));
            assert_eq!(poll(&b, login).await, told);
        }
        h.sweep().await;
    }
}

/// Of two approvals the last one wins.
pub async fn fault_05_of_two_approvals_the_last_one_wins<H: Harness>(h: &H) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "first").await, Ok(()));
    assert_eq!(complete(&b, &login, "second").await, Err(SettleError::Completed));
    assert_eq!(poll(&b, &login).await, grant("first"));
    races::of_two_approvals_one_stands(h).await;
}

/// An approval and a denial both report success.
pub async fn fault_06_an_approval_and_a_denial_both_report_success<H: Harness>(h: &H) {
    races::of_opposite_ends_one_happens(h).await;
}

/// Expiry is tested before an end that happened, or after something that expiry forbids.
pub async fn fault_07_expiry_is_tested_in_the_wrong_order(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = begin_many(&b, 5).await;
    let [pending, completed, used, denied, cancelled] = &logins[..] else { panic!("five logins") };
    assert_eq!(complete(&b, completed, "never").await, Ok(()));
    redeem(&b, used, "grant").await;
    assert_eq!(deny(&b, denied).await, Ok(()));
    assert_eq!(cancel(&b, cancelled).await, Ok(()));
    h.advance(Settings::default().ttl).await;
    for _ in 0..2 {
        for (login, told) in [
            (used, Told::Redeemed),
            (denied, Told::Denied),
            (cancelled, Told::Cancelled),
            (pending, Told::Expired),
            (completed, Told::Expired),
        ] {
            assert_eq!(poll(&b, login).await, told);
        }
        h.sweep().await;
    }
}

/// A grant is used up by a request that must not have it, or before its delivery could fail.
pub async fn fault_09_a_grant_is_burned_before_it_is_delivered(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_with(&b, context("scopes")).await;
    let stranger = b.for_tenant("stranger");
    assert!(claim(&stranger, &login).await.is_err());
    assert_eq!(complete(&stranger, &login, "theirs").await, Err(SettleError::Unknown));
    assert_eq!(claim(&b, &login).await.as_deref(), Ok("scopes"));
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll(&stranger, &login).await, Told::Unknown);
    assert_eq!(poll_as(&stranger, &login, 1).await, Told::Unknown);
    assert_eq!(cancel(&stranger, &login).await, Err(SettleError::Unknown));
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    // Its answer is lost on the way.
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
}

/// The bound on sessions evicts live logins.
pub async fn fault_10_the_bound_evicts_live_logins(h: &impl Harness) {
    let b = h.backend(&Settings { max_sessions: 8, ..Settings::default() }).await;
    let logins = begin_many(&b, 8).await;
    for login in &logins[..4] {
        assert_eq!(complete(&b, login, "grant").await, Ok(()));
    }
    for _ in 0..20 {
        assert!(matches!(try_begin(&b, options(&b)).await, Err(InitiateError::Full { .. })));
    }
    assert_eq!(poll(&b, &logins[0]).await, grant("grant"));
    begin(&b).await;
    assert!(try_begin(&b, options(&b)).await.is_err(), "an end makes room for one only");
    for login in &logins[1..4] {
        assert_eq!(poll(&b, login).await, grant("grant"));
    }
    for login in &logins[4..] {
        assert_eq!(poll(&b, login).await, PENDING);
    }
}

/// The first poll is throttled, for what other polls did that used the same place or code before.
pub async fn fault_13_the_first_poll_is_throttled(h: &impl Harness) {
    let interval = SECOND * 5;
    let b = h.backend(&Settings { max_sessions: 1, poll_interval: Some(interval), ..Settings::default() }).await;
    for round in 0..30 {
        let login = begin(&b).await;
        assert_eq!(poll(&b, &login).await, Told::Pending(interval), "round {round}");
        assert!(matches!(poll(&b, &login).await, Told::SlowDown(_)), "round {round}");
        assert_eq!(deny(&b, &login).await, Ok(()));
    }
}

/// `slow_down` hides a login that is settled.
pub async fn fault_14_slow_down_hides_a_settled_login(h: &impl Harness) {
    super::pace::a_settled_login_is_never_told_to_slow_down(h).await;
}

/// The interval, or a count of polls or guesses, grows without bound.
pub async fn fault_16_counters_grow_without_bound(h: &impl Harness) {
    let interval = SECOND * 5;
    let settings =
        Settings { poll_interval: Some(interval), guesses_per_source: 3, guesses_in_total: 5, ..Settings::default() };
    let b = h.backend(&settings).await;
    let login = begin(&b).await;
    let mut longest = Duration::ZERO;
    for _ in 0..300 {
        if let Told::SlowDown(retry_after) = poll(&b, &login).await {
            longest = longest.max(retry_after);
        }
    }
    assert_eq!(longest, interval + SECOND * 60, "a minute more at the most");
    h.advance(longest).await;
    assert!(matches!(poll(&b, &login).await, Told::Pending(_)), "a client that waits is let through");
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll(&b, &login).await, grant("grant"));

    let wrong = UserCode::parse("BBBB-BBBB").expect("well formed");
    for guess in 0..300 {
        let retry_after = SECOND * 60;
        let expected = if guess < 3 { ResolveError::Unknown } else { ResolveError::TooManyGuesses { retry_after } };
        assert_eq!(resolve(&b, &wrong, "source").await.err(), Some(expected));
    }
    h.advance(SECOND * 60).await;
    assert_eq!(resolve(&b, &wrong, "source").await.err(), Some(ResolveError::Unknown), "refused ones do not add up");
}

/// A repeated request is told *used*, although it is the rightful owner's.
pub async fn fault_17_a_repeated_redemption_is_told_used<H: Harness>(h: &H) {
    super::attempts::the_same_attempt_gets_the_grant_again(h).await;
    races::of_many_attempts_one_gets_the_grant(h).await;
}

/// An answer is delivered to another request after a call that was cancelled.
pub async fn fault_20_an_answer_is_delivered_to_another_request(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = begin_many(&b, 30).await;
    for (at, pair) in logins.windows(2).enumerate() {
        let [login, other] = pair else { panic!("two logins") };
        {
            let mut dropped = pin!(wait(&b, login, LONG));
            assert_eq!(once(dropped.as_mut()).await, None);
            let mut dropped = pin!(inspect(&b, other));
            let _ = once(dropped.as_mut()).await;
            let mut dropped = pin!(stats(&b));
            let _ = once(dropped.as_mut()).await;
        }
        assert_eq!(inspect(&b, login).await.map(|shown| shown.state), Some(State::Pending));
        assert_eq!(complete(&b, login, &at.to_string()).await, Ok(()));
        assert_eq!(wait(&b, other, TICK).await, PENDING, "it has not been approved");
        assert_eq!(wait(&b, login, LONG).await, grant(&at.to_string()));
    }
    // A redeeming poll that is dropped may have happened; its grant is the same attempt's, and no other's.
    let b = h.backend(&Settings { ttl: MAX_TTL, ..Settings::default() }).await;
    let logins = begin_many(&b, 10).await;
    for (at, login) in logins.iter().enumerate() {
        assert_eq!(complete(&b, login, &at.to_string()).await, Ok(()));
        {
            let mut dropped = pin!(poll_as(&b, login, 1));
            let _ = once(dropped.as_mut()).await;
        }
        assert_eq!(poll_as(&b, login, 1).await, grant(&at.to_string()));
        assert_eq!(poll_as(&b, login, 2).await, Told::Redeemed);
        assert_eq!(state(&b, login).await, Some(State::Redeemed));
    }
}
