//! The verbs as cases call them: with texts for grants and contexts, and an engine that is never out of reach.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::Value;
use crate::attempt::Attempt;
use crate::backend::Backend;
use crate::binding::Binding;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{BackendError, ClaimError, InitiateError, ResolveError, SettleError, Unavailable};
use crate::poll_options::PollOptions;
use crate::session::{Initiated, Inspected, Listed, LoginOptions, Polled, SessionId, State, Stats, Withdrawn};
use crate::source::Source;

pub(super) const SECOND: Duration = Duration::from_secs(1);
/// The resolution of every engine's clock.
pub(super) const TICK: Duration = Duration::from_millis(1);
/// Longer than any wait takes that was woken.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// An engine whose values are texts.
pub(super) trait Engine: Backend<Grant: Value, Context: Value> {}

impl<B: Backend<Grant: Value, Context: Value>> Engine for B {}

/// What a poll returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Pending(Duration),
    SlowDown(Duration),
    Grant(String),
    Redeemed,
    Denied,
    Cancelled,
    Expired,
    Unknown,
}

/// *Pending*, if there is no pace.
pub(super) const PENDING: Told = Told::Pending(Duration::ZERO);

pub(super) fn grant(text: &str) -> Told {
    Told::Grant(text.to_owned())
}

fn told<T: Value>(polled: Result<Polled<T>, Unavailable>) -> Told {
    match polled.expect("the engine is within reach") {
        Polled::Pending { retry_after } => Told::Pending(retry_after),
        Polled::SlowDown { retry_after } => Told::SlowDown(retry_after),
        Polled::Completed(grant) => Told::Grant(grant.text()),
        Polled::Redeemed => Told::Redeemed,
        Polled::Denied => Told::Denied,
        Polled::Cancelled => Told::Cancelled,
        Polled::Expired => Told::Expired,
        Polled::Unknown => Told::Unknown,
    }
}

pub(super) fn refused<E: Debug>(error: BackendError<E>) -> E {
    match error {
        BackendError::Refused(error) => error,
        BackendError::Unavailable(unavailable) => panic!("the engine is out of reach: {unavailable}"),
    }
}

pub(super) fn options<B: Engine>(_: &B) -> LoginOptions<B::Context> {
    LoginOptions::new()
}

pub(super) fn context<C: Value>(text: &str) -> LoginOptions<C> {
    LoginOptions::new().context(C::of(text))
}

pub(super) async fn try_begin<B: Engine>(
    store: &B,
    options: LoginOptions<B::Context>,
) -> Result<Initiated, InitiateError> {
    store.initiate(options).await.map_err(refused)
}

pub(super) async fn begin_with<B: Engine>(store: &B, options: LoginOptions<B::Context>) -> Initiated {
    try_begin(store, options).await.expect("there is room for the login")
}

pub(super) async fn begin<B: Engine>(store: &B) -> Initiated {
    begin_with(store, LoginOptions::new()).await
}

pub(super) async fn begin_many<B: Engine>(store: &B, count: usize) -> Vec<Initiated> {
    let mut logins = Vec::new();
    for _ in 0..count {
        logins.push(begin(store).await);
    }
    logins
}

pub(super) async fn poll<B: Engine>(store: &B, login: &Initiated) -> Told {
    told(store.poll(&login.polling_code, &PollOptions::new()).await)
}

/// An attempt that a number stands for.
pub(super) fn attempt(number: u8) -> Attempt {
    Attempt::new([number; 16])
}

pub(super) async fn poll_as<B: Engine>(store: &B, login: &Initiated, number: u8) -> Told {
    told(store.poll(&login.polling_code, &PollOptions::new().attempt(attempt(number))).await)
}

pub(super) async fn poll_with<B: Engine>(store: &B, login: &Initiated, options: &PollOptions) -> Told {
    told(store.poll(&login.polling_code, options).await)
}

pub(super) async fn wait_with<B: Engine>(
    store: &B,
    login: &Initiated,
    timeout: Duration,
    options: &PollOptions,
) -> Told {
    told(store.wait(&login.polling_code, timeout, options).await)
}

pub(super) async fn wait<B: Engine>(store: &B, login: &Initiated, timeout: Duration) -> Told {
    told(store.wait(&login.polling_code, timeout, &PollOptions::new()).await)
}

pub(super) async fn wait_as<B: Engine>(store: &B, login: &Initiated, timeout: Duration, number: u8) -> Told {
    told(store.wait(&login.polling_code, timeout, &PollOptions::new().attempt(attempt(number))).await)
}

/// A refused completion must return its grant.
pub(super) async fn complete<B: Engine>(store: &B, login: &Initiated, grant: &str) -> Result<(), SettleError> {
    complete_code(store, &login.login_code, grant).await
}

pub(super) async fn complete_code<B: Engine>(store: &B, code: &LoginCode, grant: &str) -> Result<(), SettleError> {
    store.complete(code, B::Grant::of(grant), None).await.map_err(|error| {
        assert_eq!(error.grant.text(), grant, "a refused completion returns its grant");
        refused(error.reason)
    })
}

/// Approves with a proof.
pub(super) async fn complete_with<B: Engine>(
    store: &B,
    login: &Initiated,
    grant: &str,
    proof: &Binding,
) -> Result<(), SettleError> {
    store.complete(&login.login_code, B::Grant::of(grant), Some(proof.clone())).await.map_err(|error| {
        assert_eq!(error.grant.text(), grant, "a refused completion returns its grant");
        refused(error.reason)
    })
}

/// The grant that was taken back, if there was one.
pub(super) async fn withdraw<B: Engine>(store: &B, login: &Initiated) -> Result<Option<String>, SettleError> {
    match store.withdraw(&login.login_code).await {
        Ok(Withdrawn::Denied) => Ok(None),
        Ok(Withdrawn::TakenBack(grant)) => Ok(Some(grant.text())),
        Err(error) => Err(refused(error)),
    }
}

pub(super) async fn deny<B: Engine>(store: &B, login: &Initiated) -> Result<(), SettleError> {
    store.deny(&login.login_code).await.map_err(refused)
}

pub(super) async fn cancel<B: Engine>(store: &B, login: &Initiated) -> Result<(), SettleError> {
    store.cancel(&login.polling_code).await.map_err(refused)
}

pub(super) async fn inspect<B: Engine>(store: &B, login: &Initiated) -> Option<Inspected> {
    store.inspect(&login.login_code).await.expect("the engine is within reach")
}

pub(super) async fn state<B: Engine>(store: &B, login: &Initiated) -> Option<State> {
    inspect(store, login).await.map(|shown| shown.state)
}

/// What `inspect` shows but the time, which may pass in between.
pub(super) fn shape(shown: Option<Inspected>) -> Option<(String, State, bool)> {
    shown.map(|shown| (shown.tenant, shown.state, shown.has_context))
}

pub(super) async fn remaining<B: Engine>(store: &B, login: &Initiated) -> Duration {
    inspect(store, login).await.expect("the login is known").remaining
}

pub(super) async fn locate<B: Engine>(store: &B, login: &Initiated) -> Option<(B, Inspected)> {
    store.locate(&login.login_code).await.expect("the engine is within reach")
}

pub(super) async fn look_at_context<B: Engine>(store: &B, login: &Initiated) -> Result<String, ClaimError> {
    store.context(&login.login_code).await.map(|context| context.text()).map_err(refused)
}

pub(super) async fn claim<B: Engine>(store: &B, login: &Initiated) -> Result<String, ClaimError> {
    store.claim_context(&login.login_code).await.map(|context| context.text()).map_err(refused)
}

/// The source that a text stands for: an address, or a name, of which no two share a network.
pub(super) fn source_of(text: &str) -> Source {
    if let Ok(address) = text.parse::<IpAddr>() {
        return address.into();
    }
    let number = text.bytes().fold(0_u32, |number, byte| number.wrapping_mul(257).wrapping_add(byte.into()));
    let [a, b] = [(number >> 16) as u16, number as u16];
    IpAddr::V6(Ipv6Addr::new(0x2001, a, b, 0, 0, 0, 0, 1)).into()
}

pub(super) async fn resolve<B: Engine>(store: &B, code: &UserCode, source: &str) -> Result<LoginCode, ResolveError> {
    store.resolve(code, source_of(source)).await.map_err(refused)
}

pub(super) async fn sessions<B: Engine>(store: &B) -> Vec<Listed> {
    store.sessions().await.expect("the engine is within reach")
}

pub(super) async fn cancel_session<B: Engine>(store: &B, id: SessionId) -> Result<(), SettleError> {
    store.cancel_session(id).await.map_err(refused)
}

pub(super) async fn stats<B: Engine>(store: &B) -> Stats {
    store.stats().await.expect("the engine is within reach")
}

/// Redeems a login with this grant.
pub(super) async fn redeem<B: Engine>(store: &B, login: &Initiated, text: &str) {
    assert_eq!(complete(store, login, text).await, Ok(()));
    assert_eq!(poll(store, login).await, grant(text));
}

/// Polls a future once. `None` if it is not ready.
pub(super) async fn once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
