//! The documented dialect, under `/api/v1`. It also reads the answers of `/stack/api/v1`.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, Url};
use serde_json::json;
use tokio::time::Instant;

use super::{Begun, Dialect, Protocol, Verdict};
use crate::client::answer::{Answer, until};
use crate::client::base::Base;
use crate::client::beyond::Member;
use crate::client::error::LoginError;
use crate::client::http::Http;
use crate::client::key::Key;
use crate::client::limits::{LIFE, within};
use crate::client::link::Link;
use crate::client::members::Members;
use crate::client::options::documented::Documented;
use crate::client::prompt::Prompt;
use crate::client::tokens::Tokens;
use crate::{LoginCode, Secret};

/// A login's lifetime if neither side sets one.
const DEFAULT_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// The interval of the published SDKs.
const INTERVAL: Duration = Duration::from_secs(2);

pub(in crate::client) struct Codes {
    polling: Secret,
    login: Secret,
}

impl Dialect for Documented {}

impl Protocol for Documented {
    type Codes = Codes;

    fn given(token: Secret) -> Tokens {
        Tokens::refresh(token)
    }

    fn check(&self, base: &Base) -> Result<(), LoginError> {
        let (Key::PublishableClient(key) | Key::SecretServer(key)) = &self.key;
        let reason = if self.project_id.is_empty() {
            "the project id is empty"
        } else if key.expose().is_empty() {
            "the key is empty; give a publishable client key or a secret server key"
        } else if self.expires_in.is_some_and(|life| life < Duration::from_millis(1) || life > MAX_LIFE) {
            "expires_in is outside of 1 ms to 24 h"
        } else if confirm_page(self, base).is_none() {
            "the confirm page is neither a path nor an http or https address without user name and password"
        } else {
            return Ok(());
        };
        Err(LoginError::Options { reason })
    }

    fn headers(&self) -> Result<HeaderMap, LoginError> {
        let (access, key_name, key) = match &self.key {
            Key::PublishableClient(key) => ("client", "x-stack-publishable-client-key", key),
            Key::SecretServer(key) => ("server", "x-stack-secret-server-key", key),
        };
        let mut headers = HeaderMap::new();
        for (name, text) in [
            ("x-stack-project-id", self.project_id.as_str()),
            ("x-stack-access-type", access),
            (key_name, key.expose()),
        ] {
            let mut value = HeaderValue::from_str(text).map_err(|_| LoginError::Options {
                reason: "the project id or the key has characters that are not allowed in a header",
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn begin(&self, http: &Http, further: &[Member<'_>]) -> RequestBuilder {
        let mut body = json!({});
        if let Some(life) = self.expires_in {
            body["expires_in_millis"] = json!(life.as_millis() as u64);
        }
        if let Some(token) = &self.anon_refresh_token {
            body["anon_refresh_token"] = json!(token.expose());
        }
        for (name, value) in further {
            body[*name] = json!(value);
        }
        http.post("/api/v1/auth/cli").json(&body)
    }

    fn begun(&self, http: &Http, answer: &Answer, members: &Members<'_>) -> Result<Begun<Codes>, LoginError> {
        let missing = |what| LoginError::Malformed { what };
        let polling = members.text("polling_code").ok_or(missing("no polling_code"))?;
        let login = members.text("login_code").ok_or(missing("no login_code"))?;
        let mut page = confirm_page(self, http.base()).ok_or(missing("no link"))?;
        page.query_pairs_mut().append_pair("login_code", &login);

        // Both times are the server's, so that a wrong local clock has no effect.
        let expires_at = members.text("expires_at").and_then(|text| text.trim().parse::<Timestamp>().ok());
        let given = expires_at.zip(answer.date).map_or(MAX_LIFE, |(then, date)| until(then, date));
        let expires_in = within(&LIFE, given).min(self.expires_in.unwrap_or(DEFAULT_LIFE));
        Ok(Begun {
            prompt: Prompt {
                link: Link::new(&page, http.base()).map_err(missing)?,
                complete_link: None,
                user_code: None,
                server: http.base().host().to_owned(),
                expires_in,
                check_word: LoginCode::parse(&login).ok().map(|code| code.check_word().to_string()),
                no_browser: None,
                hand_back: false,
            },
            codes: Codes { polling: Secret::new(polling), login: Secret::new(login) },
            deadline: Instant::now() + expires_in,
            interval: INTERVAL,
        })
    }

    fn poll(&self, http: &Http, codes: &Codes, further: &[Member<'_>]) -> RequestBuilder {
        let mut body = json!({ "polling_code": codes.polling.expose() });
        for (name, value) in further {
            body[*name] = json!(value);
        }
        http.post("/api/v1/auth/cli/poll").json(&body)
    }

    /// If there is a refresh token, only a status that contradicts it discards it.
    fn read(answer: &Answer, members: &Members<'_>, _faulted: bool) -> Verdict {
        if !answer.is_success() {
            return match members.text("code").as_deref() {
                Some("INVALID_POLLING_CODE") => Verdict::Failed(LoginError::InvalidCode),
                Some("CLI_AUTH_EXPIRED_ERROR") => Verdict::Failed(LoginError::Expired),
                Some("CLI_AUTH_DENIED_ERROR") => Verdict::Failed(LoginError::Denied),
                Some("CLI_AUTH_USED_ERROR") => Verdict::Used,
                _ => Verdict::Failed(answer.refusal()),
            };
        }
        let malformed = |what| Verdict::Failed(LoginError::Malformed { what });
        let status = members.text("status");
        match (status.as_deref(), members.text("refresh_token")) {
            (Some("pending" | "waiting"), _) => Verdict::Pending,
            (Some("expired"), _) => Verdict::Failed(LoginError::Expired),
            (Some("used"), _) => Verdict::Used,
            (_, Some(token)) => Verdict::Done(Tokens::refresh(token.into())),
            (Some("completed" | "success"), None) => malformed("no refresh_token"),
            (Some(_), None) => malformed("an unknown status"),
            (None, None) => malformed("no status"),
        }
    }

    fn cancel(&self, http: &Http, codes: &Codes) -> Option<RequestBuilder> {
        let body = json!({ "login_code": codes.login.expose(), "mode": "deny" });
        Some(http.post("/api/v1/auth/cli/complete").json(&body))
    }
}

fn confirm_page(options: &Documented, base: &Base) -> Option<Url> {
    let page = &options.confirm_page;
    let page = if page.starts_with('/') { Url::parse(&base.address(page)) } else { Url::parse(page) };
    page.ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter(|url| url.username().is_empty() && url.password().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::options::Options;

    fn options(project_id: &str, key: &str) -> Documented {
        Options::documented("https://a.example", project_id, Key::PublishableClient(key.into())).dialect
    }

    fn read(answer: &Answer) -> Verdict {
        Documented::read(answer, &answer.members().unwrap(), false)
    }

    const ODD: [&str; 12] =
        ["null", r#""""#, r#"" ""#, "0", "-1", "1.5", "1e999", "true", "[]", "{}", r#"["a"]"#, r#""\ud800""#];

    #[test]
    fn no_odd_member_costs_the_refresh_token() {
        for name in ["status", "access_token", "expires_in", "user", "code", "error"] {
            for value in ODD {
                let body = format!(r#"{{"{name}":{value},"refresh_token":"rt","status":"completed"}}"#);
                let answer = Answer::of(200, &body);
                let Verdict::Done(tokens) = read(&answer) else { panic!("{body}") };
                assert_eq!(tokens.token().expose(), "rt");
            }
        }
        let answer = Answer::of(200, r#"{"status":7,"refresh_token":"rt"}"#);
        assert!(matches!(read(&answer), Verdict::Done(_)));
    }

    #[test]
    fn a_login_begins_whatever_its_end_looks_like() {
        let (http, options) = (Http::at("https://a.example"), options("internal", "key"));
        let begun = |body: &str| {
            let mut answer = Answer::of(200, body);
            answer.date = Some(Timestamp::UNIX_EPOCH);
            options.begun(&http, &answer, &answer.members().unwrap())
        };
        let past = r#""1969-01-01T00:00:00Z""#;
        let far = r#""9999-01-01T00:00:00Z""#;
        for (value, least) in
            ODD.map(|odd| (odd, DEFAULT_LIFE)).into_iter().chain([(past, *LIFE.start()), (far, DEFAULT_LIFE)])
        {
            let body = format!(r#"{{"polling_code":"pc","login_code":"lc","expires_at":{value},"x":{value}}}"#);
            assert_eq!(begun(&body).unwrap().prompt.expires_in, least, "{value}");
        }
        for missing in [r#"{"polling_code":"pc"}"#, r#"{"polling_code":"pc","login_code":""}"#, "{}"] {
            assert!(begun(missing).is_err(), "{missing}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_before_anything_is() {
        let base = Base::new("https://example.com", false).unwrap();
        let good = || options("internal", "key");
        let usable = |options: &Documented| options.check(&base).and_then(|()| options.headers()).is_ok();
        assert!(usable(&good()));
        for options in [
            options("", "key"),
            options("internal", ""),
            options("internal", "line\nbreak"),
            options("line\nbreak", "key"),
            Documented { expires_in: Some(Duration::ZERO), ..good() },
            Documented { expires_in: Some(Duration::from_secs(86_401)), ..good() },
            Documented { confirm_page: "ftp://example.com/".into(), ..good() },
            Documented { confirm_page: "https://user@example.com/".into(), ..good() },
        ] {
            assert!(!usable(&options), "{options:?}");
        }
    }

    #[test]
    fn keys_are_not_in_the_debug_of_headers() {
        for key in [Key::PublishableClient("pck_secret".into()), Key::SecretServer("ssk_secret".into())] {
            let headers = Documented { key, ..options("internal", "key") }.headers().unwrap();
            assert!(!format!("{headers:?}").contains("k_secret"), "{headers:?}");
        }
    }
}
