//! `NetworkError`: a failed request, with its cause and what to do.

use std::error::Error;
use std::fmt;

use super::cause::Cause;

/// The fault that made a login fail: the last one, if there were several. Its text names the cause and says what to do.
///
/// ```
/// use std::time::Duration;
///
/// use counterfoil::client::{Cause, LoginError, Options, login};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// // There is no server at this address.
/// let options = Options::device(format!("http://{address}"), "internal").patience(Duration::ZERO);
/// # let options = options.unattended(true);
/// let Err(LoginError::Network(error)) = login(options).await else { unreachable!() };
/// assert_eq!(error.cause(), Cause::Refused);
/// assert!(!error.is_permanent() && error.proxy().is_none());
/// assert!(error.to_string().contains("check the address and port"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct NetworkError {
    cause: Cause,
    /// Host and port, as the base URL has them.
    server: String,
    proxy: Option<String>,
    source: Option<reqwest::Error>,
}

impl NetworkError {
    pub(super) fn new(cause: Cause, server: &str, proxy: Option<&str>) -> Self {
        Self { cause, server: server.to_owned(), proxy: proxy.map(str::to_owned), source: None }
    }

    pub(super) fn transport(error: reqwest::Error, server: &str, proxy: Option<&str>) -> Self {
        let cause = Cause::of(&error, proxy.is_some());
        Self::new(cause, server, proxy).caused_by(error)
    }

    pub(super) fn caused_by(self, error: reqwest::Error) -> Self {
        Self { source: Some(error.without_url()), ..self }
    }

    /// Returns the cause.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// Returns the proxy in use, from the environment or the system's settings, without its credentials.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Returns `true` if the fault is permanent, so that a retry would fail as well.
    ///
    /// ```
    /// # use counterfoil::client::LoginError;
    /// fn worth_another_try(error: &LoginError) -> bool {
    ///     matches!(error, LoginError::Network(fault) if !fault.is_permanent())
    /// }
    /// ```
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

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.server;
        let through = self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        let proxy = self.proxy.as_deref().unwrap_or("in between");
        match self.cause {
            Cause::Certificate(certificate) => write!(f, "the certificate of {server}{through} {certificate}"),
            Cause::NoAuthorities => write!(
                f,
                "this machine has no list of certificate authorities to check the certificate of {server}; install its \
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
                write!(f, "no connection to {server}{through}: there is no route to it; check the network")
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
                write!(f, "{server}{through} failed with status {status}; try again later")
            }
            Cause::Unavailable => write!(f, "{server}{through} says that it is unavailable; try again later"),
        }
    }
}

impl Error for NetworkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
