//! The store, in memory or in Redis, with the limits that both have.

use counterfoil::{BuildError, GuessLimits, SessionStore};

use crate::config::{Config, ConfigError};

/// Sets the limits on a builder, which is one of two types.
macro_rules! limited {
    ($builder:expr, $store:expr) => {{
        let store = $store;
        let attempts = store.user_code_attempts.get();
        let mut builder = $builder
            .max_sessions(store.max_sessions.get())
            .max_sessions_per_source(store.max_sessions_per_source.get())
            .retention(store.retention.get())
            .user_code_guesses(GuessLimits { per_source: attempts, total: attempts.max(GuessLimits::default().total) });
        if let Some(max) = store.max_sessions_per_project {
            builder = builder.max_sessions_per_tenant(max.get());
        }
        if !store.poll_interval.get().is_zero() {
            builder = builder.poll_interval(store.poll_interval.get());
        }
        builder
    }};
}

pub(crate) fn in_memory(config: &Config) -> Result<counterfoil::axum::Store, ConfigError> {
    let mut builder = limited!(SessionStore::builder(), &config.store);
    if config.store.memory.as_ref().is_some_and(|memory| memory.huge_pages) {
        builder = builder.huge_pages();
    }
    builder.build().map_err(|error: BuildError| ConfigError::of("store", error.to_string()))
}

#[cfg(feature = "redis")]
pub(crate) fn in_redis(
    config: &Config,
    redis: &crate::config::Redis,
) -> Result<counterfoil::RedisStore<counterfoil::Secret, counterfoil::axum::Context>, ConfigError> {
    use counterfoil::{RedisBuildError, RedisServers, RedisStore};

    use crate::config::Given;

    let url = redis.url.as_ref().and_then(Given::text).unwrap_or_default();
    let forms = "redis://host:port, rediss://host:port over TLS, redis+cluster://host:port,host:port or \
                 redis+sentinel://host:port,host:port/name";
    let servers: RedisServers =
        url.parse().map_err(|_| ConfigError::of("store.redis.url", format!("it cannot be read; expected {forms}")))?;
    let builder = RedisStore::builder(servers).prefix(&redis.prefix).limit(redis.timeout.get());
    let builder = builder.on_warning(|warning| tracing::warn!("{warning}"));
    let keys = redis.keys.iter().filter_map(Given::text);
    let builder = keys.fold(builder, counterfoil::RedisBuilder::hex_key);
    limited!(builder, &config.store).build().map_err(|error| {
        let key = match error {
            RedisBuildError::Key | RedisBuildError::NoKey => "store.redis.keys",
            RedisBuildError::Prefix => "store.redis.prefix",
            RedisBuildError::Setting(_) => "store",
            _ => "store.redis",
        };
        ConfigError::of(key, error.to_string())
    })
}
