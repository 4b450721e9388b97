//! The settings of a store in Redis.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::build_error::RedisBuildError;
use super::keys::Keys;
use super::link::Link;
use super::listen::Listener;
use super::primary::Primary;
use super::reads::Reads;
use super::seal::StoreKey;
use super::servers::RedisServers;
use super::store::{RedisStore, Shared};
use super::stored::Stored;
use super::warning::{RedisWarning, Warn};
use crate::attempt::Attempt;
use crate::error::BuildError;
use crate::guess_limits::GuessLimits;
use crate::settings::Settings;

/// Up to so many sessions a store has one bucket; above, its buckets are spread over the nodes of a cluster.
const ONE_BUCKET: usize = 8192;
const BUCKETS: u16 = 256;

/// The settings of a [`RedisStore`]. They must be the same in every process.
///
/// ```
/// use std::time::Duration;
///
/// use counterfoil::{GuessLimits, RedisServers, RedisStore, Secret};
///
/// let [new, old] = [[2; 32], [1; 32]]; // random bytes from a secret store
/// let store: RedisStore<Secret> = RedisStore::builder(RedisServers::one("redis://10.0.0.7:6379"))
///     .key(new)
///     .key(old)
///     .prefix("login")
///     .ttl(Duration::from_secs(600))
///     .retention(Duration::from_secs(600))
///     .max_sessions(100_000)
///     .max_sessions_per_tenant(10_000)
///     .max_sessions_per_source(100)
///     .poll_interval(Duration::from_secs(5))
///     .user_code_guesses(GuessLimits::default())
///     .replay(Duration::from_secs(30))
///     .limit(Duration::from_secs(2))
///     .on_warning(|warning| eprintln!("{warning}"))
///     .build()?;
/// # Ok::<(), counterfoil::RedisBuildError>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct RedisBuilder<T, C = ()> {
    servers: RedisServers,
    prefix: String,
    keys: Vec<StoreKey>,
    /// Whether a text was no key.
    unread_key: bool,
    settings: Settings,
    replay: Option<Duration>,
    limit: Duration,
    tick: Duration,
    warn: Warn,
    values: std::marker::PhantomData<fn() -> (T, C)>,
}

impl<T, C> fmt::Debug for RedisBuilder<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder")
            .field("servers", &self.servers)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    /// Begins the settings of a store on these servers.
    pub fn builder(servers: RedisServers) -> RedisBuilder<T, C> {
        RedisBuilder::new(servers)
    }
}

impl<T: Stored, C: Stored> RedisBuilder<T, C> {
    pub(super) fn new(servers: RedisServers) -> Self {
        Self {
            servers,
            prefix: "cf".to_owned(),
            keys: Vec::new(),
            unread_key: false,
            settings: Settings::default(),
            replay: None,
            limit: Duration::from_secs(2),
            tick: Duration::from_millis(1),
            warn: Warn::default(),
            values: std::marker::PhantomData,
        }
    }

    /// Adds a store key: 32 random bytes that Redis never sees, and that must not be kept beside it. Without it, nobody who
    /// writes in Redis can put a grant or a login of their own in, and nobody who reads there can try user codes. Whoever
    /// has both the key and what is in Redis can: user codes have 34 bits, and lead to the grants of their logins.
    ///
    /// The first key makes, each reads. To rotate takes three deploys, so that each process reads what another makes: `old,
    /// new`; then `new, old`; then `new`, once the last login of the first has ended, which is its lifetime
    /// ([`MAX_TTL`](crate::MAX_TTL) at the most) and the retention later.
    pub fn key(mut self, key: [u8; 32]) -> Self {
        self.keys.push(StoreKey(Zeroizing::new(key)));
        self
    }

    /// Adds a store key as text, for a key that comes from a file or the environment: 64 hexadecimal digits, which `openssl
    /// rand -hex 32` makes. White space around them is skipped.
    ///
    /// ```
    /// use counterfoil::{RedisBuildError, RedisServers, RedisStore, Secret};
    ///
    /// let servers = RedisServers::one("redis://10.0.0.7:6379");
    /// let store: RedisStore<Secret> = RedisStore::builder(servers.clone()).hex_key(&"07".repeat(32)).build()?;
    /// let short = RedisStore::<Secret>::builder(servers).hex_key("07").build();
    /// assert_eq!(short.err(), Some(RedisBuildError::Key));
    /// # Ok::<(), RedisBuildError>(())
    /// ```
    pub fn hex_key(mut self, key: &str) -> Self {
        match StoreKey::read(key.trim()) {
            Some(key) => self.keys.push(key),
            None => self.unread_key = true,
        }
        self
    }

    /// Sets what all keys begin with. Default `cf`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a session lives. Default two hours.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// Sets how long a session that has ended is remembered. Default ten minutes.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.settings.retention = retention;
        self
    }

    /// Sets the bound on live sessions, of all processes together. Default a million. Above 8192 it is split over 256
    /// buckets, of which a login tries three: a store that is nearly full may say *full* a little early, one time in a
    /// thousand at 80 % of 10,000 and at 98 % of a million.
    pub fn max_sessions(mut self, max: usize) -> Self {
        self.settings.max_sessions = max;
        self
    }

    /// Sets the bound on the live sessions of one tenant. Default none.
    pub fn max_sessions_per_tenant(mut self, max: u32) -> Self {
        self.settings.max_sessions_per_tenant = Some(max);
        self
    }

    /// Sets the bound on the live sessions of one [source](crate::Source), of all processes together: of a single address,
    /// and four times as many of each next rung of its ladder. Default 100. Sessions that begin without a source are not
    /// counted.
    pub fn max_sessions_per_source(mut self, max: u32) -> Self {
        self.settings.max_sessions_per_source = max;
        self
    }

    /// Sets the least time between two polls. Default none.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.poll_interval = Some(interval);
        self
    }

    /// Sets how many wrong user codes may be tried within a minute.
    pub fn user_code_guesses(mut self, limits: GuessLimits) -> Self {
        self.settings.guesses = limits;
        self
    }

    /// Hands a grant out again, for that long after its redemption, to any poll with the code. Default: only to the attempt
    /// that redeemed it.
    pub fn replay(mut self, window: Duration) -> Self {
        self.replay = (!window.is_zero()).then_some(window);
        self
    }

    /// Sets how long a verb may take in all before it is *unavailable*. Default two seconds.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets who is told what an operator should know: called from any task, and must not block.
    pub fn on_warning(mut self, tell: impl Fn(&RedisWarning) + Send + Sync + 'static) -> Self {
        self.warn = Warn(Some(Arc::new(tell)));
        self
    }

    /// The time that a test moves by: all times are multiples of it, and so many times as long in Redis.
    #[doc(hidden)]
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick;
        self
    }

    /// Makes the store. Connects at the first verb, which must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`RedisBuildError`] says which setting is refused.
    pub fn build(self) -> Result<RedisStore<T, C>, RedisBuildError> {
        self.servers.check()?;
        if self.unread_key {
            return Err(RedisBuildError::Key);
        }
        if self.keys.is_empty() {
            return Err(RedisBuildError::NoKey);
        }
        if self.prefix.is_empty() || self.prefix.contains(['{', '}']) {
            return Err(RedisBuildError::Prefix);
        }
        self.settings.check(self.replay)?;
        let buckets = if self.settings.max_sessions <= ONE_BUCKET { 1 } else { BUCKETS };
        let keys = Keys::new(self.prefix, buckets);
        let link = Arc::new(Link::new(self.servers, self.limit, self.warn));
        let listener = Arc::new(Listener::new(&keys).ok_or(BuildError::NoRandomness)?);
        Ok(RedisStore {
            shared: Arc::new(Shared {
                reads: Arc::new(Reads::new(link.clone(), Primary::new(keys.unset(0)))),
                link,
                keys,
                listener,
                store_keys: self.keys,
                ttl: self.settings.ttl,
                retention: self.settings.retention,
                grace: self.replay.unwrap_or(Attempt::GRACE).min(self.settings.retention),
                replay: self.replay,
                max_sessions: self.settings.max_sessions,
                tenant_bound: self.settings.max_sessions_per_tenant,
                source_bound: self.settings.max_sessions_per_source,
                poll_interval: self.settings.poll_interval,
                guesses: self.settings.guesses,
                tick: u64::try_from(self.tick.as_millis()).unwrap_or(1).max(1),
            }),
            tenant: Arc::from("default"),
            paced: true,
            again: Duration::ZERO,
            values: std::marker::PhantomData,
        })
    }
}
