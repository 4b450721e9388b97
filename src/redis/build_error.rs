//! Why a store cannot be built.

use std::fmt;

use crate::error::BuildError;

/// Why [`RedisBuilder::build`](crate::RedisBuilder::build) refused the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisBuildError {
    /// A URL cannot be read, or there is none.
    Url,
    /// A certificate or its key cannot be read, or there is none.
    Certificate,
    /// There is no store key; see [`RedisBuilder::key`](crate::RedisBuilder::key).
    NoKey,
    /// A store key that was given as text is not 64 hexadecimal digits.
    Key,
    /// The prefix is empty, or has a brace.
    Prefix,
    /// A setting that all engines have.
    Setting(BuildError),
}

impl fmt::Display for RedisBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("not a URL of Redis: expected redis://host:port"),
            Self::Certificate => f.write_str("not a certificate or key: expected PEM"),
            Self::NoKey => f.write_str("no store key: give 32 random bytes, the same in every process"),
            Self::Key => f.write_str("a store key is not 64 hexadecimal digits; `openssl rand -hex 32` makes one"),
            Self::Prefix => f.write_str("the prefix is empty, or has a brace"),
            Self::Setting(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RedisBuildError {}

impl From<BuildError> for RedisBuildError {
    fn from(error: BuildError) -> Self {
        Self::Setting(error)
    }
}
