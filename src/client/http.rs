//! Requests: where they go, what they carry, and which of their failures are worth another try.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Url, redirect};
use tokio::time::timeout;

use super::answer::Answer;
use super::error::{Fault, Kind, LoginError};
use super::options::{Dialect, Settings};
use super::{device, documented};

/// One server, and who asks it.
pub(super) struct Http {
    client: Client,
    base: String,
}

/// A request without an answer of the server's own: to be sent again.
pub(super) struct Failed {
    pub(super) fault: Fault,
    pub(super) retry_after: Option<Duration>,
    /// The connection was there, so that what failed is the answer.
    pub(super) connected: bool,
}

impl Http {
    /// Checks all that the caller gave.
    pub(super) fn new(base_url: &str, settings: &Settings) -> Result<Self, LoginError> {
        let url = Url::parse(base_url)
            .map_err(|_| LoginError::Options { reason: "the base URL does not parse; give one like https://host" })?;
        let local = is_local(&url);
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
        let client = client.build().map_err(|error| LoginError::Network(Fault(Kind::Transport(error))))?;
        Ok(Self { client, base })
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }
}

/// Whether the server is on this machine, where nobody reads along.
fn is_local(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

/// One try. Its answer is the server's own, whatever its status.
pub(super) async fn send(request: RequestBuilder, limit: Duration) -> Result<Answer, Failed> {
    let transport = |error: reqwest::Error| Failed {
        connected: !error.is_connect(),
        fault: Fault(Kind::Transport(error.without_url())),
        retry_after: None,
    };
    let answer = timeout(limit, async {
        let response = request.send().await.map_err(transport)?;
        Answer::read(response).await.map_err(transport)
    })
    .await
    .map_err(|_| Failed { fault: Fault(Kind::Timeout), retry_after: None, connected: true })??;
    match answer.status {
        408 | 502 | 503 | 504 => {
            Err(Failed { fault: Fault(Kind::Status(answer.status)), retry_after: answer.retry_after, connected: true })
        }
        _ => Ok(answer),
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
        for local in ["http://127.0.0.1:8102", "http://[::1]:1/", "http://localhost:8102/stack", "https://example.com"]
        {
            assert_eq!(refused(local, &options()), None, "{local}");
        }
        for remote in ["http://example.com", "http://localhost.example.com", "http://192.168.0.1"] {
            assert!(refused(remote, &options()).unwrap().contains("use https"), "{remote}");
            assert_eq!(refused(remote, &options().insecure_http(true)), None, "{remote}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_before_anything_is() {
        let options = || Options::new("internal").publishable_client_key("key");
        assert_eq!(refused("https://example.com", &options()), None);
        for base in ["example.com", "ftp://example.com", "https://example.com?a", "https://example.com/#a", ""] {
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
