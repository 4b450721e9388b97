//! The store that several servers share.

use counterfoil::axum::Context;
use counterfoil::{RedisBuildError, RedisServers, RedisStore, Secret};
use tracing::warn;

use crate::flags::Flags;
use crate::settings::Limited;

/// The same settings as in one process, on other ground.
pub(crate) fn store(flags: &Flags, servers: RedisServers) -> Result<RedisStore<Secret, Context>, String> {
    let store = RedisStore::builder(servers).on_warning(|warning| warn!("{warning}")).set(flags);
    let store = flags.redis_key.iter().fold(store, |store, key| store.hex_key(key));
    store.build().map_err(|error| match error {
        RedisBuildError::Key => format!("--redis-key: {error}"),
        error => format!("--redis: {error}"),
    })
}
