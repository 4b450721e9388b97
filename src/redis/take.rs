//! `poll`: the tool asks, and takes the grant once it is there.

use std::time::Duration;

use tokio::time::Instant;

use super::locator::Locator;
use super::reads::Reads;
use super::seal::{Purpose, Short};
use super::stored::Stored;
use super::value::{Status, bound, same};
use super::{RedisStore, draw_attempt, script, seal};
use crate::attempt::Attempt;
use crate::binding::Binding;
use crate::code::PollingCode;
use crate::error::Unavailable;
use crate::pace::MOST_STRIKES;
use crate::poll_options::PollOptions;
use crate::session::Polled;

/// What each hasty poll adds to the interval; as `judge` has it.
const STEP: Duration = Duration::from_secs(5);

/// What a poll carries.
#[derive(Clone, Copy, Default)]
pub(super) struct Carried {
    pub(super) attempt: Option<Attempt>,
    pub(super) binding: Option<Short>,
    pub(super) proof: Option<Short>,
}

impl Carried {
    pub(super) fn new(options: &PollOptions) -> Self {
        let shown = |domain, binding: &Option<Binding>| binding.as_ref().map(|binding| seal::shown(domain, binding));
        Self {
            attempt: options.attempt,
            binding: shown("binding", &options.binding),
            proof: shown("proof", &options.hand_back),
        }
    }

    /// The proof as scripts compare it.
    pub(super) fn proof(&self) -> &[u8] {
        self.proof.as_ref().map_or(&[], |proof| proof)
    }
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    /// One poll, noted for its pace if this handle has one.
    pub(super) async fn ask(&self, code: &PollingCode, carried: &Carried) -> Result<Polled<T>, Unavailable> {
        match self.interval() {
            None => self.ask_unpaced(code, carried).await,
            Some(interval) => self.ask_paced(code, carried, interval).await,
        }
    }

    pub(super) fn interval(&self) -> Option<Duration> {
        self.shared.poll_interval.filter(|_| self.paced)
    }

    pub(super) async fn ask_unpaced(&self, code: &PollingCode, carried: &Carried) -> Result<Polled<T>, Unavailable> {
        let began = Instant::now();
        let loc = Locator(code.0.place);
        let key = self.shared.keys.of('s', loc);
        match Reads::get(&self.shared.reads, &key, began).await? {
            (Some(bytes), by) => match Status::read(&bytes, loc) {
                Ok(state) => self.told(code, carried, &state, Duration::ZERO, began).await,
                Err(foreign) => Err(self.shared.unread(&key, foreign, by)),
            },
            (None, _) => self.shared.link.within(began, self.without_state(code, carried)).await,
        }
    }

    /// Whether a poll of this code is one of the session's. What is not is not noted either.
    fn may_ask(&self, code: &PollingCode, carried: &Carried, state: &Status) -> bool {
        same(&state.polling, &seal::polling_digest(&self.tenant, &code.0))
            && bound(state.binding.as_ref(), carried.binding.as_ref())
    }

    async fn ask_paced(
        &self,
        code: &PollingCode,
        carried: &Carried,
        interval: Duration,
    ) -> Result<Polled<T>, Unavailable> {
        let began = Instant::now();
        let shared = &*self.shared;
        let loc = Locator(code.0.place);
        let keys = shared.session_keys(['s', 'p'], loc);
        let [interval, step, again] = [interval, STEP, self.again].map(|time| shared.millis(time));
        let (strikes, tick) = (MOST_STRIKES.to_string(), shared.tick.to_string());
        let digest = seal::polling_digest(&self.tenant, &code.0);
        let binding = carried.binding.unwrap_or_default();
        // Not the caller's: one may poll under the same attempt over and over.
        let attempt = draw_attempt()?;
        let args: [&[u8]; 9] = [
            interval.as_bytes(),
            step.as_bytes(),
            strikes.as_bytes(),
            again.as_bytes(),
            tick.as_bytes(),
            &digest,
            &binding,
            carried.proof(),
            &attempt,
        ];
        let reply = shared.run(&script::PACE, &keys, &loc.bytes(), &args).await?;
        if reply.letter == b'N' {
            return shared.link.within(began, self.without_state(code, carried)).await;
        }
        let colon = reply.rest.iter().position(|byte| *byte == b':');
        let Some(([hasty, millis @ ..], [_, state @ ..])) = colon.map(|colon| reply.rest.split_at(colon)) else {
            return Err(shared.link.disordered(reply.by));
        };
        let state = Status::read(state, loc).map_err(|foreign| shared.foreign(&keys, foreign.0))?;
        let retry_after = shared.read_pace(millis);
        if *hasty == b'1' {
            return Ok(Polled::SlowDown { retry_after });
        }
        self.told(code, carried, &state, retry_after, began).await
    }

    /// Expired, or unknown: the stub tells.
    async fn without_state(&self, code: &PollingCode, carried: &Carried) -> Result<Polled<T>, Unavailable> {
        let stub = self.known(code).await?.filter(|stub| bound(stub.binding.as_ref(), carried.binding.as_ref()));
        Ok(if stub.is_some() { Polled::Expired } else { Polled::Unknown })
    }

    async fn told(
        &self,
        code: &PollingCode,
        carried: &Carried,
        state: &Status,
        retry_after: Duration,
        began: Instant,
    ) -> Result<Polled<T>, Unavailable> {
        if !self.may_ask(code, carried, state) {
            return Ok(Polled::Unknown);
        }
        let redeem = || self.shared.link.within(began, self.redeem(code, carried, state, retry_after));
        let proven = state.hand_back != b'h' || bound(Some(&state.proof), carried.proof.as_ref());
        let mine = || carried.attempt.is_some_and(|attempt| same(&attempt.to_bytes(), &state.redeemer));
        match state.letter {
            b'P' => Ok(Polled::Pending { retry_after }),
            b'C' if !proven => Ok(Polled::Pending { retry_after }),
            b'C' => redeem().await,
            b'R' if proven && (self.shared.replay.is_some() || mine()) => redeem().await,
            b'R' => Ok(Polled::Redeemed),
            b'D' => Ok(Polled::Denied),
            _ => Ok(Polled::Cancelled),
        }
    }

    async fn redeem(
        &self,
        code: &PollingCode,
        carried: &Carried,
        state: &Status,
        retry_after: Duration,
    ) -> Result<Polled<T>, Unavailable> {
        let shared = &*self.shared;
        let loc = Locator(code.0.place);
        let mut keys = shared.session_keys(['s', 'm', 'g'], loc);
        keys.extend(shared.indexes(['a', 'r', 'k'], shared.keys.bucket(loc)));
        let digest = seal::polling_digest(&self.tenant, &code.0);
        let attempt = carried.attempt.map_or_else(draw_attempt, |attempt| Ok(attempt.to_bytes()))?;
        let [retention, grace] = [shared.retention, shared.grace].map(|time| shared.millis(time));
        let any: &[u8] = if shared.replay.is_some() { b"1" } else { b"0" };
        let channels = shared.keys.channels();
        let args: [&[u8]; 6] = [&digest, &attempt, retention.as_bytes(), grace.as_bytes(), any, channels.as_bytes()];
        let reply = shared.run(&script::REDEEM, &keys, &loc.bytes(), &args).await?;
        match reply.letter {
            b'G' => {}
            b'P' => return Ok(Polled::Pending { retry_after }),
            b'R' => return Ok(Polled::Redeemed),
            b'D' => return Ok(Polled::Denied),
            b'Q' => return Ok(Polled::Cancelled),
            b'E' => return self.without_state(code, carried).await,
            b'U' => return Ok(Polled::Unknown),
            _ => return Err(shared.foreign(&keys[2..], "missing")),
        }
        let Some((stub, sealed)) = halves(&reply.rest) else { return Err(shared.link.disordered(reply.by)) };
        let sealed = halves(sealed).map(|(sealed, _)| sealed).unwrap_or_default();
        // What the polls had to carry is sealed with the grant: a state that asks for less opens none.
        let proof = (state.hand_back == b'h').then_some(state.proof);
        let purpose = Purpose { loc, tenant: &self.tenant, binding: state.binding, proof };
        let opened = seal::open_grant(&shared.store_keys, &code.0, &purpose, sealed);
        let grant = opened.and_then(|bytes| T::from_bytes(&bytes).ok());
        let grant = grant.ok_or_else(|| shared.foreign(&keys[2..], "not a grant of this program"))?;
        self.release(loc, stub).await;
        if carried.attempt.is_none() && shared.replay.is_none() {
            // No other call has this attempt, so none will repeat it.
            let (shared, key) = (self.shared.clone(), keys.swap_remove(2));
            tokio::spawn(async move { shared.forget(key).await });
        }
        Ok(Polled::Completed(grant))
    }
}

/// `length:one other`, apart.
pub(super) fn halves(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let (length, rest) = bytes.split_at(colon);
    rest.get(1..)?.split_at_checked(std::str::from_utf8(length).ok()?.parse().ok()?)
}
