//! Deadlines, retention and replay windows, to the tick.

use std::time::Duration;

use super::plain::{
    PENDING, SECOND, TICK, Told, begin, begin_with, cancel, claim, complete, context, deny, grant, inspect, locate,
    look_at_context, options, poll, poll_as, redeem, remaining, sessions, state, try_begin, wait,
};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::{ClaimError, InitiateError, SettleError};
use crate::session::{Initiated, MAX_TTL, State};

/// A login that began so long ago.
async fn aged<H: Harness>(h: &H, age: Duration) -> (H::Backend, Initiated) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_with(&b, context("scopes")).await;
    h.advance(age).await;
    (b, login)
}

/// Until a tick before its deadline a session is pending for every verb, and from then on expired.
pub async fn the_deadline_to_the_tick(h: &impl Harness) {
    let ttl = Settings::default().ttl;
    for (age, expired) in [(ttl - TICK, false), (ttl, true), (ttl + TICK, true)] {
        let settled = if expired { Err(SettleError::Expired) } else { Ok(()) };
        let (b, login) = aged(h, age).await;
        assert_eq!(poll(&b, &login).await, if expired { Told::Expired } else { PENDING }, "poll at {age:?}");
        let (b, login) = aged(h, age).await;
        assert_eq!(poll_as(&b, &login, 1).await, if expired { Told::Expired } else { PENDING }, "attempt at {age:?}");
        let (b, login) = aged(h, age).await;
        assert_eq!(complete(&b, &login, "grant").await, settled, "complete at {age:?}");
        let (b, login) = aged(h, age).await;
        assert_eq!(deny(&b, &login).await, settled, "deny at {age:?}");
        let (b, login) = aged(h, age).await;
        assert_eq!(cancel(&b, &login).await, settled, "cancel at {age:?}");
        let (b, login) = aged(h, age).await;
        let claimed = claim(&b, &login).await.map(drop);
        assert_eq!(claimed, settled.map_err(ClaimError::NotPending), "claim_context at {age:?}");
        let (b, login) = aged(h, age).await;
        let looked = look_at_context(&b, &login).await.map(drop);
        assert_eq!(looked, settled.map_err(ClaimError::NotPending), "context at {age:?}");
        let (b, login) = aged(h, age).await;
        let shown = inspect(&b, &login).await.expect("it is remembered");
        let is = if expired { State::Expired } else { State::Pending };
        assert_eq!((shown.state, shown.remaining), (is, ttl.saturating_sub(age)), "inspect at {age:?}");
        assert_eq!(shown.has_context, !expired, "inspect at {age:?}");
        let (b, login) = aged(h, age).await;
        assert_eq!(locate(&b, &login).await.map(|(_, shown)| shown.state), Some(is), "locate at {age:?}");
        let (b, _) = aged(h, age).await;
        assert_eq!(sessions(&b).await.len(), usize::from(!expired), "sessions at {age:?}");
    }
}

/// A wait for a session that has expired returns at once.
pub async fn a_wait_after_the_deadline_returns_expired(h: &impl Harness) {
    let (b, login) = aged(h, Settings::default().ttl).await;
    assert_eq!(wait(&b, &login, super::plain::LONG).await, Told::Expired);
}

/// A grant is collected until a tick before the deadline, and not from then on.
pub async fn a_grant_is_collected_until_the_deadline(h: &impl Harness) {
    let ttl = Settings::default().ttl;
    for (age, answer) in [(ttl - TICK, grant("grant")), (ttl, Told::Expired), (ttl + TICK, Told::Expired)] {
        let b = h.backend(&Settings::default()).await;
        let login = begin(&b).await;
        h.advance(SECOND).await;
        assert_eq!(complete(&b, &login, "grant").await, Ok(()));
        h.advance(age - SECOND).await;
        assert_eq!(poll(&b, &login).await, answer, "{age:?}");
    }
}

/// An end that happened stays the answer after the deadline.
pub async fn an_end_stays_the_answer_after_the_deadline(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (used, denied, cancelled) = (begin(&b).await, begin(&b).await, begin(&b).await);
    h.advance(Settings::default().ttl - TICK).await;
    redeem(&b, &used, "grant").await;
    assert_eq!(deny(&b, &denied).await, Ok(()));
    assert_eq!(cancel(&b, &cancelled).await, Ok(()));
    for by in [TICK, SECOND, Settings::default().ttl] {
        h.advance(by).await;
        assert_eq!(poll(&b, &used).await, Told::Redeemed);
        assert_eq!(poll(&b, &denied).await, Told::Denied);
        assert_eq!(poll(&b, &cancelled).await, Told::Cancelled);
        h.sweep().await;
    }
}

/// What was told *expired* stays so.
pub async fn an_expiry_is_final(h: &impl Harness) {
    let (b, login) = aged(h, Settings::default().ttl).await;
    for _ in 0..2 {
        assert_eq!(poll(&b, &login).await, Told::Expired);
        assert_eq!(complete(&b, &login, "grant").await, Err(SettleError::Expired));
        assert_eq!(deny(&b, &login).await, Err(SettleError::Expired));
        assert_eq!(state(&b, &login).await, Some(State::Expired));
        h.sweep().await;
    }
}

/// An end is remembered for the retention, counted from the end, to the tick; then its codes are unknown.
pub async fn an_end_is_remembered_for_the_retention(h: &impl Harness) {
    let retention = Settings::default().retention;
    for end in 0..4_u8 {
        for swept in [false, true] {
            let (b, login) = aged(h, SECOND).await;
            let answer = match end {
                0 => {
                    assert_eq!(deny(&b, &login).await, Ok(()));
                    Told::Denied
                }
                1 => {
                    assert_eq!(cancel(&b, &login).await, Ok(()));
                    Told::Cancelled
                }
                2 => {
                    redeem(&b, &login, "grant").await;
                    Told::Redeemed
                }
                _ => {
                    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
                    assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
                    Told::Redeemed
                }
            };
            h.advance(retention - TICK).await;
            if swept {
                h.sweep().await;
            }
            assert_eq!(poll(&b, &login).await, answer);
            assert!(inspect(&b, &login).await.is_some());
            h.advance(TICK).await;
            if swept {
                h.sweep().await;
            }
            assert_eq!(poll(&b, &login).await, Told::Unknown);
            assert_eq!(inspect(&b, &login).await, None);
            assert!(locate(&b, &login).await.is_none());
            assert_eq!(deny(&b, &login).await, Err(SettleError::Unknown));
        }
    }
}

/// The retention of an expired session counts from its deadline, not from the moment when a verb noted it.
pub async fn an_expiry_is_remembered_from_the_deadline_on(h: &impl Harness) {
    let Settings { ttl, retention, .. } = Settings::default();
    for noted in [false, true] {
        let (b, login) = aged(h, ttl + SECOND).await;
        if noted {
            assert_eq!(poll(&b, &login).await, Told::Expired);
        }
        h.advance(retention - SECOND - TICK).await;
        assert_eq!(poll(&b, &login).await, Told::Expired);
        h.advance(TICK).await;
        assert_eq!(poll(&b, &login).await, Told::Unknown);
    }
}

/// With a retention of zero, what has ended is unknown at once.
pub async fn with_no_retention_an_end_is_forgotten_at_once(h: &impl Harness) {
    let b = h.backend(&Settings { retention: Duration::ZERO, ..Settings::default() }).await;
    let (used, denied) = (begin(&b).await, begin(&b).await);
    redeem(&b, &used, "grant").await;
    assert_eq!(deny(&b, &denied).await, Ok(()));
    for login in [&used, &denied] {
        assert_eq!(poll(&b, login).await, Told::Unknown);
        assert_eq!(inspect(&b, login).await, None);
        assert_eq!(complete(&b, login, "late").await, Err(SettleError::Unknown));
    }
}

/// A login may have a time to live of its own, from a tick to a day.
pub async fn a_login_may_have_a_time_to_live_of_its_own(h: &impl Harness) {
    let b = h.backend(&Settings { retention: MAX_TTL, ..Settings::default() }).await;
    let usual = begin(&b).await;
    let short = begin_with(&b, options(&b).ttl(TICK)).await;
    let longest = begin_with(&b, options(&b).ttl(MAX_TTL)).await;
    assert_eq!((short.expires_in, longest.expires_in), (TICK, MAX_TTL));
    assert_eq!(poll(&b, &short).await, PENDING);
    h.advance(TICK).await;
    assert_eq!(poll(&b, &short).await, Told::Expired);
    assert_eq!(poll(&b, &usual).await, PENDING);
    h.advance(MAX_TTL - TICK * 2).await;
    assert_eq!(poll(&b, &usual).await, Told::Expired);
    assert_eq!(poll(&b, &longest).await, PENDING);
    h.advance(TICK).await;
    assert_eq!(poll(&b, &longest).await, Told::Expired);
}

/// A time to live of zero, or of more than a day, is refused.
pub async fn a_time_to_live_out_of_bounds_is_refused(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let refused = |ttl: Duration| try_begin(&b, options(&b).ttl(ttl));
    assert_eq!(refused(Duration::ZERO).await.err(), Some(InitiateError::ZeroTtl));
    assert_eq!(refused(MAX_TTL + TICK).await.err(), Some(InitiateError::TtlTooLong));
    assert_eq!(refused(Duration::MAX).await.err(), Some(InitiateError::TtlTooLong));
}

/// Within the replay window any poll gets the grant, to the tick; then *redeemed*.
pub async fn a_grant_is_replayed_until_its_window_is_over(h: &impl Harness) {
    let window = SECOND * 20;
    let b = h.backend(&Settings { replay: Some(window), ..Settings::default() }).await;
    assert_eq!(b.replay_window(), Some(window));
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    // Redeemed in the last moment: the window outlives the deadline.
    h.advance(Settings::default().ttl - TICK).await;
    for by in [Duration::ZERO, SECOND, window - SECOND - TICK] {
        h.advance(by).await;
        h.sweep().await;
        assert_eq!(poll(&b, &login).await, grant("grant"));
        assert_eq!(poll_as(&b, &login, 1).await, grant("grant"));
        assert_eq!(state(&b, &login).await, Some(State::Redeemed));
    }
    h.advance(TICK).await;
    for _ in 0..2 {
        assert_eq!(poll(&b, &login).await, Told::Redeemed);
        assert_eq!(poll_as(&b, &login, 1).await, Told::Redeemed);
        h.sweep().await;
    }
}

/// The time that is shown runs down tick by tick.
pub async fn the_remaining_time_runs_down(h: &impl Harness) {
    let (b, login) = aged(h, Duration::ZERO).await;
    let ttl = Settings::default().ttl;
    assert_eq!(remaining(&b, &login).await, ttl);
    h.advance(TICK).await;
    assert_eq!(remaining(&b, &login).await, ttl - TICK);
    h.advance(SECOND * 9).await;
    assert_eq!(remaining(&b, &login).await, ttl - TICK - SECOND * 9);
}
