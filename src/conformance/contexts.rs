//! The context: what is attached at the start is claimed once, while the session is pending.

use super::plain::{begin, begin_with, cancel, claim, complete, context, deny, inspect, look_at_context, poll};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::{ClaimError, SettleError};
use crate::poll_options::PollOptions;
use crate::session::State;

/// A context is claimed once, and the session stays pending.
pub async fn a_context_is_claimed_once(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_with(&b, context("scopes")).await;
    assert!(inspect(&b, &login).await.is_some_and(|shown| shown.has_context));
    assert_eq!(claim(&b, &login).await.as_deref(), Ok("scopes"));
    assert_eq!(claim(&b, &login).await, Err(ClaimError::NoContext));
    let shown = inspect(&b, &login).await.expect("the login is known");
    assert_eq!((shown.state, shown.has_context), (State::Pending, false));
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
}

/// A login that began without a context has none to claim.
pub async fn no_context_is_attached_unless_given(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert!(inspect(&b, &login).await.is_some_and(|shown| !shown.has_context));
    assert_eq!(look_at_context(&b, &login).await, Err(ClaimError::NoContext));
    assert_eq!(claim(&b, &login).await, Err(ClaimError::NoContext));
}

/// A context may be looked at any number of times, and is still there to be claimed; after that it is not.
pub async fn a_look_leaves_the_context(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_with(&b, context("scopes")).await;
    for _ in 0..2 {
        assert_eq!(look_at_context(&b, &login).await.as_deref(), Ok("scopes"));
        assert!(inspect(&b, &login).await.is_some_and(|shown| shown.has_context));
    }
    assert_eq!(claim(&b, &login).await.as_deref(), Ok("scopes"));
    assert_eq!(look_at_context(&b, &login).await, Err(ClaimError::NoContext));
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
}

/// What settles a session takes an unclaimed context away.
pub async fn a_context_goes_when_the_session_is_settled(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (approved, denied, cancelled) =
        (begin_with(&b, context("a")).await, begin_with(&b, context("b")).await, begin_with(&b, context("c")).await);
    assert_eq!(complete(&b, &approved, "grant").await, Ok(()));
    assert_eq!(deny(&b, &denied).await, Ok(()));
    assert_eq!(cancel(&b, &cancelled).await, Ok(()));
    for (login, reason) in
        [(&approved, SettleError::Completed), (&denied, SettleError::Denied), (&cancelled, SettleError::Cancelled)]
    {
        assert_eq!(look_at_context(&b, login).await, Err(ClaimError::NotPending(reason)));
        assert_eq!(claim(&b, login).await, Err(ClaimError::NotPending(reason)));
        assert!(inspect(&b, login).await.is_some_and(|shown| !shown.has_context));
    }
}

/// Polls do not take the context.
pub async fn a_poll_leaves_the_context(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_with(&b, context("scopes")).await;
    for _ in 0..3 {
        let _ = poll(&b, &login).await;
        let _ = b.poll(&login.polling_code, &PollOptions::new().attempt(super::plain::attempt(1))).await;
    }
    assert_eq!(claim(&b, &login).await.as_deref(), Ok("scopes"));
}
