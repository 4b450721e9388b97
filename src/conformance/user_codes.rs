//! User codes (RFC 8628, section 6.1), and the bounds on guessing them (section 5.1).

use std::collections::HashSet;

use super::plain::{
    Engine, SECOND, TICK, begin, begin_with, cancel, complete, deny, grant, options, poll, redeem, refused, resolve,
};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::ResolveError;
use crate::session::Initiated;
use crate::source::Source;

const UNKNOWN: Result<LoginCode, ResolveError> = Err(ResolveError::Unknown);

async fn begin_typed<B: Engine>(store: &B) -> (Initiated, UserCode) {
    let login = begin_with(store, options(store).user_code()).await;
    let code = login.user_code.clone().expect("a user code was asked for");
    (login, code)
}

/// One of two codes, neither of which is `right`.
fn wrong(right: &UserCode) -> UserCode {
    let code = UserCode::parse("BBBB-BBBB").unwrap();
    if code == *right { UserCode::parse("CCCC-CCCC").unwrap() } else { code }
}

fn too_many(retry_after: std::time::Duration) -> Result<LoginCode, ResolveError> {
    Err(ResolveError::TooManyGuesses { retry_after })
}

/// A login has a user code if it was asked for, and the code leads to the login however it is typed.
pub async fn a_user_code_leads_to_its_login(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    assert!(begin(&b).await.user_code.is_none());
    let (login, code) = begin_typed(&b).await;
    let shown = code.expose().to_string();
    for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), format!(" {shown}\n")] {
        let read = UserCode::parse(&typed).expect("a code that was shown");
        assert!(resolve(&b, &read, "source").await == Ok(login.login_code.clone()), "{typed:?}");
    }
    redeem(&b, &login, "grant").await;
}

/// No two logins share a user code, and each code leads to its own login.
pub async fn user_codes_differ(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let mut logins = Vec::new();
    for _ in 0..100 {
        logins.push(begin_typed(&b).await);
    }
    let texts: HashSet<String> = logins.iter().map(|(_, code)| code.expose().to_string()).collect();
    assert_eq!(texts.len(), logins.len());
    for (login, code) in &logins {
        assert!(resolve(&b, code, "source").await == Ok(login.login_code.clone()));
    }
}

/// A user code leads to its login as long as that is remembered, settled or not.
pub async fn a_user_code_is_known_as_long_as_its_login(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (approved, first) = begin_typed(&b).await;
    let (denied, second) = begin_typed(&b).await;
    let (cancelled, third) = begin_typed(&b).await;
    assert_eq!(complete(&b, &approved, "grant").await, Ok(()));
    assert_eq!(deny(&b, &denied).await, Ok(()));
    assert_eq!(cancel(&b, &cancelled).await, Ok(()));
    assert!(resolve(&b, &first, "source").await == Ok(approved.login_code.clone()));
    assert_eq!(poll(&b, &approved).await, grant("grant"));
    for (login, code) in [(&approved, &first), (&denied, &second), (&cancelled, &third)] {
        assert!(resolve(&b, code, "source").await == Ok(login.login_code.clone()));
    }
}

/// With its login, a user code is forgotten, to the tick.
pub async fn a_user_code_is_forgotten_with_its_login(h: &impl Harness) {
    let Settings { ttl, retention, .. } = Settings::default();
    let b = h.backend(&Settings::default()).await;
    let (login, code) = begin_typed(&b).await;
    h.advance(ttl + retention - TICK).await;
    assert!(resolve(&b, &code, "source").await == Ok(login.login_code.clone()), "expired and remembered");
    h.advance(TICK).await;
    assert!(resolve(&b, &code, "source").await == UNKNOWN);
    h.sweep().await;
    assert!(resolve(&b, &code, "source").await == UNKNOWN);
}

/// A source is refused after so many wrong codes within a minute, right ones included. Right ones cost nothing.
pub async fn a_source_has_so_many_guesses(h: &impl Harness) {
    let b = h.backend(&Settings { guesses_per_source: 2, guesses_in_total: 100, ..Settings::default() }).await;
    let (login, right) = begin_typed(&b).await;
    let (wrong, found) = (wrong(&right), Ok(login.login_code.clone()));
    assert!(resolve(&b, &wrong, "a").await == UNKNOWN);
    for _ in 0..5 {
        assert!(resolve(&b, &right, "a").await == found, "a right one costs nothing");
    }
    assert!(resolve(&b, &wrong, "a").await == UNKNOWN, "and resets nothing");
    for code in [&wrong, &right] {
        assert!(matches!(resolve(&b, code, "a").await, Err(ResolveError::TooManyGuesses { .. })));
    }
    assert!(resolve(&b, &right, "b").await == found, "another source");
    assert!(matches!(resolve(&b.for_tenant("acme"), &right, "a").await, Err(ResolveError::TooManyGuesses { .. })));
}

/// After too many wrong codes from all sources together, only sources that have failed are refused.
pub async fn too_many_guesses_from_all_refuse_those_who_failed(h: &impl Harness) {
    let b = h.backend(&Settings { guesses_per_source: 2, guesses_in_total: 5, ..Settings::default() }).await;
    let (login, right) = begin_typed(&b).await;
    let wrong = wrong(&right);
    for source in 0..20 {
        assert!(resolve(&b, &wrong, &source.to_string()).await == UNKNOWN, "the first of source {source}");
    }
    for source in 0..20 {
        let found = resolve(&b, &right, &source.to_string()).await;
        assert!(matches!(found, Err(ResolveError::TooManyGuesses { .. })), "source {source}");
    }
    assert!(resolve(&b, &right, "new").await == Ok(login.login_code.clone()), "who has not failed");
}

/// Those of whom nothing is known have no count of their own, which any of them could use up for the others: they have
/// what all have together.
pub async fn guesses_of_unknown_sources_count_in_total(h: &impl Harness) {
    let b = h.backend(&Settings { guesses_per_source: 2, guesses_in_total: 5, ..Settings::default() }).await;
    let (login, right) = begin_typed(&b).await;
    let (wrong, found) = (wrong(&right), Ok(login.login_code.clone()));
    let unknown = async |code| b.resolve(code, Source::UNKNOWN).await.map_err(refused);
    for guess in 0..4 {
        assert!(unknown(&wrong).await == UNKNOWN, "guess {guess}");
        assert!(unknown(&right).await == found, "after guess {guess}");
    }
    assert!(unknown(&wrong).await == UNKNOWN, "the last of all");
    for code in [&wrong, &right] {
        assert!(matches!(unknown(code).await, Err(ResolveError::TooManyGuesses { .. })));
    }
    assert!(resolve(&b, &right, "a").await == found, "who is known and has not failed");
}

/// After too many wrong codes from all together, new codes have ten letters.
pub async fn after_too_many_guesses_user_codes_are_longer(h: &impl Harness) {
    let b = h.backend(&Settings { guesses_per_source: 2, guesses_in_total: 3, ..Settings::default() }).await;
    let letters = |code: &UserCode| code.expose().chars().filter(char::is_ascii_alphabetic).count();
    let (login, right) = begin_typed(&b).await;
    assert_eq!(letters(&right), 8);
    let wrong = wrong(&right);
    for source in ["a", "b", "c"] {
        assert!(resolve(&b, &wrong, source).await == UNKNOWN);
    }
    let (other, long) = begin_typed(&b).await;
    assert_eq!(letters(&long), 10);
    let typed = UserCode::parse(&long.expose().to_lowercase().replace('-', " ")).expect("a code that was shown");
    assert!(resolve(&b, &typed, "new").await == Ok(other.login_code.clone()));
    assert!(resolve(&b, &right, "new").await == Ok(login.login_code.clone()), "the code that was short stays good");
}

/// The minute counts from the first wrong code, to the tick, and a refusal says how much of it remains.
pub async fn guesses_are_counted_for_a_minute(h: &impl Harness) {
    let b = h.backend(&Settings { guesses_per_source: 2, guesses_in_total: 3, ..Settings::default() }).await;
    let (login, right) = begin_typed(&b).await;
    let (wrong, found) = (wrong(&right), Ok(login.login_code.clone()));
    assert!(resolve(&b, &wrong, "a").await == UNKNOWN);
    h.advance(SECOND * 10).await;
    assert!(resolve(&b, &wrong, "a").await == UNKNOWN);
    assert!(resolve(&b, &right, "a").await == too_many(SECOND * 50));
    assert!(resolve(&b, &wrong, "b").await == UNKNOWN, "the last of all");
    assert!(resolve(&b, &right, "b").await == too_many(SECOND * 50));
    assert!(resolve(&b, &right, "c").await == found, "who has not failed");
    h.advance(SECOND * 50 - TICK).await;
    assert!(resolve(&b, &right, "a").await == too_many(TICK), "refused guesses do not add up");
    h.advance(TICK).await;
    assert!(resolve(&b, &right, "a").await == found);
    assert!(resolve(&b, &right, "c").await == found);
}

/// Wrong codes are counted on each rung of a source's ladder, with four times the guesses on each next one.
pub async fn a_network_has_four_times_the_guesses_of_one_below(h: &impl Harness) {
    let b = h.backend(&Settings { guesses_per_source: 1, guesses_in_total: 1000, ..Settings::default() }).await;
    let (login, right) = begin_typed(&b).await;
    let (wrong, found) = (wrong(&right), Ok(login.login_code.clone()));
    for network in ["203.0.113.", "2001:db8:0:1", "2001:db8:0:2"] {
        // Hosts of one /24, or /64s of one /56.
        let host = |at: usize| match network.split_once(':') {
            None => format!("{network}{at}"),
            Some(_) => format!("{network}0{at}::1"),
        };
        for at in 1..=4 {
            assert!(resolve(&b, &wrong, &host(at)).await == UNKNOWN, "{}", host(at));
            assert!(matches!(resolve(&b, &right, &host(at)).await, Err(ResolveError::TooManyGuesses { .. })));
        }
        let found = resolve(&b, &right, &host(5)).await;
        assert!(matches!(found, Err(ResolveError::TooManyGuesses { .. })), "{} has not failed itself", host(5));
    }
    assert!(resolve(&b, &right, "203.0.112.1").await == found, "the network beside it");
    assert!(resolve(&b, &right, "::ffff:203.0.113.1").await == too_many_of(&b, &right, "203.0.113.1").await);
    assert!(resolve(&b, &right, "2001:db8:0:101::2").await != found, "another host of the same /64");
    assert!(resolve(&b, &right, "2001:db8:0:401::1").await == found, "a /56 beside them, of the same /48");
}

async fn too_many_of<B: Engine>(store: &B, code: &UserCode, source: &str) -> Result<LoginCode, ResolveError> {
    let refused = resolve(store, code, source).await;
    assert!(matches!(refused, Err(ResolveError::TooManyGuesses { .. })));
    refused
}

/// Whether two codes are of one login is told without a guess, of any tenant, until the login is forgotten.
pub async fn a_login_code_and_its_user_code_are_of_one_login(h: &impl Harness) {
    let settings = Settings { guesses_per_source: 1, guesses_in_total: 2, ..Settings::default() };
    let Settings { ttl, retention, .. } = settings;
    let b = h.backend(&settings).await;
    let (login, code) = begin_typed(&b).await;
    let (other, _) = begin_typed(&b.for_tenant("acme")).await;
    for _ in 0..5 {
        assert_eq!(b.same_login(&login.login_code, &code).await, Ok(true));
        assert_eq!(b.for_tenant("acme").same_login(&login.login_code, &code).await, Ok(true));
        assert_eq!(b.same_login(&other.login_code, &code).await, Ok(false));
        assert_eq!(b.same_login(&login.login_code, &wrong(&code)).await, Ok(false));
    }
    assert!(resolve(&b, &code, "source").await == Ok(login.login_code.clone()), "nothing was counted");
    h.advance(ttl + retention - TICK).await;
    assert_eq!(b.same_login(&login.login_code, &code).await, Ok(true), "expired and remembered");
    h.advance(TICK).await;
    assert_eq!(b.same_login(&login.login_code, &code).await, Ok(false));
}
