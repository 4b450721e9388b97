//! What keeps a server's answer away.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::iter::successors;

use rustls::CertificateError;

/// What kept the server's answer away: the [`cause`](super::NetworkError::cause) of a `NetworkError`.
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
    /// This machine has no list of authorities, so that it could trust any certificate. Permanent.
    NoAuthorities,
    /// The server does not speak TLS, though the base URL is `https://`. Permanent.
    NotTls,
    /// The server speaks TLS and refuses ours: no version, cipher or certificate in common. Permanent.
    Tls,
    /// The server does not speak HTTP, though it may speak TLS and the base URL is `http://`. Permanent.
    NotHttp,
    /// The host's name does not resolve. Permanent: the system's resolver has tried more than once.
    UnknownHost,
    /// Nothing listens at the address, or a firewall refuses.
    Refused,
    /// There is no way to the host.
    Unreachable,
    /// The proxy does not resolve, or refuses connections.
    NoProxy,
    /// The proxy wants credentials, or other ones (407). Permanent.
    ProxyCredentials,
    /// The proxy does not connect to the server.
    ProxyRefused,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// A status that is to pass: 408, 425, 429, or one from 500 on.
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
    /// It is valid no longer.
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
    /// The cause of a failed request, which went through a proxy or not.
    pub(super) fn of(error: &reqwest::Error, proxied: bool) -> Self {
        for error in chain(error) {
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return tls(error);
            }
            if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
                return Self::NotHttp;
            }
        }
        // The innermost one: those around it may be of the kind *other*.
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

/// The error and what is behind it, in order. `io::Error` skips the error that it wraps.
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
        // A certificate that signs itself, as `openssl req -x509` makes them.
        other if other.to_string().contains("CaUsedAsEndEntity") => Certificate::Untrusted,
        _ => Certificate::Invalid,
    })
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => {
                "is not signed by an authority that this machine trusts; if it is your own server, add its authority \
                 to the system's (or name its file in SSL_CERT_FILE), otherwise something on the way may be reading \
                 along"
            }
            Self::Expired => "has expired; check this machine's clock, and tell the server's operator",
            Self::NotYetValid => "is not valid yet; check this machine's clock, and tell the server's operator",
            Self::OtherHost => "is for another host name; check the address, and tell the server's operator",
            Self::Revoked => "has been revoked; tell the server's operator",
            Self::Invalid => "is not acceptable; tell the server's operator",
        })
    }
}
