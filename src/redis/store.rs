//! The handle of a store, and what all of its verbs use.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::keys::Keys;
use super::link::{Link, Told};
use super::listen::Listener;
use super::locator::Locator;
use super::reads::Reads;
use super::script::Script;
use super::seal::{self, Account, Short, StoreKey};
use super::value::Foreign;
use crate::error::Unavailable;
use crate::guess_limits::GuessLimits;

/// Login sessions in Redis or Valkey: a [`Backend`](crate::Backend) that any number of processes share.
///
/// A value is a handle, scoped to a tenant; clones share one connection. Grants and contexts are sealed before they leave the
/// process: reading or writing Redis reveals no token and no code. A writer can still destroy, deny or roll back a
/// login; a reader sees how many logins there are, when, of which tenant, and the length of their grants.
///
/// ```no_run
/// use counterfoil::{Backend, LoginOptions, RedisServers, RedisStore, Secret};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = [0; 32];
/// let store = RedisStore::<Secret>::builder(RedisServers::one("redis://127.0.0.1:6379")).key(key).build()?;
/// let login = store.initiate(LoginOptions::new()).await?;
/// # Ok(())
/// # }
/// ```
pub struct RedisStore<T, C = ()> {
    pub(super) shared: Arc<Shared>,
    pub(super) tenant: Arc<str>,
    pub(super) paced: bool,
    pub(super) again: Duration,
    pub(super) values: PhantomData<fn() -> (T, C)>,
}

pub(super) struct Shared {
    pub(super) link: Arc<Link>,
    pub(super) reads: Arc<Reads>,
    pub(super) keys: Keys,
    pub(super) listener: Arc<Listener>,
    pub(super) store_keys: Vec<StoreKey>,
    pub(super) ttl: Duration,
    pub(super) retention: Duration,
    /// For how long a redeemed grant is kept.
    pub(super) grace: Duration,
    pub(super) replay: Option<Duration>,
    pub(super) max_sessions: usize,
    pub(super) tenant_bound: Option<u32>,
    pub(super) source_bound: u32,
    pub(super) poll_interval: Option<Duration>,
    pub(super) guesses: GuessLimits,
    /// Milliseconds of the server's in one of ours; more than one in tests alone.
    pub(super) tick: u64,
}

impl<T, C> Clone for RedisStore<T, C> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), tenant: self.tenant.clone(), ..*self }
    }
}

impl<T, C> fmt::Debug for RedisStore<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// A reply: what follows the locator, and its first letter apart.
pub(super) struct Reply {
    pub(super) letter: u8,
    pub(super) rest: Vec<u8>,
    /// The connection that it came over.
    pub(super) by: u64,
}

impl Shared {
    /// A time in the server's milliseconds, rounded up.
    pub(super) fn millis(&self, time: Duration) -> String {
        let ours = u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        ours.saturating_mul(self.tick).to_string()
    }

    /// The other way, rounded up.
    pub(super) fn time(&self, millis: u64) -> Duration {
        Duration::from_millis(millis.div_ceil(self.tick))
    }

    /// The same, rounded down: what has passed.
    pub(super) fn elapsed(&self, millis: u64) -> Duration {
        Duration::from_millis(millis / self.tick)
    }

    /// What remains: at least a moment.
    pub(super) fn read_time(&self, digits: &[u8]) -> Duration {
        self.read_pace(digits).max(Duration::from_millis(1))
    }

    /// A pace, which may be none.
    pub(super) fn read_pace(&self, digits: &[u8]) -> Duration {
        let millis = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0);
        self.time(millis.max(0).unsigned_abs())
    }

    /// Runs a script about one session. `args` follow the locator.
    pub(super) async fn run(
        &self,
        script: &Script,
        keys: &[String],
        echo: &[u8],
        args: &[&[u8]],
    ) -> Result<Reply, Unavailable> {
        let mut all = vec![echo];
        all.extend_from_slice(args);
        let Told { value, by } = self.link.run(script, keys, &all).await?;
        let Value::BulkString(bytes) = value else { return Err(self.link.disordered(by)) };
        match bytes.strip_prefix(echo).and_then(|rest| rest.split_first()) {
            Some((b'!', _)) => Err(self.foreign(keys, "not a value of this program")),
            Some((letter, rest)) => Ok(Reply { letter: *letter, rest: rest.to_vec(), by }),
            None => Err(self.link.disordered(by)),
        }
    }

    /// What came over that connection cannot be read. It may be a reply to another request, and then it is not the last:
    /// the connection is made anew.
    pub(super) fn unread(&self, key: &str, foreign: Foreign, by: u64) -> Unavailable {
        if foreign == Foreign::OTHER {
            return self.link.disordered(by);
        }
        self.link.drop_connection(by);
        self.link.foreign(key.to_owned(), foreign.0)
    }

    pub(super) fn foreign(&self, keys: &[String], why: &'static str) -> Unavailable {
        self.link.foreign(keys.first().cloned().unwrap_or_default(), why)
    }

    pub(super) fn session_keys<const N: usize>(&self, kinds: [char; N], loc: Locator) -> Vec<String> {
        kinds.into_iter().map(|kind| self.keys.of(kind, loc)).collect()
    }

    pub(super) fn indexes<const N: usize>(&self, kinds: [char; N], bucket: u16) -> Vec<String> {
        kinds.into_iter().map(|kind| self.keys.index(kind, bucket)).collect()
    }

    /// The account of a tenant, by its digest.
    pub(super) fn tenant_account(&self, tenant: &str) -> String {
        self.keys.named('t', &seal::hex(&seal::digest("tenant", tenant.as_bytes())))
    }

    pub(super) fn source_account(&self, rung: Account) -> String {
        self.keys.named('o', &seal::hex(&rung))
    }
}

/// Sixteen random bytes, by which a script recognises that it has run already.
pub(super) fn draw_attempt() -> Result<Short, Unavailable> {
    use rand::Rng;
    let mut bytes = [0; 16];
    let mut rng = crate::code::random::generator().map_err(|_| Unavailable::new(Duration::from_secs(1)))?;
    rng.fill_bytes(&mut bytes);
    Ok(bytes)
}
