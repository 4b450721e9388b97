//! The store that several servers share.

use std::time::Duration;

use counterfoil::axum::Context;
use counterfoil::{GuessLimits, RedisServers, RedisStore, Secret};
use tracing::warn;

use crate::flags::Flags;

/// The same settings as in one process, on other ground.
pub(crate) fn store(flags: &Flags, servers: RedisServers) -> Result<RedisStore<Secret, Context>, String> {
    let key = flags.redis_key.as_deref().and_then(key);
    let key = key.ok_or("--redis-key is not 64 hexadecimal digits; `openssl rand -hex 32` makes one")?;
    let store = RedisStore::builder(servers)
        .key(key)
        .max_sessions(flags.max_sessions as usize)
        .user_code_guesses(GuessLimits {
            per_source: flags.user_code_attempts,
            total: flags.user_code_attempts.max(1000),
        })
        .on_warning(|warning| warn!("{warning}"));
    let store = match flags.poll_interval {
        0 => store,
        seconds => store.poll_interval(Duration::from_secs(seconds)),
    };
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
