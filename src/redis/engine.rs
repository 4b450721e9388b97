//! The engine behind the contract that all engines share.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::Instant;

use super::RedisStore;
use super::locator::Locator;
use super::look::id_of;
use super::primary::takes_writes;
use super::stored::Stored;
use super::take::Carried;
use crate::backend::Backend;
use crate::binding::Binding;
use crate::code::random::generator;
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode};
use crate::error::{BackendError, ClaimError, CompleteError, InitiateError, ResolveError, SettleError, Unavailable};
use crate::poll_options::PollOptions;
use crate::session::{Initiated, Inspected, Listed, LoginOptions, Polled, SessionId, Stats, Withdrawn};
use crate::source::Source;

impl<T: Stored, C: Stored + Sync> Backend for RedisStore<T, C> {
    type Grant = T;
    type Context = C;

    fn for_tenant(&self, name: &str) -> Self {
        Self { tenant: Arc::from(name), ..self.clone() }
    }

    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn unpaced(&self) -> Self {
        Self { paced: false, ..self.clone() }
    }

    fn tolerant(&self, again: Duration) -> Self {
        Self { again, ..self.clone() }
    }

    fn poll_interval(&self) -> Option<Duration> {
        self.interval()
    }

    fn default_ttl(&self) -> Duration {
        self.shared.ttl
    }

    fn replay_window(&self) -> Option<Duration> {
        self.shared.replay
    }

    async fn initiate(&self, options: LoginOptions<C>) -> Result<Initiated, BackendError<InitiateError>> {
        self.shared.link.within(Instant::now(), self.begin(options)).await
    }

    async fn poll(&self, code: &PollingCode, options: &PollOptions) -> Result<Polled<T>, Unavailable> {
        self.ask(code, &Carried::new(options)).await
    }

    async fn wait(
        &self,
        code: &PollingCode,
        timeout: Duration,
        options: &PollOptions,
    ) -> Result<Polled<T>, Unavailable> {
        self.ask_and_wait(code, timeout, &Carried::new(options)).await
    }

    async fn complete(
        &self,
        code: &LoginCode,
        grant: T,
        proof: Option<Binding>,
    ) -> Result<(), CompleteError<T, BackendError<SettleError>>> {
        let bytes = grant.to_bytes();
        match self.shared.link.within(Instant::now(), self.approve(code, &bytes, proof.as_ref())).await {
            Ok(()) => Ok(()),
            Err(reason) => Err(CompleteError { grant, reason }),
        }
    }

    async fn deny(&self, code: &LoginCode) -> Result<(), BackendError<SettleError>> {
        self.shared.link.within(Instant::now(), self.refuse(code)).await
    }

    async fn withdraw(&self, code: &LoginCode) -> Result<Withdrawn<T>, BackendError<SettleError>> {
        self.shared.link.within(Instant::now(), self.take_back(code)).await
    }

    async fn cancel(&self, code: &PollingCode) -> Result<(), BackendError<SettleError>> {
        self.shared.link.within(Instant::now(), self.give_up(code)).await
    }

    async fn inspect(&self, code: &LoginCode) -> Result<Option<Inspected>, Unavailable> {
        self.ours(code).await?.map(|seen| self.shared.shown(&seen, code)).transpose()
    }

    async fn identify(&self, code: &PollingCode) -> Result<Option<SessionId>, Unavailable> {
        let stub = self.known(code).await?;
        Ok(stub.map(|stub| id_of(Locator(code.0.place), &stub.polling)))
    }

    async fn locate(&self, code: &LoginCode) -> Result<Option<(Self, Inspected)>, Unavailable> {
        let seen = self.shared.look_by(code).await?;
        let Some(seen) = seen else { return Ok(None) };
        let shown = self.shared.shown(&seen, code)?;
        Ok(Some((self.for_tenant(&seen.stub.tenant), shown)))
    }

    async fn claim_context(&self, code: &LoginCode) -> Result<C, BackendError<ClaimError>> {
        self.shared.link.within(Instant::now(), self.claim(code)).await
    }

    async fn context(&self, code: &LoginCode) -> Result<C, BackendError<ClaimError>>
    where
        C: Clone + Sync,
    {
        self.shared.link.within(Instant::now(), self.look_at_context(code)).await
    }

    async fn resolve(&self, code: &UserCode, source: Source) -> Result<LoginCode, BackendError<ResolveError>> {
        self.shared.link.within(Instant::now(), self.find(code, source)).await
    }

    async fn same_login(&self, login_code: &LoginCode, user_code: &UserCode) -> Result<bool, Unavailable> {
        let named = self.shared.link.within(Instant::now(), self.shared.named(user_code)).await?;
        Ok(named.is_some_and(|named| named == *login_code))
    }

    async fn sessions(&self) -> Result<Vec<Listed>, Unavailable> {
        self.shared.link.within(Instant::now(), self.list()).await
    }

    async fn cancel_session(&self, id: SessionId) -> Result<(), BackendError<SettleError>> {
        self.shared.link.within(Instant::now(), self.give_up_by_id(id)).await
    }

    async fn stats(&self) -> Result<Stats, Unavailable> {
        self.shared.link.within(Instant::now(), self.shared.stats()).await
    }

    async fn ready(&self) -> Result<(), Unavailable> {
        // One of all, so that each node is asked at times.
        let bucket = generator().map_or(0, |mut rng| rng.random_range(0..self.shared.keys.buckets));
        let key = self.shared.keys.unset(bucket);
        takes_writes(&self.shared.link, key).await
    }
}
