//! One act on one login, and what came of it: by an engine, or by the model.

use super::super::Value;
use super::super::plain::{self, Told};
use super::naive::{Is, Naive, Refused, Said};
use crate::backend::Backend;
use crate::error::{ClaimError, InitiateError, SettleError};
use crate::session::{Initiated, LoginOptions, State};

/// An act on a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Polls, with an attempt or without.
    Poll {
        /// The number of the attempt.
        attempt: Option<u8>,
    },
    /// Approves, with the grant of that number.
    Complete {
        /// The number.
        grant: u64,
    },
    /// Refuses.
    Deny,
    /// Gives up.
    Cancel,
    /// Takes the context.
    Claim,
    /// Looks at it.
    Inspect,
}

/// What came of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Of a login's beginning.
    Begun(Result<(), Refused>),
    /// Of a poll.
    Polled(Said),
    /// Of `complete`, `deny` and `cancel`: an error if it was something else already.
    Settled(Result<(), Is>),
    /// Of a `complete` that met another one under way.
    Completing,
    /// Of `claim_context`: whether there was one; an error if the session is not pending.
    Claimed(Result<bool, Is>),
    /// Of `inspect`: the state, the time left in milliseconds, and whether there is a context.
    Shown(Is, u64, bool),
}

impl Answer {
    /// Whether it is the session's end.
    pub(super) fn ends(&self, act: Act) -> bool {
        match self {
            Self::Polled(said) => matches!(said, Said::Grant(_)),
            Self::Settled(settled) => settled.is_ok() && !matches!(act, Act::Complete { .. }),
            _ => false,
        }
    }
}

/// Begins a login.
///
/// # Errors
/// [`Refused`] if there is no room.
///
/// # Panics
/// Panics if the engine is out of reach, or refuses for a reason that no model has.
pub async fn begin<B>(store: &B, options: LoginOptions<B::Context>) -> Result<Initiated, Refused>
where
    B: Backend<Grant: Value, Context: Value>,
{
    plain::try_begin(store, options).await.map_err(|error| match error {
        InitiateError::Full { retry_after } => Refused::Full(retry_after.as_millis() as u64),
        InitiateError::TenantFull { retry_after } => Refused::TenantFull(retry_after.as_millis() as u64),
        other => panic!("{other}"),
    })
}

/// Does it on an engine.
///
/// # Panics
/// Panics if the engine is out of reach.
pub async fn perform<B>(store: &B, login: &Initiated, act: Act) -> Answer
where
    B: Backend<Grant: Value, Context: Value>,
{
    match act {
        Act::Poll { attempt: None } => Answer::Polled(said(plain::poll(store, login).await)),
        Act::Poll { attempt: Some(number) } => Answer::Polled(said(plain::poll_as(store, login, number).await)),
        Act::Complete { grant } => match plain::complete(store, login, &grant.to_string()).await {
            Err(SettleError::Completing) => Answer::Completing,
            settled => Answer::Settled(settled.map_err(was)),
        },
        Act::Deny => Answer::Settled(plain::deny(store, login).await.map_err(was)),
        Act::Cancel => Answer::Settled(plain::cancel(store, login).await.map_err(was)),
        Act::Claim => Answer::Claimed(match plain::claim(store, login).await {
            Ok(_) => Ok(true),
            Err(ClaimError::NoContext) => Ok(false),
            Err(ClaimError::NotPending(reason)) => Err(was(reason)),
        }),
        Act::Inspect => plain::inspect(store, login).await.map_or(Answer::Shown(Is::Unknown, 0, false), |shown| {
            Answer::Shown(state(shown.state), shown.remaining.as_millis() as u64, shown.has_context)
        }),
    }
}

impl Naive {
    /// Does it on the model's session of that number.
    pub(super) fn act(&mut self, i: usize, act: Act) -> Answer {
        match act {
            Act::Poll { attempt } => Answer::Polled(self.poll(i, attempt)),
            Act::Complete { grant } => Answer::Settled(self.settle(i, Is::Completed, Some(grant))),
            Act::Deny => Answer::Settled(self.settle(i, Is::Denied, None)),
            Act::Cancel => Answer::Settled(self.settle(i, Is::Cancelled, None)),
            Act::Claim => Answer::Claimed(self.claim(i)),
            Act::Inspect => {
                let is = self.look(i);
                let session = &self.sessions[i];
                let live = matches!(is, Is::Pending | Is::Completed);
                let remaining = if live { session.deadline - self.now } else { 0 };
                Answer::Shown(is, remaining, is == Is::Pending && session.context)
            }
        }
    }
}

fn said(told: Told) -> Said {
    match told {
        Told::Pending(retry_after) => Said::Pending(retry_after.as_millis() as u64),
        Told::SlowDown(retry_after) => Said::SlowDown(retry_after.as_millis() as u64),
        Told::Grant(text) => Said::Grant(text.parse().expect("a grant of this comparison")),
        Told::Redeemed => Said::Not(Is::Redeemed),
        Told::Denied => Said::Not(Is::Denied),
        Told::Cancelled => Said::Not(Is::Cancelled),
        Told::Expired => Said::Not(Is::Expired),
        Told::Unknown => Said::Not(Is::Unknown),
    }
}

fn was(reason: SettleError) -> Is {
    match reason {
        SettleError::Completed | SettleError::Completing => Is::Completed,
        SettleError::Redeemed => Is::Redeemed,
        SettleError::Denied => Is::Denied,
        SettleError::Cancelled => Is::Cancelled,
        SettleError::Expired => Is::Expired,
        SettleError::Unknown => Is::Unknown,
    }
}

pub(super) fn state(state: State) -> Is {
    match state {
        State::Pending => Is::Pending,
        State::Completed => Is::Completed,
        State::Redeemed => Is::Redeemed,
        State::Denied => Is::Denied,
        State::Cancelled => Is::Cancelled,
        State::Expired => Is::Expired,
    }
}
