//! Attempts: a poll that redeems may be repeated by the caller that made it, and by no other.

use super::plain::{
    PENDING, SECOND, TICK, Told, begin, begin_many, complete, deny, grant, poll, poll_as, state, wait_as,
};
use super::{Harness, Settings};
use crate::session::State;

/// The same attempt gets the same grant again.
pub async fn the_same_attempt_gets_the_grant_again(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(poll_as(&b, &login, 1).await, PENDING);
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    for _ in 0..4 {
        assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    }
    assert_eq!(wait_as(&b, &login, SECOND, 1).await, grant("grant"), "a wait, too");
    assert_eq!(state(&b, &login).await, Some(State::Redeemed));
}

/// Another attempt, or none, is told *redeemed*, and takes nothing from the first.
pub async fn another_attempt_is_told_redeemed(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    for _ in 0..3 {
        assert_eq!(poll_as(&b, &login, 2).await, Told::Redeemed);
        assert_eq!(poll(&b, &login).await, Told::Redeemed);
        assert_eq!(wait_as(&b, &login, SECOND, 3).await, Told::Redeemed);
    }
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
}

/// An attempt that comes after a redemption without one is told *redeemed*.
pub async fn what_was_redeemed_without_an_attempt_is_not_repeated(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(poll_as(&b, &login, 1).await, PENDING);
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll(&b, &login).await, grant("grant"));
    assert_eq!(poll_as(&b, &login, 1).await, Told::Redeemed);
    assert_eq!(poll_as(&b, &login, 0).await, Told::Redeemed, "nor an attempt of zeros");
}

/// The attempt belongs to its login: another login's polls may have the same.
pub async fn an_attempt_belongs_to_its_login(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = begin_many(&b, 5).await;
    for (at, login) in logins.iter().enumerate() {
        assert_eq!(complete(&b, login, &at.to_string()).await, Ok(()));
    }
    for _ in 0..2 {
        for (at, login) in logins.iter().enumerate() {
            assert_eq!(poll_as(&b, login, 7).await, grant(&at.to_string()));
        }
    }
}

/// Of a login that ended otherwise, an attempt is told how.
pub async fn an_attempt_is_told_of_other_ends(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(deny(&b, &login).await, Ok(()));
    for _ in 0..2 {
        assert_eq!(poll_as(&b, &login, 1).await, Told::Denied);
    }
}

/// For ten seconds, to the tick; then the attempt is told *redeemed*, and repetitions have not prolonged it.
pub async fn an_attempt_may_be_repeated_for_ten_seconds(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    for by in [SECOND * 6, SECOND * 3, SECOND - TICK] {
        h.advance(by).await;
        assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    }
    h.advance(TICK).await;
    assert_eq!(poll_as(&b, &login, 1).await, Told::Redeemed);
    h.sweep().await;
    assert_eq!(poll_as(&b, &login, 1).await, Told::Redeemed);
}

/// A login that was redeemed in its last moment may be repeated after its deadline.
pub async fn an_attempt_may_be_repeated_after_the_deadline(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    h.advance(Settings::default().ttl - TICK).await;
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    h.advance(SECOND * 5).await;
    h.sweep().await;
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    assert_eq!(poll_as(&b, &login, 2).await, Told::Redeemed);
}

/// A grant that is forgotten before the ten seconds are over is unknown.
pub async fn an_attempt_is_not_remembered_longer_than_its_login(h: &impl Harness) {
    let b = h.backend(&Settings { retention: SECOND * 4, ..Settings::default() }).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    h.advance(SECOND * 4 - TICK).await;
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    h.advance(TICK).await;
    assert_eq!(poll_as(&b, &login, 1).await, Told::Unknown);
}
