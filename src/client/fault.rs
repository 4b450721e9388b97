//! Why there is no answer of the server's own, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::iter::successors;

use rustls::CertificateError;

/// The last of the faults that kept a login from succeeding. Its text names the cause and what to do.
#[derive(Debug)]
pub struct Fault {
    cause: Cause,
    /// Host and port, as the base URL has them.
    server: String,
    proxy: Option<String>,
    source: Option<reqwest::Error>,
}

/// What kept the server's answer away.
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

/// What is wrong with a certificate.
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

impl Fault {
    pub(super) fn new(cause: Cause, server: &str, proxy: Option<&str>) -> Self {
        Self { cause, server: server.to_owned(), proxy: proxy.map(str::to_owned), source: None }
    }

    pub(super) fn transport(error: reqwest::Error, server: &str, proxy: Option<&str>) -> Self {
        let cause = cause(&error, proxy.is_some());
        Self::new(cause, server, proxy).caused_by(error)
    }

    pub(super) fn caused_by(self, error: reqwest::Error) -> Self {
        Self { source: Some(error.without_url()), ..self }
    }

    /// What it was.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The proxy in use, from the environment or the system's settings, without its credentials.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Returns `true` if it does not pass on its own, so that another try is of no use.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(
            self.cause,
            Cause::Certificate(_)
                | Cause::NoAuthorities
                | Cause::NotTls
                | Cause::Tls
                | Cause::NotHttp
                | Cause::UnknownHost
                | Cause::ProxyCredentials
        )
    }
}

fn cause(error: &reqwest::Error, proxied: bool) -> Cause {
    for error in chain(error) {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return tls(error);
        }
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return Cause::NotHttp;
        }
    }
    // The innermost one: those around it may be of the kind *other*.
    let kind = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last().map(io::Error::kind);
    let connecting = error.is_connect();
    match kind {
        _ if error.is_dns() && proxied => Cause::NoProxy,
        _ if error.is_dns() => Cause::UnknownHost,
        Some(ErrorKind::ConnectionRefused) if connecting && proxied => Cause::NoProxy,
        Some(ErrorKind::ConnectionRefused) => Cause::Refused,
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => Cause::Unreachable,
        _ if error.is_timeout() => Cause::Timeout,
        // Its type is private to hyper-util.
        _ if connecting && proxied => {
            let wanted = chain(error).any(|error| error.to_string().contains("proxy authorization required"));
            if wanted { Cause::ProxyCredentials } else { Cause::ProxyRefused }
        }
        _ => Cause::Broken,
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

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.server;
        let through = self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        let proxy = self.proxy.as_deref().unwrap_or("in between");
        match self.cause {
            Cause::Certificate(certificate) => write!(f, "the certificate of {server}{through} {certificate}"),
            Cause::NoAuthorities => write!(
                f,
                "this machine has no list of authorities to check the certificate of {server} with; install its \
                 ca-certificates, or name a file of them in SSL_CERT_FILE"
            ),
            Cause::NotTls => {
                write!(
                    f,
                    "{server}{through} does not speak TLS; check the port, and on this machine whether https:// should be http://"
                )
            }
            Cause::Tls => write!(
                f,
                "{server}{through} refuses the TLS that this tool speaks; update the tool, or ask the server's operator"
            ),
            Cause::NotHttp => write!(
                f,
                "{server}{through} does not speak HTTP; check the port, and whether http:// should be https://"
            ),
            Cause::UnknownHost => {
                write!(f, "the host of {server} does not resolve; check the address for typing errors, and the network")
            }
            Cause::Refused => write!(
                f,
                "no connection to {server}{through}: it was refused; check the address and port, and that the server \
                 is running"
            ),
            Cause::Unreachable => {
                write!(f, "no connection to {server}{through}: there is no way to it; check the network")
            }
            Cause::NoProxy => write!(
                f,
                "no connection to the proxy {proxy}; check HTTPS_PROXY, ALL_PROXY and the system's settings, or except \
                 {server} by NO_PROXY"
            ),
            Cause::ProxyCredentials => write!(
                f,
                "the proxy {proxy} wants a user name and a password (407); give them in HTTPS_PROXY, or except {server} \
                 by NO_PROXY"
            ),
            Cause::ProxyRefused => write!(
                f,
                "the proxy {proxy} does not connect to {server}; check that it is running and may do so, or except {server} by \
                 NO_PROXY"
            ),
            Cause::Timeout => {
                write!(f, "no answer in time from {server}{through}; check the network, and try again later")
            }
            Cause::Broken => {
                write!(f, "the connection to {server}{through} broke; check the network, and try again later")
            }
            Cause::Status(429) => {
                write!(f, "{server}{through} has too many requests (status 429); try again later")
            }
            Cause::Status(status) => {
                write!(f, "{server}{through} has a fault of its own (status {status}); try again later")
            }
            Cause::Unavailable => write!(f, "{server}{through} says that it is unavailable; try again later"),
        }
    }
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

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
