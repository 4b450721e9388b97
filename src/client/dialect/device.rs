//! The RFC 8628 dialect, under `/oauth`.

use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{RequestBuilder, Url};
use tokio::time::Instant;

use super::{Begun, Dialect, Protocol, Verdict};
use crate::client::answer::Answer;
use crate::client::base::Base;
use crate::client::beyond::Member;
use crate::client::error::LoginError;
use crate::client::http::Http;
use crate::client::limits::{INTERVAL, LIFE, MAX_TOKEN_LIFE, within};
use crate::client::link::Link;
use crate::client::members::Members;
use crate::client::options::device::Device;
use crate::client::printable::user_code;
use crate::client::prompt::Prompt;
use crate::client::tokens::Tokens;
use crate::{LoginCode, Secret};

/// RFC 8628 section 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 section 3.2: "If no value is provided, clients MUST use 5 as the default."
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// A login's lifetime if the server sets none that can be read. RFC 8628 section 3.2 requires it.
const DEFAULT_LIFE: Duration = Duration::from_secs(10 * 60);

impl Dialect for Device {}

impl Protocol for Device {
    /// The device code.
    type Codes = Secret;

    fn given(token: Secret) -> Tokens {
        Tokens::bearer(token, None, None)
    }

    fn check(&self, _base: &Base) -> Result<(), LoginError> {
        let reason = if self.client_id.is_empty() {
            "the client id is empty"
        } else if !self.paths().all(|path| path.starts_with('/')) {
            "an endpoint's path does not start with a slash"
        } else {
            return Ok(());
        };
        Err(LoginError::Options { reason })
    }

    fn begin(&self, http: &Http, further: &[Member<'_>]) -> RequestBuilder {
        let mut form = vec![("client_id", self.client_id.as_str())];
        if let Some(scope) = &self.scope {
            form.push(("scope", scope));
        }
        form.extend_from_slice(further);
        http.post(&self.authorization_path).header(ACCEPT, "application/json").form(&form)
    }

    /// RFC 8628 section 3.2. Only `device_code`, `user_code` and `verification_uri` are required.
    fn begun(&self, http: &Http, _answer: &Answer, members: &Members<'_>) -> Result<Begun<Secret>, LoginError> {
        let missing = |what| LoginError::Malformed { what };
        let device_code = members.text("device_code").ok_or(missing("no device_code"))?;
        let user_code = members.text("user_code").and_then(|code| user_code(&code));
        let page = link(http, members, ["verification_uri", "verification_url"]);
        // Left out if it would not be opened: the other one is shown.
        let complete = link(http, members, ["verification_uri_complete", "verification_url_complete"]);
        let complete = complete.ok().filter(|link| link.unopened().is_none());
        let expires_in = within(&LIFE, members.seconds("expires_in").unwrap_or(DEFAULT_LIFE));
        Ok(Begun {
            codes: Secret::new(device_code),
            prompt: Prompt {
                user_code: Some(user_code.ok_or(missing("no user_code of 1 to 32 characters"))?),
                link: page.map_err(missing)?,
                check_word: complete.as_ref().and_then(check_word),
                complete_link: complete,
                server: http.base().host().to_owned(),
                expires_in,
                no_browser: None,
                hand_back: false,
            },
            deadline: Instant::now() + expires_in,
            interval: within(&INTERVAL, members.seconds("interval").unwrap_or(DEFAULT_INTERVAL)),
        })
    }

    fn poll(&self, http: &Http, device_code: &Secret, further: &[Member<'_>]) -> RequestBuilder {
        let mut form = vec![
            ("grant_type", GRANT_TYPE),
            ("device_code", device_code.expose()),
            ("client_id", self.client_id.as_str()),
        ];
        form.extend_from_slice(further);
        http.post(&self.token_path).header(ACCEPT, "application/json").form(&form)
    }

    /// RFC 6749 sections 5.1 and 5.2, RFC 8628 section 3.5. Reads the members and not the status: some servers send
    /// *pending* with 200. If there is an access token, no optional member discards it.
    fn read(answer: &Answer, members: &Members<'_>, faulted: bool) -> Verdict {
        let malformed = |what| Verdict::Failed(LoginError::Malformed { what });
        let Some(access) = members.text("access_token").filter(|_| answer.is_success()) else {
            return match members.text("error").as_deref() {
                Some("authorization_pending") => Verdict::Pending,
                Some("slow_down") => Verdict::SlowDown,
                Some("access_denied") => Verdict::Failed(LoginError::Denied),
                Some("expired_token") => Verdict::Failed(LoginError::Expired),
                // Used or unknown: the dialect does not distinguish them. After a fault, *used* is more likely.
                Some("invalid_grant") if faulted => Verdict::Used,
                Some("invalid_grant") => Verdict::Failed(LoginError::InvalidCode),
                None if answer.is_success() => malformed("no access_token"),
                _ => Verdict::Failed(answer.refusal()),
            };
        };
        // RFC 6749 section 7.1: a token of another type must not be used. A missing type is read as bearer.
        if members.text("token_type").is_some_and(|kind| !kind.trim().eq_ignore_ascii_case("bearer")) {
            return malformed("no bearer token");
        }
        // Zero is not a lifetime.
        let life = members.seconds("expires_in").filter(|time| !time.is_zero()).map(|time| time.min(MAX_TOKEN_LIFE));
        let tokens = Tokens::bearer(access.into(), members.text("refresh_token").map(Secret::new), life);
        Verdict::Done(tokens.scoped(members.text("scope").filter(|scope| is_scope(scope))))
    }
}

impl Device {
    /// RFC 6749 section 6.
    pub(in crate::client) fn refresh(&self, http: &Http, refresh_token: &Secret) -> RequestBuilder {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
            ("client_id", self.client_id.as_str()),
        ];
        if let Some(scope) = &self.scope {
            form.push(("scope", scope));
        }
        http.post(&self.token_path).header(ACCEPT, "application/json").form(&form)
    }

    /// RFC 7009 section 2.1. Without a hint of the token's type, since the server looks among all.
    pub(in crate::client) fn revoke(&self, http: &Http, address: &str, token: &Secret) -> RequestBuilder {
        let form = [("token", token.expose()), ("client_id", &self.client_id)];
        http.post_to(address).header(ACCEPT, "application/json").form(&form)
    }
}

/// RFC 6749 section 3.3, and no longer than anything that a person would read.
fn is_scope(text: &str) -> bool {
    text.len() <= 1024 && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

/// Returns the check word of a login whose link carries its login code.
fn check_word(link: &Link) -> Option<String> {
    let url = Url::parse(link.as_str()).ok()?;
    let (_, code) = url.query_pairs().find(|(name, _)| name == "login_code")?;
    Some(LoginCode::parse(code.as_ref()).ok()?.check_word().to_string())
}

/// Returns the link by either name. The second one is used by drafts and by some large servers.
fn link(http: &Http, members: &Members<'_>, names: [&str; 2]) -> Result<Link, &'static str> {
    let [first, second] = names.map(|name| members.text(name));
    let text = first.or(second).ok_or("no verification_uri")?;
    Link::new(&Url::parse(&text).map_err(|_| "a verification_uri that is not a URL")?, http.base())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::options::Options;

    fn options(client_id: &str) -> Device {
        Options::device("https://a.example", client_id).dialect
    }

    fn read(answer: &Answer) -> Verdict {
        Device::read(answer, &answer.members().unwrap(), false)
    }

    /// Any JSON value, those that are hard to read among them.
    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|value| value.to_string()),
            any::<i64>().prop_map(|value| value.to_string()),
            any::<u64>().prop_map(|value| value.to_string()),
            any::<f64>().prop_filter("JSON has none", |value| value.is_finite()).prop_map(|value| format!("{value:?}")),
            "[1-9][0-9]{0,60}(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
            any::<u64>().prop_map(|value| format!("\"{value}\"")),
            any::<String>().prop_map(|text| serde_json::Value::String(text).to_string()),
            Just(r#""\ud800""#.to_owned()),
            Just("\"\"".to_owned()),
            Just("[".repeat(200) + &"]".repeat(200)),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(","))),
                prop::collection::vec(("[a-z_]{0,9}", inner), 0..4).prop_map(|members| object(&members)),
            ]
        })
    }

    fn object(members: &[(String, String)]) -> String {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    /// The needed members and any number of others, which may repeat, in any order.
    fn answer(needed: &'static [(&str, &str)], others: &'static [&str]) -> impl Strategy<Value = String> {
        let name = prop_oneof![prop::sample::select(others).prop_map(str::to_owned), "[a-z]{1,6}"];
        prop::collection::vec((name, value()), 0..8)
            .prop_map(|members| {
                let needed = needed.iter().map(|(name, text)| ((*name).to_owned(), format!("\"{text}\"")));
                needed.chain(members).collect::<Vec<_>>()
            })
            .prop_shuffle()
            .prop_map(|members| object(&members))
    }

    const TOKEN_OTHERS: [&str; 8] =
        ["refresh_token", "expires_in", "scope", "id_token", "error", "error_description", "access_token", "interval"];
    const BEGIN_OTHERS: [&str; 5] = ["verification_uri_complete", "expires_in", "interval", "message", "user_code"];

    proptest! {
        #[test]
        fn a_good_access_token_is_never_lost(
            text in answer(&[("access_token", "at_secret"), ("token_type", "Bearer")], &TOKEN_OTHERS)
        ) {
            let answer = Answer::of(200, &text);
            let Verdict::Done(tokens) = read(&answer) else { panic!("{text}") };
            // Among many of one name, any good one may be taken.
            prop_assert!(!tokens.access_token.unwrap().expose().trim().is_empty());
            prop_assert!(tokens.refresh_token.is_none_or(|token| !token.expose().trim().is_empty()));
            prop_assert!(tokens.expires_in.is_none_or(|time| !time.is_zero() && time <= MAX_TOKEN_LIFE));
        }

        #[test]
        fn a_login_begins_with_any_optional_members(
            text in answer(
                &[("device_code", "dc"), ("user_code", "BCDF"), ("verification_uri", "https://a.example/device")],
                &BEGIN_OTHERS,
            )
        ) {
            let answer = Answer::of(200, &text);
            let http = HTTP.with(Clone::clone);
            match options("internal").begun(&http, &answer, &answer.members().unwrap()) {
                Ok(begun) => {
                    prop_assert!(LIFE.contains(&begun.prompt.expires_in) && INTERVAL.contains(&begun.interval));
                    prop_assert!(begun.prompt.user_code.unwrap().chars().count() <= 32);
                }
                // A second user code that comes first, and has nothing visible in it.
                Err(error) => prop_assert!(format!("{error:?}").contains("user_code"), "{error:?} {text}"),
            }
        }
    }

    thread_local! {
        static HTTP: std::rc::Rc<Http> = Http::at("https://a.example").into();
    }

    #[test]
    fn no_odd_member_costs_the_access_token() {
        for name in ["refresh_token", "expires_in", "scope", "token_type", "id_token", "error"] {
            for value in ["null", "\"\"", "\" \"", "0", "-1", "1.5", "1e999", "true", "[]", "{}", "[\"a\"]"] {
                let answer = Answer::of(200, &format!(r#"{{"{name}":{value},"access_token":"at","{name}":{value}}}"#));
                let Verdict::Done(tokens) = read(&answer) else { panic!("{name}: {value}") };
                assert_eq!(tokens.token().expose(), "at", "{name}: {value}");
                assert!(tokens.refresh_token.is_none(), "{name}: {value}");
            }
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_before_anything_is() {
        let base = Base::new("https://example.com", false).unwrap();
        let good = || options("internal");
        assert!(good().check(&base).is_ok());
        for options in [
            options(""),
            Device { token_path: "token".into(), ..good() },
            Device { authorization_path: String::new(), ..good() },
        ] {
            assert!(options.check(&base).is_err(), "{options:?}");
        }
    }

    #[test]
    fn a_refusal_with_status_200_is_one() {
        let answer = Answer::of(200, r#"{"error":"device_flow_disabled","error_description":"ask the owner"}"#);
        let verdict = read(&answer);
        assert!(matches!(verdict, Verdict::Failed(LoginError::Refused { status: 200, code: Some(_), .. })));
    }
}
