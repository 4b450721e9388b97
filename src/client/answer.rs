//! `Answer`: a response with its body, before a dialect interprets it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderName, RETRY_AFTER};
use zeroize::Zeroizing;

use super::error::LoginError;
use super::limits::{MAX_BODY, MAX_PAUSE};
use super::members::Members;
use super::printable::printable;

pub(super) struct Answer {
    pub(super) status: u16,
    /// From now.
    pub(super) retry_after: Option<Duration>,
    /// The server's clock, to a second.
    pub(super) date: Option<Timestamp>,
    /// The body, which may carry a token. Bytes that are not UTF-8 invalidate only the member that has them.
    text: Zeroizing<String>,
}

impl Answer {
    pub(super) async fn read(mut response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header(DATE).and_then(date);
        let retry_after = header(RETRY_AFTER).and_then(|value| retry_after(value, date.unwrap_or_else(Timestamp::now)));
        let status = response.status().as_u16();

        let mut body = Zeroizing::new(Vec::with_capacity(4096));
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                // Treated as an empty body, which is not JSON.
                body.clear();
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, retry_after, date, text: text(&body) })
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the body's members if it is a JSON object.
    pub(super) fn members(&self) -> Option<Members<'_>> {
        // RFC 8259 section 8.1: a byte order mark may be ignored.
        Members::read(self.text.trim_start_matches('\u{feff}'))
    }

    /// Returns the error's name: `code` in the Stack dialects, `error` in OAuth (RFC 6749 section 5.2).
    pub(super) fn error_name(&self) -> Option<String> {
        let members = self.members()?;
        members.text("code").or_else(|| members.text("error"))
    }

    /// Returns `true` if it is a success that is no answer of a dialect: a captive portal's page, or another server's.
    /// `empty` is whether a success need not have a body.
    pub(super) fn is_foreign(&self, empty: bool) -> bool {
        self.is_success() && self.members().is_none() && !(empty && self.text.trim().is_empty())
    }

    /// Returns `true` if it may refuse members that the server does not know. `SCHEMA_ERROR` is the name in the Stack
    /// dialects, `invalid_request` in OAuth (RFC 6749 section 5.2).
    pub(super) fn refuses_members(&self) -> bool {
        matches!(self.status, 400 | 422)
            && matches!(self.error_name().as_deref(), Some("SCHEMA_ERROR" | "invalid_request"))
    }

    /// Returns the error for an answer that no dialect knows, with the server's reasons. Some servers give them with
    /// status 200.
    pub(super) fn refusal(&self) -> LoginError {
        if self.status < 300 && self.error_name().is_none() {
            return LoginError::Malformed { what: "no JSON object of this dialect" };
        }
        let reason = |name| self.members().and_then(|members| members.text(name));
        // Stack: `code` is the name, `error` the text. OAuth: `error` is the name, `error_description` the text.
        let (code, message) = match (reason("code"), reason("error"), reason("error_description")) {
            (Some(code), error, _) => (Some(code), error),
            (None, Some(error), Some(description)) => (Some(error), Some(description)),
            (None, Some(error), None) if error.contains(' ') => (None, Some(error)),
            (None, error, _) => (error, None),
        };
        LoginError::Refused {
            status: self.status,
            code: code.as_deref().map(printable),
            message: printable(message.as_deref().unwrap_or_else(|| self.plain())),
        }
    }

    /// Returns `true` if it is a well-known server's answer to plain HTTP on a TLS port.
    pub(super) fn wants_tls(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        self.status == 400
            && self.members().is_none()
            && ["http request was sent to https port", "plain http to an ssl-enabled", "http request to an https"]
                .iter()
                .any(|words| text.contains(words))
    }

    /// Returns the body if it is plain text, which is a reason as well; a page is not.
    fn plain(&self) -> &str {
        let text = self.text.trim();
        if text.starts_with(['<', '{', '[']) { "" } else { text }
    }
}

fn text(body: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(body).into_owned())
}

/// RFC 9110 section 5.6.7: the format that senders must use.
fn date(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|date| date.timestamp())
}

/// RFC 9110 section 10.2.3: seconds, or a date.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let after = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => until(date(text)?, now),
    };
    Some(after.min(MAX_PAUSE))
}

/// Returns the time from `now` to `then`, or zero if `then` has passed.
pub(super) fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
impl Answer {
    pub(super) fn of(status: u16, body: &str) -> Self {
        Self { status, retry_after: None, date: None, text: text(body.as_bytes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("18446744073709551615", now), Some(MAX_PAUSE));
        for nonsense in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }

    #[test]
    fn a_refusal_takes_its_reasons_from_either_dialect() {
        for (body, code, message) in [
            (r#"{"code":"SCHEMA_ERROR","error":"too long"}"#, Some("SCHEMA_ERROR"), "too long"),
            (r#"{"error":"invalid_client","error_description":"who?"}"#, Some("invalid_client"), "who?"),
            (r#"{"error":"invalid_client"}"#, Some("invalid_client"), ""),
            ("Invalid anon refresh token", None, "Invalid anon refresh token"),
            ("<html>no</html>", None, ""),
            ("", None, ""),
        ] {
            match Answer::of(400, body).refusal() {
                LoginError::Refused { status: 400, code: c, message: m } => {
                    assert_eq!((c.as_deref(), m.as_str()), (code, message));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_spoil_their_member_only() {
        let body = b"\xef\xbb\xbf{\"odd\":\"\xff\xfe\",\"a\":\"good\"}";
        let answer = Answer { status: 200, retry_after: None, date: None, text: text(body) };
        assert_eq!(answer.members().unwrap().text("a").as_deref(), Some("good"));
    }

    #[test]
    fn plain_http_on_a_tls_port_is_known_by_what_servers_say_to_it() {
        for body in [
            "<center>The plain HTTP request was sent to HTTPS port</center>",
            "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
            "Client sent an HTTP request to an HTTPS server.",
        ] {
            assert!(Answer::of(400, body).wants_tls(), "{body}");
        }
        assert!(!Answer::of(400, "no").wants_tls() && !Answer::of(200, "HTTP request to an HTTPS server").wants_tls());
    }
}
