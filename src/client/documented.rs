//! The documented dialect, under `/api/v1`. Its reader knows the answers of `/stack/api/v1` as well.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use serde_json::json;
use tokio::time::Instant;

use super::answer::{Answer, until};
use super::begin::{Begun, Session};
use super::error::LoginError;
use super::http::Http;
use super::limits::{LIFE, within};
use super::link::Link;
use super::members::Members;
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
        "the confirm page is neither a path nor an http or https address without user name and password"
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
    page.ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter(|url| url.username().is_empty() && url.password().is_none())
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

pub(super) fn begun(
    http: &Http,
    options: &Documented,
    members: &Members<'_>,
    date: Option<Timestamp>,
) -> Result<Begun, LoginError> {
    let missing = |what| LoginError::Malformed { what };
    let polling = members.text("polling_code").ok_or(missing("no polling_code"))?;
    let login = members.text("login_code").ok_or(missing("no login_code"))?;
    let mut page = confirm_page(options, &http.address("")).ok_or(missing("no link"))?;
    page.query_pairs_mut().append_pair("login_code", &login);

    // Both times are the server's, so that a wrong clock here changes nothing.
    let expires_at = members.text("expires_at").and_then(|text| text.trim().parse::<Timestamp>().ok());
    let given = expires_at.zip(date).map_or(MAX_LIFE, |(then, date)| until(then, date));
    let expires_in = within(&LIFE, given).min(options.expires_in.unwrap_or(DEFAULT_LIFE));
    Ok(Begun {
        prompt: Prompt {
            link: Link::new(&page, &http.base()).map_err(missing)?,
            complete_link: None,
            user_code: None,
            server: http.base().name(),
            expires_in,
        },
        session: Session::Documented(Codes { polling: Secret::new(polling), login: Secret::new(login) }),
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
        let _ = http.send(http.post("/api/v1/auth/cli/complete").json(&body), CANCEL_TIMEOUT).await;
    }
}

/// Once there is a refresh token, only a word that says otherwise can lose it.
pub(super) fn read(answer: &Answer, members: &Members<'_>) -> Verdict {
    if !answer.is_success() {
        return match members.text("code").as_deref() {
            Some("INVALID_POLLING_CODE") => Verdict::Failed(LoginError::InvalidCode),
            Some("CLI_AUTH_EXPIRED_ERROR") => Verdict::Failed(LoginError::Expired),
            Some("CLI_AUTH_DENIED_ERROR") => Verdict::Failed(LoginError::Denied),
            Some("CLI_AUTH_USED_ERROR") => Verdict::Used,
            _ => Verdict::Failed(answer.refusal()),
        };
    }
    let status = members.text("status");
    match (status.as_deref(), members.text("refresh_token")) {
        (Some("pending" | "waiting"), _) => Verdict::Pending,
        (Some("expired"), _) => Verdict::Failed(LoginError::Expired),
        (Some("used"), _) => Verdict::Used,
        (_, Some(token)) => Verdict::Done(Tokens::refresh(token.into())),
        (Some("completed" | "success"), None) => Verdict::Failed(LoginError::Malformed { what: "no refresh_token" }),
        (Some(_), None) => Verdict::Failed(LoginError::Malformed { what: "an unknown status" }),
        (None, None) => Verdict::Failed(LoginError::Malformed { what: "no status" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [&str; 12] =
        ["null", r#""""#, r#"" ""#, "0", "-1", "1.5", "1e999", "true", "[]", "{}", r#"["a"]"#, r#""\ud800""#];

    #[test]
    fn no_odd_member_costs_the_refresh_token() {
        for name in ["status", "access_token", "expires_in", "user", "code", "error"] {
            for value in ODD {
                let body = format!(r#"{{"{name}":{value},"refresh_token":"rt","status":"completed"}}"#);
                let answer = Answer::of(200, &body);
                let Verdict::Done(tokens) = read(&answer, &answer.members().unwrap()) else { panic!("{body}") };
                assert_eq!(tokens.token().expose(), "rt");
            }
        }
        let answer = Answer::of(200, r#"{"status":7,"refresh_token":"rt"}"#);
        assert!(matches!(read(&answer, &answer.members().unwrap()), Verdict::Done(_)));
    }

    #[test]
    fn a_login_begins_whatever_its_end_looks_like() {
        let options = crate::client::Options::new("internal").publishable_client_key("key");
        let http = Http::new("https://a.example", &options.settings).unwrap();
        let crate::client::options::Dialect::Documented(documented) = &options.settings.dialect else { unreachable!() };
        let now = Timestamp::UNIX_EPOCH;
        let past = r#""1969-01-01T00:00:00Z""#;
        let far = r#""9999-01-01T00:00:00Z""#;
        for (value, least) in
            ODD.map(|odd| (odd, DEFAULT_LIFE)).into_iter().chain([(past, *LIFE.start()), (far, DEFAULT_LIFE)])
        {
            let body = format!(r#"{{"polling_code":"pc","login_code":"lc","expires_at":{value},"x":{value}}}"#);
            let begun = begun(&http, documented, &Answer::of(200, &body).members().unwrap(), Some(now)).unwrap();
            assert_eq!(begun.prompt.expires_in, least, "{value}");
        }
        for missing in [r#"{"polling_code":"pc"}"#, r#"{"polling_code":"pc","login_code":""}"#, "{}"] {
            assert!(begun(&http, documented, &Answer::of(200, missing).members().unwrap(), None).is_err(), "{missing}");
        }
    }
}
