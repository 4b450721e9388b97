//! Requests that are worth another try.

use std::time::Duration;

use super::error::LoginError;
use super::network_error::NetworkError;

/// A request without an answer that decides anything: to be sent again.
pub(super) struct Failed {
    /// What the login ends with if no try succeeds.
    pub(super) error: LoginError,
    pub(super) retry_after: Option<Duration>,
    /// The connection was there, so that what failed is the answer.
    pub(super) connected: bool,
    /// How often to try before the login has begun. Afterwards, until its deadline: the server was there once.
    pub(super) tries: u32,
}

/// For what is likely to stay as it is, and may be a network that is just coming up.
const FEW: u32 = 3;

impl Failed {
    pub(super) fn network(error: NetworkError, connected: bool, retry_after: Option<Duration>) -> Self {
        use super::cause::Cause::{NoProxy, ProxyRefused, Unreachable};
        let tries = match error.cause() {
            _ if error.is_permanent() => 1,
            NoProxy | ProxyRefused | Unreachable => FEW,
            _ => u32::MAX,
        };
        Self { error: LoginError::Network(error), retry_after, connected, tries }
    }

    /// An answer of something else on the way: a proxy, or the page of a network that wants a sign-in.
    pub(super) fn foreign(error: LoginError, retry_after: Option<Duration>) -> Self {
        Self { error, retry_after, connected: true, tries: FEW }
    }
}
