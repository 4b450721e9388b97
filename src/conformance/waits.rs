//! `wait`: a poll that returns when there is something to say.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::plain::{
    LONG, PENDING, SECOND, Told, begin, cancel, complete, deny, grant, once, poll, poll_as, redeem, wait, wait_as,
};
use super::{Harness, Settings};
use crate::backend::Backend;

/// Runs a wait on which `$settle` happens once it has begun. It must be woken, not run out of time.
macro_rules! woken_by {
    ($wait:expr, $settle:expr) => {{
        let started = Instant::now();
        let mut waiting = pin!($wait);
        assert_eq!(once(waiting.as_mut()).await, None, "it waits");
        assert_eq!($settle.await, Ok(()));
        let told = waiting.await;
        assert!(started.elapsed() < LONG / 2, "it was not woken");
        told
    }};
}

/// A wait ends when the login is completed, denied or cancelled.
pub async fn a_wait_ends_when_the_login_is_settled(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(woken_by!(wait(&b, &login, LONG), complete(&b, &login, "grant")), grant("grant"));
    assert_eq!(poll(&b, &login).await, Told::Redeemed);
    let login = begin(&b).await;
    assert_eq!(woken_by!(wait(&b, &login, LONG), deny(&b, &login)), Told::Denied);
    let login = begin(&b).await;
    assert_eq!(woken_by!(wait(&b, &login, LONG), cancel(&b, &login)), Told::Cancelled);
}

/// A wait with an attempt redeems for that attempt.
pub async fn a_wait_redeems_for_its_attempt(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(woken_by!(wait_as(&b, &login, LONG, 1), complete(&b, &login, "grant")), grant("grant"));
    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
    assert_eq!(poll_as(&b, &login, 2).await, Told::Redeemed);
    assert_eq!(poll(&b, &login).await, Told::Redeemed);
}

/// What is settled or unknown is told at once.
pub async fn a_wait_for_what_is_settled_returns_at_once(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let started = Instant::now();
    let (approved, used, denied) = (begin(&b).await, begin(&b).await, begin(&b).await);
    assert_eq!(wait(&b.for_tenant("stranger"), &approved, LONG).await, Told::Unknown);
    assert_eq!(complete(&b, &approved, "grant").await, Ok(()));
    redeem(&b, &used, "used").await;
    assert_eq!(deny(&b, &denied).await, Ok(()));
    assert_eq!(wait(&b, &approved, LONG).await, grant("grant"));
    assert_eq!(wait(&b, &approved, LONG).await, Told::Redeemed);
    assert_eq!(wait(&b, &used, LONG).await, Told::Redeemed);
    assert_eq!(wait(&b, &denied, LONG).await, Told::Denied);
    assert!(started.elapsed() < LONG / 2, "none of them waits");
}

/// A wait ends with its timeout, and the login is none the worse for it.
pub async fn a_wait_ends_with_its_timeout(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    for millis in [0, 1, 40] {
        let started = Instant::now();
        assert_eq!(wait(&b, &login, Duration::from_millis(millis)).await, PENDING);
        // A clock may be coarse: its steps may be of ten milliseconds.
        assert!(started.elapsed() + Duration::from_millis(10) >= Duration::from_millis(millis), "it waits that long");
        assert!(started.elapsed() < LONG / 2);
    }
    redeem(&b, &login, "grant").await;
}

/// A wait that is dropped loses nothing, before the approval or after it.
pub async fn a_wait_that_is_dropped_loses_nothing(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    {
        let mut waiting = pin!(wait(&b, &login, LONG));
        assert_eq!(once(waiting.as_mut()).await, None);
    }
    {
        let mut waiting = pin!(wait(&b, &login, LONG));
        assert_eq!(once(waiting.as_mut()).await, None);
        // Woken, and dropped before it has looked.
        assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    }
    assert_eq!(wait(&b, &login, LONG).await, grant("grant"));
    assert_eq!(poll(&b, &login).await, Told::Redeemed);
}

/// Of several waits on one code exactly one gets the grant, and all end.
pub async fn of_several_waits_one_gets_the_grant(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    let started = Instant::now();
    let mut waits: Vec<_> = (0..5).map(|_| Box::pin(wait(&b, &login, LONG))).collect();
    for waiting in &mut waits {
        assert_eq!(once(waiting.as_mut()).await, None);
    }
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    let mut told = Vec::new();
    for waiting in waits {
        told.push(waiting.await);
    }
    assert_eq!(told.iter().filter(|told| **told == grant("grant")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|told| **told == Told::Redeemed).count(), 4, "{told:?}");
    assert!(started.elapsed() < LONG / 2, "all were woken");
}

/// A wait counts as one poll.
pub async fn a_wait_is_one_poll(h: &impl Harness) {
    let interval = SECOND * 5;
    let b = h.backend(&Settings { poll_interval: Some(interval), ..Settings::default() }).await;
    let login = begin(&b).await;
    assert!(matches!(wait(&b, &login, Duration::from_millis(20)).await, Told::Pending(after) if after <= interval));
    assert_eq!(wait(&b, &login, LONG).await, Told::SlowDown(SECOND * 10));
}
