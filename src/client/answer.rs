//! What a server says, before a dialect makes sense of it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderName, RETRY_AFTER};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::error::{LoginError, printable};

/// An answer above this is no login server's.
const MAX_BODY: usize = 64 * 1024;
/// Longest time that a server may ask for, so that sums of times stay in range.
pub(super) const MAX_TIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub(super) struct Answer {
    pub(super) status: u16,
    /// From now.
    pub(super) retry_after: Option<Duration>,
    /// The server's clock, to a second.
    pub(super) date: Option<Timestamp>,
    /// It may carry a token.
    body: Zeroizing<Vec<u8>>,
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
                // Nothing parses as an empty body, which is the right thing to say about this one.
                body.clear();
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, retry_after, date, body })
    }

    /// The body as JSON. `serde_json`'s own error may quote the body, so it goes no further.
    pub(super) fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, LoginError> {
        serde_json::from_slice(&self.body).map_err(|_| LoginError::Malformed { what })
    }

    /// The server's reasons, for an answer that no dialect knows.
    pub(super) fn refusal(&self) -> LoginError {
        if self.status < 300 {
            return LoginError::Malformed { what: "its status" };
        }
        let reasons = serde_json::from_slice::<Reasons>(&self.body).unwrap_or_default();
        // Stack: `code` is the name, `error` the text. OAuth: `error` is the name, `error_description` the text.
        let (code, message) = match (reasons.code, reasons.error, reasons.error_description) {
            (Some(code), error, _) => (Some(code), error),
            (None, Some(error), Some(description)) => (Some(error), Some(description)),
            (None, Some(error), None) if error.contains(' ') => (None, Some(error)),
            (None, error, _) => (error, None),
        };
        LoginError::Refused {
            status: self.status,
            code: code.as_deref().map(printable),
            message: printable(&message.unwrap_or_else(|| self.plain())),
        }
    }

    /// A body of one line of text is a reason as well; a page is not.
    fn plain(&self) -> String {
        match str::from_utf8(&self.body) {
            Ok(text) if !text.trim_start().starts_with(['<', '{', '[']) => text.trim().to_owned(),
            _ => String::new(),
        }
    }
}

#[derive(Default, Deserialize)]
struct Reasons {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
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
    Some(after.min(MAX_TIME))
}

/// The time from `now` to `then`, zero if that is over.
pub(super) fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, date: None, body: Zeroizing::new(body.as_bytes().to_vec()) }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("18446744073709551615", now), Some(MAX_TIME));
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
            match answer(400, body).refusal() {
                LoginError::Refused { status: 400, code: c, message: m } => {
                    assert_eq!((c.as_deref(), m.as_str()), (code, message));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_does_not_parse_is_not_quoted() {
        let error = answer(200, r#"{"status":["rt_secret"]}"#).json::<Reasons>("its body");
        assert!(error.is_ok());
        let error = answer(200, r#"{"code":["rt_secret"]}"#).json::<Reasons>("its body").err().unwrap();
        assert!(!format!("{error:?} {error}").contains("rt_secret"));
    }
}
