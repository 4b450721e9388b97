//! Whether the server still is the one that takes writes. Reads do not tell: a primary that has become a replica goes on
//! answering them, and those who only poll would be told of a past that nobody adds to any more.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

use super::every::Every;
use super::link::Link;
use super::script;
use crate::error::Unavailable;

/// How often a process that reads looks whether it still reads from the primary.
const LOOK: Duration = Duration::from_secs(5);

pub(super) struct Primary {
    key: String,
    look: Every,
}

impl Primary {
    /// `key` is one that nobody sets.
    pub(super) fn new(key: String) -> Self {
        Self { key, look: Every::new(LOOK) }
    }

    /// Looks now and then, beside a read. A server that refuses makes the link connect anew.
    pub(super) fn look(&self, link: &Arc<Link>, now: Instant) {
        // The client of a cluster asks the nodes themselves who has which keys.
        if link.servers().is_cluster() || !self.look.due(now) {
            return;
        }
        let (link, key) = (link.clone(), self.key.clone());
        tokio::spawn(async move { takes_writes(&link, key).await });
    }
}

/// Fails if the server does not take writes, or no scripts.
pub(super) async fn takes_writes(link: &Link, key: String) -> Result<(), Unavailable> {
    let keys = [key];
    let echo = keys[0].as_bytes();
    let told = link.run(&script::WRITES, &keys, &[echo]).await?;
    match &told.value {
        Value::BulkString(bytes) if bytes.strip_prefix(echo) == Some(b"O") => Ok(()),
        _ => Err(link.disordered(told.by)),
    }
}
