//! The RFC 8628 dialect, under `/oauth`.

use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use tokio::time::Instant;

use super::answer::{Answer, MAX_TIME};
use super::begin::{Begun, Session};
use super::error::{LoginError, printable};
use super::http::Http;
use super::options::Device;
use super::prompt::Prompt;
use super::tokens::Tokens;
use super::wait::Verdict;
use crate::Secret;

/// RFC 8628 section 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 section 3.2: "If no value is provided, clients MUST use 5 as the default."
const INTERVAL: u64 = 5;

/// What the token endpoint wants to see.
pub(super) struct Codes {
    device_code: Secret,
    client_id: String,
    token_path: String,
}

pub(super) fn check(options: &Device) -> Result<(), LoginError> {
    let reason = if options.client_id.is_empty() {
        "the client id is empty"
    } else if !options.authorization_path.starts_with('/') || !options.token_path.starts_with('/') {
        "an endpoint's path does not start with a slash"
    } else {
        return Ok(());
    };
    Err(LoginError::Options { reason })
}

pub(super) fn begin(http: &Http, options: &Device) -> RequestBuilder {
    let mut form = vec![("client_id", options.client_id.as_str())];
    if let Some(scope) = &options.scope {
        form.push(("scope", scope));
    }
    http.post(&options.authorization_path).header(ACCEPT, "application/json").form(&form)
}

/// RFC 8628 section 3.2.
#[derive(Deserialize)]
struct Authorized {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(alias = "verification_url_complete")]
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

pub(super) fn begun(options: &Device, answer: &Answer) -> Result<Begun, LoginError> {
    if answer.status != 200 {
        return Err(answer.refusal());
    }
    let authorized: Authorized = answer.json("no device authorization")?;
    let expires_in = Duration::from_secs(authorized.expires_in).min(MAX_TIME);
    Ok(Begun {
        prompt: Prompt {
            link: link(&authorized.verification_uri)?,
            complete_link: authorized.verification_uri_complete.as_deref().map(link).transpose()?,
            user_code: Some(printable(&authorized.user_code)),
            expires_in,
        },
        session: Session::Device(Codes {
            device_code: Secret::new(authorized.device_code),
            client_id: options.client_id.clone(),
            token_path: options.token_path.clone(),
        }),
        deadline: Instant::now() + expires_in,
        interval: Duration::from_secs(authorized.interval.unwrap_or(INTERVAL)).min(MAX_TIME),
    })
}

/// The address that the server gave, if a browser may open it. A parsed one has no control characters.
fn link(text: &str) -> Result<String, LoginError> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.into()),
        _ => Err(LoginError::Malformed { what: "a verification_uri that is not http or https" }),
    }
}

impl Codes {
    pub(super) fn poll(&self, http: &Http) -> RequestBuilder {
        http.post(&self.token_path).header(ACCEPT, "application/json").form(&[
            ("grant_type", GRANT_TYPE),
            ("device_code", self.device_code.expose()),
            ("client_id", &self.client_id),
        ])
    }
}

/// RFC 6749 sections 5.1 and 5.2, RFC 8628 section 3.5. Read by its members and not by its status: some servers answer
/// *pending* with 200.
#[derive(Deserialize)]
struct Granted {
    error: Option<String>,
    access_token: Option<String>,
    token_type: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
}

pub(super) fn read(answer: &Answer, faulted: bool) -> Verdict {
    let granted: Granted = match answer.json("no token") {
        Ok(granted) => granted,
        Err(_) if answer.status >= 300 => return Verdict::Failed(answer.refusal()),
        Err(error) => return Verdict::Failed(error),
    };
    match granted.error.as_deref() {
        Some("authorization_pending") => return Verdict::Pending,
        Some("slow_down") => return Verdict::SlowDown,
        Some("access_denied") => return Verdict::Failed(LoginError::Denied),
        Some("expired_token") => return Verdict::Failed(LoginError::Expired),
        // Used or unknown: the dialect does not tell. After a fault the first is likelier.
        Some("invalid_grant") if faulted => return Verdict::Used,
        Some("invalid_grant") => return Verdict::Failed(LoginError::InvalidCode),
        Some(_) => return Verdict::Failed(answer.refusal()),
        None if answer.status != 200 => return Verdict::Failed(answer.refusal()),
        None => {}
    }
    let bearer = granted.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    match granted.access_token {
        _ if !bearer => Verdict::Failed(LoginError::Malformed { what: "no bearer token" }),
        Some(access) if !access.is_empty() => {
            let expires_in = granted.expires_in.map(Duration::from_secs);
            Verdict::Done(Tokens::bearer(access.into(), granted.refresh_token.map(Secret::new), expires_in))
        }
        _ => Verdict::Failed(LoginError::Malformed { what: "no access_token" }),
    }
}
