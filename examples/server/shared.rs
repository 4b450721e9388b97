//! The store that several servers share.

use counterfoil::axum::Context;
use counterfoil::{RedisServers, RedisStore, Secret};
use tracing::warn;

use crate::flags::Flags;
use crate::settings::Limited;

/// The same settings as in one process, on other ground.
pub(crate) fn store(flags: &Flags, servers: RedisServers) -> Result<RedisStore<Secret, Context>, String> {
    let mut store = RedisStore::builder(servers).on_warning(|warning| warn!("{warning}")).set(flags);
    for text in &flags.redis_key {
        let key = key(text);
        store = store.key(key.ok_or("--redis-key is not 64 hexadecimal digits; `openssl rand -hex 32` makes one")?);
    }
    store.build().map_err(|error| format!("--redis: {error}"))
}

fn key(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}
