//! `Http`: sends requests to one server, and classifies their failures.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, RequestBuilder, Url, redirect};
use tokio::time::timeout;

use super::answer::Answer;
use super::base::Base;
use super::cause::Cause;
use super::error::LoginError;
use super::failed::Failed;
use super::network_error::NetworkError;
use super::notice::Notice;
#[cfg(test)]
use super::options::Options;
use super::options::Settings;
use super::proxy::proxy;

const NO_CERTIFICATE: &str =
    "root_certificates has no certificate in PEM, or one that is broken; give a file with BEGIN CERTIFICATE in it";
const REDIRECTED: &str = "the HTTP client followed a redirect, and so the codes went to another address than the base \
                          URL's; build it with redirect(Policy::none())";

/// The connections to one server.
pub(super) struct Http {
    client: Client,
    base: Base,
    proxy: Option<String>,
    /// Of every request.
    headers: HeaderMap,
    /// The caller's client, which may follow redirects.
    own: bool,
}

impl Http {
    /// Fails if the caller's certificate authorities cannot be read, or if there are none at all to check the server's
    /// certificate with.
    pub(super) fn new(base: Base, headers: HeaderMap, settings: &Settings) -> Result<Self, LoginError> {
        let roots = roots(settings)?;
        if let Some(client) = settings.http_client.clone() {
            return Ok(Self { client, base, proxy: None, headers, own: true });
        }
        let mut client = Client::builder()
            .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(settings.request_timeout)
            .tls_certs_merge(roots);
        let local = base.is_loopback();
        if local {
            client = client.no_proxy();
        }
        if local && base.is_plain_http() {
            // No certificate is checked, so no list of authorities is needed.
            client = client.tls_certs_only([]);
        }
        let proxy = if local { None } else { proxy(&base.url) };
        let client = client.build().map_err(|error| {
            if !settings.root_certificates.is_empty() {
                return LoginError::Options { reason: NO_CERTIFICATE };
            }
            LoginError::Network(NetworkError::new(Cause::NoAuthorities, &base.authority(), None).caused_by(error))
        })?;
        Ok(Self { client, base, proxy, headers, own: false })
    }

    /// Returns the server that the requests go to.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.post_to(&self.base.address(path))
    }

    /// To an address that the server has named.
    pub(super) fn post_to(&self, address: &str) -> RequestBuilder {
        self.client.post(address).headers(self.headers.clone())
    }

    pub(super) fn get(&self, address: Url) -> RequestBuilder {
        self.client.get(address).headers(self.headers.clone())
    }

    /// Sends the request once. Returns the answer if it is the server's own, whatever its status.
    pub(super) async fn send(&self, request: RequestBuilder, limit: Duration) -> Result<Answer, Failed> {
        let transport = |error: reqwest::Error| {
            let connected = !error.is_connect();
            Failed::network(
                NetworkError::transport(error, &self.base.authority(), self.proxy.as_deref()),
                connected,
                None,
            )
        };
        let answer = timeout(limit, async {
            let (client, request) = request.build_split();
            let request = request.map_err(transport)?;
            let asked = request.url().clone();
            let response = client.execute(request).await.map_err(transport)?;
            if self.own && *response.url() != asked {
                return Err(Failed::fatal(LoginError::Options { reason: REDIRECTED }));
            }
            Answer::read(response).await.map_err(transport)
        })
        .await
        .map_err(|_| self.failed(Cause::Timeout, None))??;
        let cause = match answer.status {
            // RFC 8470 section 5.2: 425, *Too Early*.
            408 | 425 | 500.. => Cause::Status(answer.status),
            407 if self.proxy.is_some() => Cause::ProxyCredentials,
            _ if self.base.is_plain_http() && answer.wants_tls() => Cause::NotHttp,
            _ => match answer.error_name().as_deref() {
                // Defined in RFC 6749 section 4.1.2.1; token endpoints use them as well.
                Some("server_error" | "temporarily_unavailable") => Cause::Unavailable,
                _ => return Ok(answer),
            },
        };
        Err(self.failed(cause, answer.retry_after))
    }

    pub(super) fn no_answer(&self) -> Notice {
        Notice::NoAnswer { server: self.base.authority(), proxy: self.proxy.clone() }
    }

    pub(super) fn failed(&self, cause: Cause, retry_after: Option<Duration>) -> Failed {
        Failed::network(NetworkError::new(cause, &self.base.authority(), self.proxy.as_deref()), true, retry_after)
    }
}

/// Returns the caller's certificate authorities.
fn roots(settings: &Settings) -> Result<Vec<Certificate>, LoginError> {
    let pem = &settings.root_certificates;
    let refused = |reason| Err(LoginError::Options { reason });
    match Certificate::from_pem_bundle(pem) {
        _ if pem.is_empty() => Ok(Vec::new()),
        _ if settings.http_client.is_some() => {
            refused("root_certificates has no effect on an HTTP client of one's own; add them to that one")
        }
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => refused(NO_CERTIFICATE),
    }
}

#[cfg(test)]
impl Http {
    pub(super) fn at(base_url: &str) -> Self {
        let options = Options::device(base_url, "internal");
        Self::new(Base::new(base_url, false).unwrap(), HeaderMap::new(), &options.settings).unwrap()
    }
}
