//! `deny`, `cancel`, `claim_context` and `context`.

use futures_util::future::join_all;

use super::locator::Locator;
use super::look::id_of;
use super::places::release;
use super::script::Script;
use super::settle::reason;
use super::stored::Stored;
use super::value::{Stub, same};
use super::{RedisStore, Shared, draw_attempt, script, seal};
use crate::code::{LoginCode, PollingCode};
use crate::error::{BackendError, ClaimError, SettleError, Unavailable};
use crate::session::SessionId;

/// Where the digests stand in the stub, as scripts count.
const POLLING: &[u8] = b"10";
const LOGIN: &[u8] = b"26";

type Settled = Result<(), BackendError<SettleError>>;

impl<T: Stored, C: Stored> RedisStore<T, C> {
    pub(super) async fn refuse(&self, code: &LoginCode) -> Settled {
        // The login digest does not tell the tenant; the stub does.
        let Some(seen) = self.ours(code).await? else { return Err(BackendError::Refused(SettleError::Unknown)) };
        self.end(Locator(code.0.place), LOGIN, &seen.stub.login, b"D", b"d").await
    }

    pub(super) async fn give_up(&self, code: &PollingCode) -> Settled {
        let digest = seal::polling_digest(&self.tenant, &code.0);
        self.end(Locator(code.0.place), POLLING, &digest, b"Q", b"c").await
    }

    pub(super) async fn give_up_by_id(&self, id: SessionId) -> Settled {
        let loc = Locator(id.get() & ((1 << 40) - 1));
        let seen = self.shared.look(loc).await?;
        let named = |stub: &Stub| self.is_ours(stub) && id_of(loc, &stub.polling) == id;
        let Some(seen) = seen.filter(|seen| named(&seen.stub)) else {
            return Err(BackendError::Refused(SettleError::Unknown));
        };
        self.end(loc, POLLING, &seen.stub.polling, b"Q", b"c").await
    }

    async fn end(&self, loc: Locator, at: &[u8], digest: &seal::Short, letter: &[u8], count: &[u8]) -> Settled {
        let shared = &*self.shared;
        let mut keys = shared.session_keys(['s', 'm', 'c'], loc);
        keys.extend(shared.indexes(['n', 'r', 'k'], shared.keys.bucket(loc)));
        let (attempt, retention) = (draw_attempt()?, shared.millis(shared.retention));
        let channels = shared.keys.channels();
        let args: [&[u8]; 7] = [at, digest, letter, &attempt, retention.as_bytes(), channels.as_bytes(), count];
        let reply = shared.run(&script::END, &keys, &loc.bytes(), &args).await?;
        match (reply.letter, reason(reply.letter)) {
            (b'O', _) => {
                self.release(loc, &reply.rest).await;
                Ok(())
            }
            (_, Some(reason)) => Err(BackendError::Refused(reason)),
            (_, None) => Err(shared.foreign(&keys, "not a state of this program").into()),
        }
    }

    /// Takes an ended session off its accounts: at once where a bound depends on it.
    pub(super) async fn release(&self, loc: Locator, stub: &[u8]) {
        let Ok(stub) = Stub::read(stub, loc) else { return };
        let mut accounts = vec![self.shared.tenant_account(&stub.tenant)];
        accounts.extend(stub.accounts.iter().map(|rung| self.shared.source_account(*rung)));
        if self.shared.tenant_bound.is_some() || accounts.len() > 1 {
            take_off(&self.shared, loc, &accounts).await;
        } else {
            let shared = self.shared.clone();
            tokio::spawn(async move { take_off(&shared, loc, &accounts).await });
        }
    }

    pub(super) async fn claim(&self, code: &LoginCode) -> Result<C, BackendError<ClaimError>> {
        let (attempt, grace) = (draw_attempt()?, self.shared.millis(crate::Attempt::GRACE));
        self.ask_for_context(code, &script::CLAIM, &[&attempt, grace.as_bytes()]).await
    }

    pub(super) async fn look_at_context(&self, code: &LoginCode) -> Result<C, BackendError<ClaimError>> {
        self.ask_for_context(code, &script::CONTEXT, &[]).await
    }

    async fn ask_for_context(
        &self,
        code: &LoginCode,
        script: &Script,
        more: &[&[u8]],
    ) -> Result<C, BackendError<ClaimError>> {
        let shared = &*self.shared;
        let loc = Locator(code.0.place);
        let unknown = BackendError::Refused(ClaimError::NotPending(SettleError::Unknown));
        let Some(seen) = self.ours(code).await? else { return Err(unknown) };
        let keys = shared.session_keys(['s', 'm', 'c'], loc);
        let mut args: Vec<&[u8]> = vec![&seen.stub.login];
        args.extend_from_slice(more);
        let reply = shared.run(script, &keys, &loc.bytes(), &args).await?;
        match (reply.letter, reason(reply.letter)) {
            (b'G', _) => {
                let opened = seal::open(&shared.store_keys, &code.0, "context", &reply.rest, loc);
                let context = opened.and_then(|bytes| C::from_bytes(&bytes).ok());
                Ok(context.ok_or_else(|| shared.foreign(&keys[2..], "not a context of this program"))?)
            }
            (b'N', _) => Err(BackendError::Refused(ClaimError::NoContext)),
            (_, Some(reason)) => Err(BackendError::Refused(ClaimError::NotPending(reason))),
            (_, None) => Err(shared.foreign(&keys, "not a state of this program").into()),
        }
    }

    /// Whether the polling code is of a session of this tenant, live or remembered.
    pub(super) async fn known(&self, code: &PollingCode) -> Result<Option<Stub>, Unavailable> {
        let digest = seal::polling_digest(&self.tenant, &code.0);
        let seen = self.shared.look(Locator(code.0.place)).await?;
        Ok(seen.map(|seen| seen.stub).filter(|stub| same(&stub.polling, &digest)))
    }
}

async fn take_off(shared: &Shared, loc: Locator, accounts: &[String]) {
    // At once. What stays falls due by its score.
    join_all(accounts.iter().map(|account| release(shared, loc, account))).await;
}
