//! Requests: where they go, what they carry, and which of their failures are worth another try.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Url, redirect};
use tokio::time::timeout;

use super::answer::Answer;
use super::error::LoginError;
use super::failed::Failed;
use super::fault::{Cause, Fault};
use super::host::Host;
use super::link::Base;
use super::options::{Dialect, Settings};
use super::proxy::proxy;
use super::{device, documented};

/// One server, and who asks it.
pub(super) struct Http {
    client: Client,
    url: Url,
    base: String,
    /// Host and port, for texts.
    server: String,
    proxy: Option<String>,
    insecure: bool,
}

impl Http {
    /// Checks all that the caller gave.
    pub(super) fn new(base_url: &str, settings: &Settings) -> Result<Self, LoginError> {
        let url = Url::parse(base_url)
            .map_err(|_| LoginError::Options { reason: "the base URL does not parse; give one like https://host" })?;
        let local = Host::of(&url).is_some_and(|host| host.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if local || settings.insecure_http => {}
            "http" => {
                let reason = "the base URL is http, where the token can be read on the way; use https";
                return Err(LoginError::Options { reason });
            }
            _ => return Err(LoginError::Options { reason: "the base URL is neither https nor http" }),
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(LoginError::Options { reason: "the base URL has a query or a fragment; leave them out" });
        }
        if !url.username().is_empty() || url.password().is_some() {
            // It would be part of the link that is printed.
            return Err(LoginError::Options { reason: "the base URL has a user name or a password; leave them out" });
        }
        let base = url.as_str().trim_end_matches('/').to_owned();

        let mut headers = HeaderMap::new();
        match &settings.dialect {
            Dialect::Documented(options) => {
                documented::check(options, &base)?;
                documented::headers(options, |name, value| {
                    let mut value = HeaderValue::from_str(value).map_err(|_| LoginError::Options {
                        reason: "the project id or the key has characters that no header may carry",
                    })?;
                    value.set_sensitive(true);
                    headers.insert(HeaderName::from_static(name), value);
                    Ok(())
                })?;
            }
            Dialect::Device(options) => device::check(options)?,
        }

        let mut client = Client::builder()
            .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .connect_timeout(settings.request_timeout);
        if local {
            client = client.no_proxy();
        }
        if local && url.scheme() == "http" {
            // No certificate is checked, so no list of authorities is needed.
            client = client.tls_certs_only([]);
        }
        let proxy = if local { None } else { proxy(&url) };
        let server = match (url.host_str().unwrap_or_default(), url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let client = client
            .build()
            .map_err(|error| LoginError::Network(Fault::new(Cause::NoAuthorities, &server, None).caused_by(error)))?;
        Ok(Self { client, url, base, server, proxy, insecure: settings.insecure_http })
    }

    /// What links are compared with.
    pub(super) fn base(&self) -> Base<'_> {
        Base { url: &self.url, insecure_http: self.insecure }
    }

    /// The address of a path of the server's.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.address(path))
    }

    /// One try. Its answer is the server's own, whatever its status.
    pub(super) async fn send(&self, request: RequestBuilder, limit: Duration) -> Result<Answer, Failed> {
        let transport = |error: reqwest::Error| {
            let connected = !error.is_connect();
            Failed::fault(Fault::transport(error, &self.server, self.proxy.as_deref()), connected, None)
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
            _ if self.url.scheme() == "http" && answer.wants_tls() => Cause::NotHttp,
            _ => match answer.error_name().as_deref() {
                // RFC 6749 section 4.1.2.1 has them; token endpoints use them as well.
                Some("server_error" | "temporarily_unavailable") => Cause::Unavailable,
                _ => return Ok(answer),
            },
        };
        Err(self.failed(cause, answer.retry_after))
    }

    pub(super) fn failed(&self, cause: Cause, retry_after: Option<Duration>) -> Failed {
        Failed::fault(Fault::new(cause, &self.server, self.proxy.as_deref()), true, retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Options;

    fn refused(base_url: &str, options: &Options) -> Option<&'static str> {
        match Http::new(base_url, &options.settings) {
            Err(LoginError::Options { reason }) => Some(reason),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_allowed() {
        let options = || Options::device("internal");
        for local in [
            "http://127.0.0.1:8102",
            "http://[::1]:1/",
            "http://localhost:8102/stack",
            "http://localhost.:1",
            "http://[::ffff:127.0.0.1]",
            "https://example.com",
        ] {
            assert_eq!(refused(local, &options()), None, "{local}");
        }
        for remote in ["http://example.com", "http://localhost.example.com", "http://192.168.0.1", "http://0.0.0.0"] {
            assert!(refused(remote, &options()).unwrap().contains("use https"), "{remote}");
            assert_eq!(refused(remote, &options().insecure_http(true)), None, "{remote}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_before_anything_is() {
        let options = || Options::new("internal").publishable_client_key("key");
        assert_eq!(refused("https://example.com", &options()), None);
        for base in [
            "example.com",
            "ftp://example.com",
            "https://example.com?a",
            "https://example.com/#a",
            "https://user:secret@example.com",
            "https://user@example.com",
            "",
        ] {
            assert!(refused(base, &options()).is_some(), "{base}");
        }
        for options in [
            Options::new("internal"),
            Options::new("").publishable_client_key("key"),
            Options::new("internal").publishable_client_key("line\nbreak"),
            options().expires_in(Duration::ZERO),
            options().expires_in(Duration::from_secs(86_401)),
            options().confirm_page("ftp://example.com/"),
            Options::device(""),
        ] {
            assert!(refused("https://example.com", &options).is_some());
        }
    }

    #[test]
    fn the_keys_are_not_in_the_debug_of_anything() {
        let options = Options::new("internal").publishable_client_key("pck_secret").secret_server_key("ssk_secret");
        assert!(!format!("{options:?}").contains("secret"), "{options:?}");
        let http = Http::new("https://example.com", &options.settings).unwrap();
        let request = http.post("/x");
        assert!(!format!("{:?} {request:?}", http.client).contains("k_secret"));
    }
}
