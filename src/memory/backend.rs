//! The memory engine behind the contract that all engines share: its verbs are done when they return, and never out of
//! reach.

use std::future::{Future, ready};
use std::time::Duration;

use super::SessionStore;
use crate::backend::Backend;
use crate::binding::Binding;
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode};
use crate::error::{BackendError, ClaimError, CompleteError, InitiateError, ResolveError, SettleError, Unavailable};
use crate::poll_options::PollOptions;
use crate::session::{Initiated, Inspected, Listed, LoginOptions, Polled, SessionId, Stats, Withdrawn};
use crate::source::Source;

/// `T` is cloned only for a poll that carries an attempt, or for replays.
impl<T: Clone + Send + Sync + 'static, C: Send + 'static> Backend for SessionStore<T, C> {
    type Grant = T;
    type Context = C;

    fn for_tenant(&self, name: &str) -> Self {
        self.for_tenant(name)
    }

    fn tenant(&self) -> &str {
        self.tenant()
    }

    fn unpaced(&self) -> Self {
        self.unpaced()
    }

    fn tolerant(&self, again: Duration) -> Self {
        self.tolerant(again)
    }

    fn poll_interval(&self) -> Option<Duration> {
        self.poll_interval()
    }

    fn default_ttl(&self) -> Duration {
        self.default_ttl()
    }

    fn replay_window(&self) -> Option<Duration> {
        self.replay_window()
    }

    fn initiate(
        &self,
        options: LoginOptions<C>,
    ) -> impl Future<Output = Result<Initiated, BackendError<InitiateError>>> + Send {
        ready(self.initiate_with(options).map_err(BackendError::Refused))
    }

    fn poll(
        &self,
        code: &PollingCode,
        options: &PollOptions,
    ) -> impl Future<Output = Result<Polled<T>, Unavailable>> + Send {
        ready(Ok(self.poll_with(code, options)))
    }

    async fn wait(
        &self,
        code: &PollingCode,
        timeout: Duration,
        options: &PollOptions,
    ) -> Result<Polled<T>, Unavailable> {
        Ok(self.wait_with(code, timeout, options).await)
    }

    fn complete(
        &self,
        code: &LoginCode,
        grant: T,
        proof: Option<Binding>,
    ) -> impl Future<Output = Result<(), CompleteError<T, BackendError<SettleError>>>> + Send {
        let refused = |CompleteError { grant, reason }| CompleteError { grant, reason: BackendError::Refused(reason) };
        ready(self.complete_with(code, grant, proof.as_ref()).map_err(refused))
    }

    fn deny(&self, code: &LoginCode) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send {
        ready(self.deny(code).map_err(BackendError::Refused))
    }

    fn withdraw(
        &self,
        code: &LoginCode,
    ) -> impl Future<Output = Result<Withdrawn<T>, BackendError<SettleError>>> + Send {
        ready(self.withdraw(code).map_err(BackendError::Refused))
    }

    fn cancel(&self, code: &PollingCode) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send {
        ready(self.cancel(code).map_err(BackendError::Refused))
    }

    fn inspect(&self, code: &LoginCode) -> impl Future<Output = Result<Option<Inspected>, Unavailable>> + Send {
        ready(Ok(self.inspect(code)))
    }

    fn identify(&self, code: &PollingCode) -> impl Future<Output = Result<Option<SessionId>, Unavailable>> + Send {
        ready(Ok(self.identify(code)))
    }

    fn locate(&self, code: &LoginCode) -> impl Future<Output = Result<Option<(Self, Inspected)>, Unavailable>> + Send {
        ready(Ok(self.locate(code)))
    }

    fn claim_context(&self, code: &LoginCode) -> impl Future<Output = Result<C, BackendError<ClaimError>>> + Send {
        ready(self.claim_context(code).map_err(BackendError::Refused))
    }

    fn context(&self, code: &LoginCode) -> impl Future<Output = Result<C, BackendError<ClaimError>>> + Send
    where
        C: Clone + Sync,
    {
        ready(self.context(code).map_err(BackendError::Refused))
    }

    fn resolve(
        &self,
        code: &UserCode,
        source: Source,
    ) -> impl Future<Output = Result<LoginCode, BackendError<ResolveError>>> + Send {
        ready(self.resolve(code, source).map_err(BackendError::Refused))
    }

    fn same_login(
        &self,
        login_code: &LoginCode,
        user_code: &UserCode,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send {
        ready(Ok(self.same_login(login_code, user_code)))
    }

    fn sessions(&self) -> impl Future<Output = Result<Vec<Listed>, Unavailable>> + Send {
        ready(Ok(self.sessions()))
    }

    fn cancel_session(&self, id: SessionId) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send {
        ready(self.cancel_session(id).map_err(BackendError::Refused))
    }

    fn stats(&self) -> impl Future<Output = Result<Stats, Unavailable>> + Send {
        ready(Ok(self.stats()))
    }
}
