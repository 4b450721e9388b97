//! The documented dialect, under `/api/v1`. Its reader knows the answers of `/stack/api/v1` as well.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::answer::{Answer, until};
use super::begin::{Begun, Session};
use super::error::LoginError;
use super::http::{self, Http};
use super::options::Documented;
use super::prompt::Prompt;
use super::tokens::Tokens;
use super::wait::Verdict;
use crate::Secret;

/// How long a login lives where neither side says anything else.
const DEFAULT_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// As often as the published SDKs ask.
const INTERVAL: Duration = Duration::from_secs(2);
/// The person who cancels does not want to wait.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Codes {
    polling: Secret,
    login: Secret,
}

pub(super) fn check(options: &Documented, base: &str) -> Result<(), LoginError> {
    let reason = if options.project_id.is_empty() {
        "the project id is empty"
    } else if options.publishable_client_key.is_none() && options.secret_server_key.is_none() {
        "there is no key; give a publishable client key or a secret server key"
    } else if options.expires_in.is_some_and(|life| life < Duration::from_millis(1) || life > MAX_LIFE) {
        "expires_in is outside of 1 ms to 24 h"
    } else if confirm_page(options, base).is_none() {
        "the confirm page is neither a path nor an http or https address"
    } else {
        return Ok(());
    };
    Err(LoginError::Options { reason })
}

pub(super) fn headers(
    options: &Documented,
    mut add: impl FnMut(&'static str, &str) -> Result<(), LoginError>,
) -> Result<(), LoginError> {
    add("x-stack-project-id", &options.project_id)?;
    match (&options.secret_server_key, &options.publishable_client_key) {
        (Some(key), _) => {
            add("x-stack-access-type", "server")?;
            add("x-stack-secret-server-key", key.expose())
        }
        (None, Some(key)) => {
            add("x-stack-access-type", "client")?;
            add("x-stack-publishable-client-key", key.expose())
        }
        (None, None) => Ok(()),
    }
}

fn confirm_page(options: &Documented, base: &str) -> Option<Url> {
    let page = &options.confirm_page;
    let page = if page.starts_with('/') { Url::parse(&format!("{base}{page}")) } else { Url::parse(page) };
    page.ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

pub(super) fn begin(http: &Http, options: &Documented) -> RequestBuilder {
    let mut body = json!({});
    if let Some(life) = options.expires_in {
        body["expires_in_millis"] = json!(life.as_millis() as u64);
    }
    if let Some(token) = &options.anon_refresh_token {
        body["anon_refresh_token"] = json!(token.expose());
    }
    http.post("/api/v1/auth/cli").json(&body)
}

#[derive(Deserialize)]
struct Initiated {
    polling_code: String,
    login_code: String,
    expires_at: Option<String>,
}

pub(super) fn begun(http: &Http, options: &Documented, answer: &Answer) -> Result<Begun, LoginError> {
    if answer.status != 200 {
        return Err(answer.refusal());
    }
    let initiated: Initiated = answer.json("no polling_code and login_code")?;
    let mut link = confirm_page(options, http.base()).ok_or(LoginError::Malformed { what: "no link" })?;
    link.query_pairs_mut().append_pair("login_code", &initiated.login_code);

    // Both times are the server's, so that a wrong clock here changes nothing.
    let expires_at = initiated.expires_at.and_then(|text| text.parse::<Timestamp>().ok());
    let given = expires_at.zip(answer.date).map_or(MAX_LIFE, |(then, date)| until(then, date));
    let expires_in = given.min(options.expires_in.unwrap_or(DEFAULT_LIFE));
    Ok(Begun {
        prompt: Prompt { link: link.into(), complete_link: None, user_code: None, expires_in },
        session: Session::Documented(Codes {
            polling: Secret::new(initiated.polling_code),
            login: Secret::new(initiated.login_code),
        }),
        deadline: Instant::now() + expires_in,
        interval: INTERVAL,
    })
}

impl Codes {
    pub(super) fn poll(&self, http: &Http) -> RequestBuilder {
        http.post("/api/v1/auth/cli/poll").json(&json!({ "polling_code": self.polling.expose() }))
    }

    pub(super) async fn cancel(&self, http: &Http) {
        let body = json!({ "login_code": self.login.expose(), "mode": "deny" });
        // It may be approved by now, or the server gone; the tool ends either way.
        let _ = http::send(http.post("/api/v1/auth/cli/complete").json(&body), CANCEL_TIMEOUT).await;
    }
}

#[derive(Deserialize)]
struct Polled {
    status: String,
    refresh_token: Option<String>,
}

#[derive(Deserialize, Default)]
struct Refused {
    code: Option<String>,
}

pub(super) fn read(answer: &Answer) -> Verdict {
    if !matches!(answer.status, 200 | 201) {
        let code = answer.json::<Refused>("").unwrap_or_default().code;
        return match code.as_deref() {
            Some("INVALID_POLLING_CODE") => Verdict::Failed(LoginError::InvalidCode),
            Some("CLI_AUTH_EXPIRED_ERROR") => Verdict::Failed(LoginError::Expired),
            Some("CLI_AUTH_DENIED_ERROR") => Verdict::Failed(LoginError::Denied),
            Some("CLI_AUTH_USED_ERROR") => Verdict::Used,
            _ => Verdict::Failed(answer.refusal()),
        };
    }
    let polled: Polled = match answer.json("no status") {
        Ok(polled) => polled,
        Err(error) => return Verdict::Failed(error),
    };
    match (polled.status.as_str(), polled.refresh_token) {
        ("pending" | "waiting", _) => Verdict::Pending,
        ("completed" | "success", Some(token)) if !token.is_empty() => Verdict::Done(Tokens::refresh(token.into())),
        ("completed" | "success", _) => Verdict::Failed(LoginError::Malformed { what: "no refresh_token" }),
        ("expired", _) => Verdict::Failed(LoginError::Expired),
        ("used", _) => Verdict::Used,
        _ => Verdict::Failed(LoginError::Malformed { what: "an unknown status" }),
    }
}
