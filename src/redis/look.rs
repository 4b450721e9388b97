//! Looking at a session without changing it: `inspect`, `locate`, listings, and what a missing state means.

use std::time::Duration;

use futures_util::future::try_join_all;
use redis::Value;
use subtle::ConstantTimeEq;

use super::link::Told;
use super::locator::Locator;
use super::stored::Stored;
use super::value::{Status, Stub, same};
use super::{RedisStore, Shared, record, script, seal};
use crate::code::LoginCode;
use crate::error::Unavailable;
use crate::session::{Inspected, Listed, SessionId, State, Stats};

/// What is wrong with a stub that no holder of the store's keys wrote so.
const TAMPERED: &str = "tampered with, or of another store key";

/// Scripts that a listing or a count has under way at once: each takes a round trip, and those together one.
const AT_ONCE: usize = 64;

/// All that Redis has of a session.
pub(super) struct Seen {
    loc: Locator,
    pub(super) stub: Stub,
    pub(super) state: State,
    remaining: Duration,
    began_ago: Duration,
    has_context: bool,
}

impl Seen {
    /// What the login code shows. `None` if the details are not what the login began with.
    fn shown(&self, keys: &[seal::StoreKey], code: &LoginCode) -> Option<Inspected> {
        let mut shown =
            Inspected::new(id_of(self.loc, &self.stub.polling), self.stub.tenant.clone(), self.state, self.remaining);
        shown.has_context = self.has_context;
        shown.began_ago = Some(self.began_ago);
        if !self.stub.details.is_empty() {
            let bytes = seal::open(keys, &code.0, "details", &self.stub.details, self.loc)?;
            shown.details = Some(Box::new(record::read(&bytes)?));
        }
        Some(shown)
    }
}

pub(super) fn state_of(letter: u8) -> State {
    match letter {
        b'P' => State::Pending,
        b'C' => State::Completed,
        b'R' => State::Redeemed,
        b'D' => State::Denied,
        b'Q' => State::Cancelled,
        _ => State::Expired,
    }
}

/// The id of a session: its locator, and 24 bits of the digest of its polling code.
pub(super) fn id_of(loc: Locator, polling: &seal::Short) -> SessionId {
    let [a, b, c, ..] = *polling;
    SessionId::new(u64::from_le_bytes([0, 0, 0, 0, 0, a, b, c]) | loc.0)
}

impl Shared {
    fn texts<'a, const N: usize>(&self, reply: &'a Told, echo: &[u8]) -> Result<[&'a [u8]; N], Unavailable> {
        texts(&reply.value, echo).ok_or_else(|| self.link.disordered(reply.by))
    }

    /// Returns `None` if the session is unknown.
    pub(super) async fn look(&self, loc: Locator) -> Result<Option<Seen>, Unavailable> {
        let keys = self.session_keys(['s', 'm', 'c'], loc);
        let echo = loc.bytes();
        let reply = self.link.run(&script::LOOK, &keys, &[&echo]).await?;
        let [state, stub, left, context, now] = self.texts(&reply, &echo)?;
        if stub.is_empty() {
            return Ok(None);
        }
        let foreign = |at: usize| {
            let keys = &keys[at..=at];
            move |foreign: super::value::Foreign| self.foreign(keys, foreign.0)
        };
        let stub = Stub::read(stub, loc).map_err(foreign(1))?;
        let letter = if state.is_empty() { b'E' } else { Status::read(state, loc).map_err(foreign(0))?.letter };
        let state = state_of(letter);
        let live = matches!(state, State::Pending | State::Completed);
        let remaining = if live { self.read_time(left) } else { Duration::ZERO };
        let now: u64 = std::str::from_utf8(now).ok().and_then(|now| now.parse().ok()).unwrap_or(stub.began);
        let began_ago = self.elapsed(now.saturating_sub(stub.began));
        let attached = match context {
            b"A" => true,
            b"" | b"T" => false,
            _ => return Err(self.foreign(&keys[2..], "not a value of this program")),
        };
        let has_context = state == State::Pending && attached;
        Ok(Some(Seen { loc, stub, state, remaining, began_ago, has_context }))
    }

    /// What the login code shows of its session.
    pub(super) fn shown(&self, seen: &Seen, code: &LoginCode) -> Result<Inspected, Unavailable> {
        let keys = self.session_keys(['m'], seen.loc);
        seen.shown(&self.store_keys, code).ok_or_else(|| self.foreign(&keys, TAMPERED))
    }

    /// The session of a login code, of any tenant.
    pub(super) async fn look_by(&self, code: &LoginCode) -> Result<Option<Seen>, Unavailable> {
        let loc = Locator(code.0.place);
        let digest = seal::login_digest(&code.0);
        let seen = self.look(loc).await?.filter(|seen| same(&seen.stub.login, &digest));
        let Some(seen) = seen else { return Ok(None) };
        if !seal::is_tag(&self.store_keys, &code.0, &seen.stub.tagged(loc), &seen.stub.tag) {
            return Err(self.foreign(&self.session_keys(['m'], loc), TAMPERED));
        }
        Ok(Some(seen))
    }

    async fn bucket_stats(&self, bucket: u16) -> Result<[u64; 12], Unavailable> {
        let keys = self.indexes(['n', 'a', 'r', 'k'], bucket);
        let retention = self.millis(self.retention);
        let echo = bucket.to_string();
        let reply = self.link.run(&script::STATS, &keys, &[echo.as_bytes(), retention.as_bytes()]).await?;
        let numbers: [_; 12] = self.texts(&reply, echo.as_bytes())?;
        Ok(numbers.map(|digits| std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).unwrap_or(0)))
    }

    pub(super) async fn stats(&self) -> Result<Stats, Unavailable> {
        let mut sums = [0_u64; 12];
        let buckets: Vec<u16> = (0..self.keys.buckets).collect();
        for buckets in buckets.chunks(AT_ONCE) {
            for numbers in try_join_all(buckets.iter().map(|bucket| self.bucket_stats(*bucket))).await? {
                sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
            }
        }
        let [
            pending,
            completed,
            remembered,
            initiated,
            approved,
            redeemed,
            denied,
            cancelled,
            expired,
            uncollected,
            forgotten,
            withdrawn,
        ] = sums;
        let max_sessions = self.max_sessions as u64;
        Ok(Stats {
            pending,
            completed,
            remembered,
            max_sessions,
            initiated,
            approved,
            redeemed,
            denied,
            cancelled,
            expired,
            uncollected,
            withdrawn,
            forgotten,
        })
    }
}

/// The texts of an array: the echo, and just so many others.
fn texts<'a, const N: usize>(reply: &'a Value, echo: &[u8]) -> Option<[&'a [u8]; N]> {
    let Value::Array(items) = reply else { return None };
    let (first, items) = items.split_first()?;
    let items: &[Value; N] = items.try_into().ok()?;
    let text = |item: &'a Value| match item {
        Value::BulkString(bytes) => Some(&bytes[..]),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    };
    if text(first)? != echo {
        return None;
    }
    let mut out = [&[][..]; N];
    for (to, item) in out.iter_mut().zip(items) {
        *to = text(item)?;
    }
    Some(out)
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    /// Whether the session belongs to this handle's tenant.
    pub(super) fn is_ours(&self, stub: &Stub) -> bool {
        stub.tenant.as_bytes().ct_eq(self.tenant.as_bytes()).into()
    }

    pub(super) async fn list(&self) -> Result<Vec<Listed>, Unavailable> {
        let shared = &*self.shared;
        let keys = [shared.tenant_account(&self.tenant)];
        let [key] = &keys;
        let reply = shared.link.run(&script::LIST, &keys, &[key.as_bytes()]).await?;
        let [live] = shared.texts(&reply, key.as_bytes())?;
        let live: Vec<Locator> = live.split(|byte| *byte == b' ').filter_map(Locator::read).collect();
        let mut listed = Vec::with_capacity(live.len());
        for some in live.chunks(AT_ONCE) {
            for seen in try_join_all(some.iter().map(|loc| shared.look(*loc))).await?.into_iter().flatten() {
                if !self.is_ours(&seen.stub) || !matches!(seen.state, State::Pending | State::Completed) {
                    continue;
                }
                let mut entry = Listed::new(id_of(seen.loc, &seen.stub.polling), seen.state, seen.remaining);
                entry.has_context = seen.has_context;
                listed.push(entry);
            }
        }
        Ok(listed)
    }
}
