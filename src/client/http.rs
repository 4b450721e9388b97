//! `Http`: sends requests to one server, and classifies their failures.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, redirect};
use tokio::time::timeout;

use super::answer::Answer;
use super::base::Base;
use super::cause::Cause;
use super::error::LoginError;
use super::failed::Failed;
use super::network_error::NetworkError;
use super::proxy::proxy;

/// The connections to one server.
pub(super) struct Http {
    client: Client,
    base: Base,
    proxy: Option<String>,
}

impl Http {
    /// Fails if this machine has no certificate authorities to check the server's certificate with.
    pub(super) fn new(base: Base, headers: HeaderMap, connect_timeout: Duration) -> Result<Self, LoginError> {
        let mut client = Client::builder()
            .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .connect_timeout(connect_timeout);
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
            LoginError::Network(NetworkError::new(Cause::NoAuthorities, &base.authority(), None).caused_by(error))
        })?;
        Ok(Self { client, base, proxy })
    }

    /// Returns the server that the requests go to.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.base.address(path))
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
            let response = request.send().await.map_err(transport)?;
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

    pub(super) fn failed(&self, cause: Cause, retry_after: Option<Duration>) -> Failed {
        Failed::network(NetworkError::new(cause, &self.base.authority(), self.proxy.as_deref()), true, retry_after)
    }
}

#[cfg(test)]
impl Http {
    pub(super) fn at(base_url: &str) -> Self {
        Self::new(Base::new(base_url, false).unwrap(), HeaderMap::new(), Duration::from_secs(1)).unwrap()
    }
}
