//! `Failed`: a request that may be retried.

use std::time::Duration;

use super::cause::Cause;
use super::error::LoginError;
use super::network_error::NetworkError;

/// A request without a conclusive answer, to be sent again.
pub(super) struct Failed {
    /// The login's error if no try succeeds.
    pub(super) error: LoginError,
    pub(super) retry_after: Option<Duration>,
    /// The connection was made, so the answer is what was lost.
    pub(super) connected: bool,
    /// The number of tries before the login has begun. Afterwards it is retried until its deadline.
    pub(super) tries: u32,
}

/// For faults that are likely to be permanent, but also occur while a network is coming up.
const FEW: u32 = 3;

impl Failed {
    pub(super) fn network(error: NetworkError, connected: bool, retry_after: Option<Duration>) -> Self {
        use Cause::{NoProxy, ProxyRefused, Unreachable};
        let tries = match error.cause() {
            _ if error.is_permanent() => 1,
            NoProxy | ProxyRefused | Unreachable => FEW,
            _ => u32::MAX,
        };
        Self { error: LoginError::Network(error), retry_after, connected, tries }
    }

    /// A fault that ends a login that has begun, too.
    pub(super) fn fatal(error: LoginError) -> Self {
        Self { error, retry_after: None, connected: true, tries: 1 }
    }

    /// Returns `true` if the server may have done what it was asked: the request was sent, and it has not said no.
    pub(super) fn may_be_done(&self) -> bool {
        self.connected
            && !matches!(&self.error, LoginError::Network(error) if matches!(error.cause(), Cause::Status(425 | 429 | 503)))
    }

    /// Returns `true` if it ends a login that has begun.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self.error, LoginError::Options { .. })
    }

    /// An answer that is not the server's: a proxy's, or a captive portal's.
    pub(super) fn foreign(error: LoginError, retry_after: Option<Duration>) -> Self {
        Self { error, retry_after, connected: true, tries: FEW }
    }
}
