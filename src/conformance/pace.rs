//! How fast a client may poll (RFC 8628, section 3.5); see [`pace`](crate::pace).

use std::time::Duration;

use super::plain::{PENDING, SECOND, TICK, Told, begin, cancel, complete, deny, grant, poll, poll_as, wait};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::pace::{Note, Pacing, judge};
use crate::session::MAX_TTL;

const INTERVAL: Duration = Duration::from_secs(5);

fn paced() -> Settings {
    Settings { poll_interval: Some(INTERVAL), ttl: MAX_TTL, retention: MAX_TTL, ..Settings::default() }
}

/// A first poll is never told to slow down; one that comes a tick too soon is, and costs five seconds.
pub async fn a_poll_too_soon_is_told_to_slow_down(h: &impl Harness) {
    let b = h.backend(&paced()).await;
    let login = begin(&b).await;
    assert_eq!(poll(&b, &login).await, Told::Pending(INTERVAL));
    h.advance(INTERVAL - TICK).await;
    assert_eq!(poll(&b, &login).await, Told::SlowDown(SECOND * 10));
    h.advance(SECOND * 10 - TICK).await;
    assert_eq!(poll(&b, &login).await, Told::SlowDown(SECOND * 15), "counted from the poll that was too soon");
    h.advance(SECOND * 15).await;
    assert_eq!(poll(&b, &login).await, Told::Pending(SECOND * 10), "one that comes in time gives five seconds back");
    h.advance(SECOND * 10).await;
    assert_eq!(poll(&b, &login).await, Told::Pending(INTERVAL));
    h.advance(INTERVAL).await;
    assert_eq!(poll(&b, &login).await, Told::Pending(INTERVAL), "and never more than the interval");
}

/// A long series of polls is judged as [`judge`] does.
pub async fn polls_are_judged_as_the_pure_function_does(h: &impl Harness) {
    let b = h.backend(&paced()).await;
    let login = begin(&b).await;
    let (mut note, mut now) = (Note::default(), 0);
    for step in 0..60_u64 {
        // Mostly too soon at first, and mostly in time later.
        let gap = (step * step * 977) % (if step < 30 { 9_000 } else { 90_000 });
        h.advance(Duration::from_millis(gap)).await;
        now += gap;
        let (pace, next) = judge(note, now, Pacing::new(INTERVAL));
        note = next;
        let expected = if pace.too_soon { Told::SlowDown(pace.interval) } else { Told::Pending(pace.interval) };
        assert_eq!(poll(&b, &login).await, expected, "step {step}");
    }
}

/// Without an interval no poll is told to slow down.
pub async fn without_an_interval_there_is_no_pace(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    for _ in 0..20 {
        assert_eq!(poll(&b, &login).await, PENDING);
    }
}

/// Each login has its own pace.
pub async fn a_pace_is_of_one_login(h: &impl Harness) {
    let b = h.backend(&paced()).await;
    let (one, two) = (begin(&b).await, begin(&b).await);
    assert_eq!(poll(&b, &one).await, Told::Pending(INTERVAL));
    assert_eq!(poll(&b, &one).await, Told::SlowDown(SECOND * 10));
    assert_eq!(poll(&b, &two).await, Told::Pending(INTERVAL));
    assert_eq!(poll(&b.for_tenant("stranger"), &two).await, Told::Unknown, "is not noted");
    h.advance(INTERVAL).await;
    assert_eq!(poll(&b, &two).await, Told::Pending(INTERVAL));
}

/// An attempt and a wait are polls like others.
pub async fn attempts_and_waits_are_paced(h: &impl Harness) {
    let b = h.backend(&paced()).await;
    let login = begin(&b).await;
    assert_eq!(poll_as(&b, &login, 1).await, Told::Pending(INTERVAL));
    assert_eq!(poll_as(&b, &login, 1).await, Told::SlowDown(SECOND * 10));
    assert_eq!(wait(&b, &login, super::plain::LONG).await, Told::SlowDown(SECOND * 15), "at once");
}

/// Polls through an unpaced handle are neither noted nor told to slow down.
pub async fn an_unpaced_handle_has_no_pace(h: &impl Harness) {
    let b = h.backend(&paced()).await;
    let unpaced = b.unpaced();
    let login = begin(&b).await;
    for _ in 0..5 {
        assert_eq!(poll(&unpaced, &login).await, PENDING);
    }
    assert_eq!(poll(&b, &login).await, Told::Pending(INTERVAL), "the first that is noted");
    assert_eq!(poll(&unpaced, &login).await, PENDING);
    assert_eq!(poll(&b, &login).await, Told::SlowDown(SECOND * 10));
}

/// Through a tolerant handle, polls that come within its time of a noted one are part of it.
pub async fn a_tolerant_handle_takes_two_at_once_for_one(h: &impl Harness) {
    let again = SECOND / 4;
    let b = h.backend(&paced()).await;
    let (tolerant, login) = (b.tolerant(again), begin(&b).await);
    assert_eq!(poll(&tolerant, &login).await, Told::Pending(INTERVAL));
    assert_eq!(poll(&tolerant, &login).await, Told::Pending(INTERVAL));
    h.advance(again).await;
    assert_eq!(poll(&tolerant, &login).await, Told::Pending(INTERVAL), "to the tick");
    h.advance(INTERVAL - again).await;
    assert_eq!(poll(&tolerant, &login).await, Told::Pending(INTERVAL), "counted from the one that was noted");
    h.advance(again + TICK).await;
    assert_eq!(poll(&tolerant, &login).await, Told::SlowDown(SECOND * 10));
    assert_eq!(poll(&tolerant, &login).await, Told::SlowDown(SECOND * 10), "part of a hasty one: told the same");
    assert_eq!(poll(&b, &login).await, Told::SlowDown(SECOND * 15), "another handle of the store is not tolerant");
}

/// A login that is settled is never told to slow down, however often it was polled.
pub async fn a_settled_login_is_never_told_to_slow_down(h: &impl Harness) {
    let b = h.backend(&paced()).await;
    let logins = super::plain::begin_many(&b, 3).await;
    for login in &logins {
        assert_eq!(poll(&b, login).await, Told::Pending(INTERVAL));
        assert_eq!(poll(&b, login).await, Told::SlowDown(SECOND * 10));
    }
    assert_eq!(complete(&b, &logins[0], "grant").await, Ok(()));
    assert_eq!(deny(&b, &logins[1]).await, Ok(()));
    assert_eq!(cancel(&b, &logins[2]).await, Ok(()));
    assert_eq!(poll(&b, &logins[0]).await, grant("grant"));
    for _ in 0..3 {
        assert_eq!(poll(&b, &logins[0]).await, Told::Redeemed);
        assert_eq!(poll(&b, &logins[1]).await, Told::Denied);
        assert_eq!(poll(&b, &logins[2]).await, Told::Cancelled);
    }
}
