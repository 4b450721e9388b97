//! The store that several servers share.

use counterfoil::axum::Context;
use counterfoil::{Backend, RedisBuildError, RedisServers, RedisStore, Secret};
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

/// Says at the start if the servers cannot be reached; the store's own warning says why. They may be there in a moment,
/// so this server starts all the same.
pub(crate) async fn look(store: &RedisStore<Secret, Context>) {
    if store.ready().await.is_err() {
        warn!("--redis: logins are answered 503 until it can be reached; GET /readyz tells when it can");
    }
}
