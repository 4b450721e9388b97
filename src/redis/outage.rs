//! Why the servers cannot be reached, or do not serve.

use std::fmt;
use std::io;

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why the servers cannot be reached, or do not serve: what [`RedisWarning::Unreachable`](crate::RedisWarning::Unreachable)
/// tells. No part of an address, of a user's name or of a password is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisOutage {
    /// The name of the host is not known, or no route leads there.
    Host,
    /// Nobody listens at the address.
    ConnectionRefused,
    /// The connection was closed.
    ConnectionClosed,
    /// No answer came in time.
    TimedOut,
    /// TLS failed: a certificate that is not trusted, say.
    Tls,
    /// The user or the password is not accepted, or one is missing.
    Authentication,
    /// The user lacks a right (`NOPERM`).
    NotPermitted,
    /// No Sentinel answers, or none knows a primary of that name.
    NoPrimary,
    /// The server reads its data from the disk (`LOADING`).
    Loading,
    /// The server is a replica (`READONLY`).
    ReadOnly,
    /// The server is a replica without its primary (`MASTERDOWN`).
    MasterDown,
    /// The cluster lacks a part (`CLUSTERDOWN`), or no node of it can be reached.
    ClusterDown,
    /// Another node has the keys, or will have them (`MOVED`, `ASK`, `TRYAGAIN`).
    Moving,
    /// The server has fewer replicas than it needs to take writes (`NOREPLICAS`).
    NoReplicas,
    /// The server runs another script that is too long (`BUSY`).
    Busy,
    /// What answers does not speak as Redis does, or something else is wrong.
    Other,
}

impl RedisOutage {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Other as usize + 1;

    pub(super) fn of(error: &RedisError) -> Self {
        if let Some(why) = Self::told(error) {
            return why;
        }
        match error.kind() {
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_connection_refusal() => Self::ConnectionRefused,
            ErrorKind::Io => Self::of_io(error),
            ErrorKind::AuthenticationFailed => Self::Authentication,
            // The implementation of TLS reports through it.
            ErrorKind::Client => Self::Tls,
            ErrorKind::ClusterConnectionNotFound => Self::ClusterDown,
            ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
            | ErrorKind::EmptySentinelList => Self::NoPrimary,
            _ => Self::Other,
        }
    }

    fn of_io(error: &RedisError) -> Self {
        use std::error::Error;
        let kind = error.source().and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
        match kind {
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => Self::Host,
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => Self::Tls,
            // So the client of a cluster says that no node could be reached.
            None if error.to_string().contains("initial connections") => Self::ClusterDown,
            // A name that is not known has no kind of its own.
            _ if error.to_string().contains("lookup address") => Self::Host,
            _ => Self::ConnectionClosed,
        }
    }

    /// What the server itself said, if that was why.
    pub(super) fn told(error: &RedisError) -> Option<Self> {
        Some(match code(error) {
            "LOADING" => Self::Loading,
            "READONLY" => Self::ReadOnly,
            "MASTERDOWN" => Self::MasterDown,
            "CLUSTERDOWN" => Self::ClusterDown,
            "MOVED" | "ASK" | "TRYAGAIN" => Self::Moving,
            "NOREPLICAS" => Self::NoReplicas,
            "BUSY" => Self::Busy,
            "NOAUTH" | "WRONGPASS" => Self::Authentication,
            "NOPERM" => Self::NotPermitted,
            // As a script is told it.
            "ERR" => {
                let text = error.detail().unwrap_or("");
                if text.contains("on a stale replica") {
                    Self::MasterDown
                } else if text.contains("cluster is down") {
                    Self::ClusterDown
                } else {
                    return None;
                }
            }
            _ => return None,
        })
    }
}

/// The word that the server's error begins with: of the command that failed in a script, if it was one. Redis 7 begins
/// with that word, Redis 6.2 has it in the middle: `ERR Error running script (…): @user_script: 3: -READONLY You can't …`.
pub(super) fn code(error: &RedisError) -> &str {
    let word = match error.kind() {
        ErrorKind::Server(ServerErrorKind::ResponseError) => "ERR",
        _ => error.code().unwrap_or(""),
    };
    if word != "ERR" {
        return word;
    }
    let inner = error.detail().and_then(|text| text.split_once(": -")).map_or("", |(_, inner)| inner);
    let end = inner.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(inner.len());
    if end > 1 { &inner[..end] } else { word }
}

impl fmt::Display for RedisOutage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "the host is not known, or no route leads there",
            Self::ConnectionRefused => "nobody listens at the address",
            Self::ConnectionClosed => "the connection was closed",
            Self::TimedOut => "no answer came in time",
            Self::Tls => "TLS failed; look at the certificates",
            Self::Authentication => "the user or the password is not accepted",
            Self::NotPermitted => "the user lacks a right (NOPERM)",
            Self::NoPrimary => "no Sentinel names a primary",
            Self::Loading => "the server reads its data from the disk (LOADING)",
            Self::ReadOnly => "the server is a replica (READONLY)",
            Self::MasterDown => "the server is a replica without its primary (MASTERDOWN)",
            Self::ClusterDown => "the cluster lacks a part (CLUSTERDOWN)",
            Self::Moving => "another node of the cluster has the keys (MOVED, TRYAGAIN)",
            Self::NoReplicas => "the server has too few replicas to take writes (NOREPLICAS)",
            Self::Busy => "the server runs another script (BUSY)",
            Self::Other => "what answers does not speak as Redis does",
        })
    }
}

#[cfg(test)]
mod tests {
    use redis::parse_redis_value;

    use super::*;

    fn error(line: &str) -> RedisError {
        parse_redis_value(format!("-{line}\r\n").as_bytes()).and_then(redis::Value::extract_error).unwrap_err()
    }

    #[test]
    fn errors_of_scripts_are_those_of_their_commands() {
        let of = |line| (code(&error(line)).to_owned(), RedisOutage::told(&error(line)));
        let old = "ERR Error running script (call to f_ab): @user_script:3: @user_script: 3: ";
        for (line, word, why) in [
            ("READONLY You can't write against a read only replica.", "READONLY", Some(RedisOutage::ReadOnly)),
            (
                "NOREPLICAS Not enough good replicas to write. script: ab, on @user_script:3.",
                "NOREPLICAS",
                Some(RedisOutage::NoReplicas),
            ),
            (
                &format!("{old}-READONLY You can't write against a read only replica."),
                "READONLY",
                Some(RedisOutage::ReadOnly),
            ),
            (
                &format!("{old}-NOREPLICAS Not enough good replicas to write."),
                "NOREPLICAS",
                Some(RedisOutage::NoReplicas),
            ),
            (&format!("{old}-OOM command not allowed"), "OOM", None),
            (&format!("{old}attempt to index a nil value"), "ERR", None),
            (
                "ERR Can not execute the command on a stale replica script: ab, on @user_script:3.",
                "ERR",
                Some(RedisOutage::MasterDown),
            ),
            ("ERR wrong number of arguments", "ERR", None),
            ("LOADING Redis is loading the dataset in memory", "LOADING", Some(RedisOutage::Loading)),
        ] {
            assert_eq!(of(line), (word.to_owned(), why), "{line}");
        }
    }
}
