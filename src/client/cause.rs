//! `Cause`: why there is no answer from the server.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::iter::successors;

use rustls::CertificateError;

/// Why there was no answer from the server: the [`cause`](super::NetworkError::cause) of a `NetworkError`.
///
/// ```
/// use counterfoil::client::{Cause, Certificate};
///
/// fn exit_code(cause: Cause) -> u8 {
///     match cause {
///         Cause::Certificate(Certificate::Expired | Certificate::NotYetValid) => 2,
///         Cause::NoProxy | Cause::ProxyCredentials | Cause::ProxyRefused => 3,
///         _ => 1,
///     }
/// }
/// # assert_eq!(exit_code(Cause::NoProxy), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The server's certificate is not accepted. Permanent.
    Certificate(Certificate),
    /// This machine has no list of certificate authorities to check a certificate with. Permanent.
    NoAuthorities,
    /// The server does not speak TLS, though the base URL is `https://`. Permanent.
    NotTls,
    /// The server refuses the TLS handshake: no version, cipher or certificate in common. Permanent.
    Tls,
    /// The server does not speak HTTP, though it may speak TLS and the base URL is `http://`. Permanent.
    NotHttp,
    /// The host's name does not resolve. Permanent: the system's resolver has tried more than once.
    UnknownHost,
    /// The connection was refused: no server listens at the address, or a firewall refuses.
    Refused,
    /// There is no route to the host.
    Unreachable,
    /// The proxy's name does not resolve, or the proxy refuses connections.
    NoProxy,
    /// The proxy requires credentials, or does not accept those given (407). Permanent.
    ProxyCredentials,
    /// The proxy does not connect to the server.
    ProxyRefused,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// A temporary status: 408, 425, 429, or one from 500 on.
    Status(u16),
    /// RFC 6749 `server_error` or `temporarily_unavailable`.
    Unavailable,
}

/// What is wrong with a certificate, in a [`Cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// No authority that this machine trusts has signed it.
    Untrusted,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It is for other host names.
    OtherHost,
    /// Its authority has revoked it.
    Revoked,
    /// Anything else.
    Invalid,
}

impl Cause {
    /// Returns the cause of a failed request. `proxied` is whether it went through a proxy.
    pub(super) fn of(error: &reqwest::Error, proxied: bool) -> Self {
        for error in chain(error) {
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return tls(error);
            }
            if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
                return Self::NotHttp;
            }
        }
        // The innermost one: the outer ones may be of the kind *other*.
        let kind = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last().map(io::Error::kind);
        let connecting = error.is_connect();
        match kind {
            _ if error.is_dns() && proxied => Self::NoProxy,
            _ if error.is_dns() => Self::UnknownHost,
            Some(ErrorKind::ConnectionRefused) if connecting && proxied => Self::NoProxy,
            Some(ErrorKind::ConnectionRefused) => Self::Refused,
            Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => {
                Self::Unreachable
            }
            _ if error.is_timeout() => Self::Timeout,
            // Its type is private to hyper-util.
            _ if connecting && proxied => {
                let wanted = chain(error).any(|error| error.to_string().contains("proxy authorization required"));
                if wanted { Self::ProxyCredentials } else { Self::ProxyRefused }
            }
            _ => Self::Broken,
        }
    }
}

/// Returns the error and its sources, in order. `io::Error::source` skips the error that it wraps.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as _),
            None => error.source(),
        }
    })
}

fn tls(error: &rustls::Error) -> Cause {
    use CertificateError as E;
    let rustls::Error::InvalidCertificate(error) = error else {
        let garbage = matches!(error, rustls::Error::InvalidMessage(_));
        return if garbage { Cause::NotTls } else { Cause::Tls };
    };
    Cause::Certificate(match error {
        E::UnknownIssuer | E::BadSignature => Certificate::Untrusted,
        E::Expired | E::ExpiredContext { .. } => Certificate::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => Certificate::NotYetValid,
        E::NotValidForName | E::NotValidForNameContext { .. } => Certificate::OtherHost,
        E::Revoked => Certificate::Revoked,
        // A self-signed certificate, as made by `openssl req -x509`.
        other if other.to_string().contains("CaUsedAsEndEntity") => Certificate::Untrusted,
        _ => Certificate::Invalid,
    })
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => {
                "is not signed by an authority that this machine trusts; if it is your own server, add its authority \
                 to the system's (or name its file in SSL_CERT_FILE), otherwise the connection may be intercepted"
            }
            Self::Expired => "has expired; check this machine's clock, and tell the server's operator",
            Self::NotYetValid => "is not valid yet; check this machine's clock, and tell the server's operator",
            Self::OtherHost => "is for another host name; check the address, and tell the server's operator",
            Self::Revoked => "has been revoked; tell the server's operator",
            Self::Invalid => "is not acceptable; tell the server's operator",
        })
    }
}
