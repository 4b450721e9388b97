//! What an error means for a call: whether another try may succeed, and whether this one may have been applied.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use super::outage::{RedisOutage, code};

pub(super) enum Verdict {
    /// The server does not know the script.
    NoScript,
    /// Another try may succeed.
    Passing { maybe_applied: bool, connection: Held, why: RedisOutage },
    /// No other try would succeed. A part of it may have been applied.
    ForGood { maybe_applied: bool, code: String },
}

/// What becomes of the connection.
pub(super) enum Held {
    /// It is good.
    Good,
    /// It is made anew.
    Lost,
    /// It did not answer: it is made anew if that has happened too often.
    Silent,
    /// Another server may have taken the place of the one that it leads to: it is made anew now and then.
    Doubtful,
}

impl Verdict {
    /// No answer came.
    pub(super) const SILENCE: Self =
        Self::Passing { maybe_applied: true, connection: Held::Silent, why: RedisOutage::TimedOut };

    pub(super) fn of(error: &RedisError) -> Self {
        if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) {
            return Self::NoScript;
        }
        if error.is_timeout() {
            return Self::SILENCE;
        }
        if let Some(told) = RedisOutage::told(error).and_then(Self::of_server) {
            return told;
        }
        match error.kind() {
            ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound => Self::Passing {
                maybe_applied: !error.is_connection_refusal(),
                connection: Held::Lost,
                why: RedisOutage::of(error),
            },
            ErrorKind::AuthenticationFailed => {
                Self::Passing { maybe_applied: false, connection: Held::Lost, why: RedisOutage::Authentication }
            }
            _ => {
                let code = code(error);
                // A script that fails in the middle is not undone. For want of memory, or because the disk fails, it fails
                // at its first write.
                let first = ["OOM", "MISCONF"].contains(&code);
                let maybe_applied = !first && error.to_string().contains("script:");
                Self::ForGood { maybe_applied, code: code.to_owned() }
            }
        }
    }

    /// A server that says so has applied nothing: it looks at its own state before the first write of a script, and not
    /// again after it.
    fn of_server(why: RedisOutage) -> Option<Self> {
        let connection = match why {
            RedisOutage::Loading | RedisOutage::ClusterDown | RedisOutage::Moving | RedisOutage::Busy => Held::Good,
            // It was the primary, behind the same address.
            RedisOutage::ReadOnly => Held::Lost,
            // It may be cut off from the others, which have another primary.
            RedisOutage::MasterDown | RedisOutage::NoReplicas => Held::Doubtful,
            _ => return None,
        };
        Some(Self::Passing { maybe_applied: false, connection, why })
    }
}
