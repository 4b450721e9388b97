//! What an operator should know, and no verb's answer says.

use std::fmt;
use std::sync::Arc;

use super::outage::RedisOutage;

/// Something about the servers that an operator should know. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisWarning {
    /// The servers cannot be reached, or do not serve. Told when that begins, and for each other reason; the same again after
    /// ten seconds at the earliest. Verbs try again meanwhile, within their limits.
    Unreachable {
        /// Why.
        why: RedisOutage,
    },
    /// The servers answer again, after [`Unreachable`](Self::Unreachable).
    Reached,
    /// This process is told of no approvals: its subscription is refused, or cannot be made. Until it can, a
    /// [`wait`](crate::Backend::wait) looks for itself, every 15 seconds, half more or less.
    Unsubscribed {
        /// Why.
        why: RedisOutage,
    },
    /// `maxmemory-policy` is not `noeviction`: live logins may be evicted.
    Eviction {
        /// The policy that is set.
        policy: String,
    },
    /// A key has a value that is not ours, is cut off, or of a later version. The verb was told *unavailable*.
    Foreign {
        /// The key.
        key: String,
        /// What is wrong with the value.
        why: &'static str,
    },
    /// A reply was to another request; it was dropped with its connection.
    Disordered,
    /// The server refused a command for good: a right is missing, memory is full, a key has a value of another type.
    Refused {
        /// The first word of the server's error: `OOM`, `NOPERM`, `WRONGTYPE`.
        code: String,
        /// The server's error.
        message: String,
    },
}

impl fmt::Display for RedisWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { why } => write!(f, "Redis cannot be reached, or does not serve: {why}"),
            Self::Reached => f.write_str("Redis answers again"),
            Self::Unsubscribed { why } => {
                write!(f, "approvals are not told to this process, which looks for itself: {why}")
            }
            Self::Eviction { policy } => {
                write!(f, "maxmemory-policy is {policy}: live logins may be evicted; set noeviction")
            }
            Self::Foreign { key, why } => write!(f, "the value of {key} is {why}"),
            Self::Disordered => f.write_str("a reply was to another request; its connection was dropped"),
            Self::Refused { message, .. } => write!(f, "the server refused a command: {message}"),
        }
    }
}

/// Who is told.
#[derive(Clone, Default)]
pub(super) struct Warn(pub(super) Option<Arc<Tell>>);

type Tell = dyn Fn(&RedisWarning) + Send + Sync;

impl Warn {
    pub(super) fn say(&self, warning: &RedisWarning) {
        if let Some(tell) = &self.0 {
            tell(warning);
        }
    }
}
