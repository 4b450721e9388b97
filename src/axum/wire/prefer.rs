//! `Prefer: wait=N` (RFC 7240, section 4.3).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};

const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Returns how long a poll may wait: as long as the client asks for, but at most `most`. `None` if that is zero, or if
/// the client does not ask.
pub(crate) fn wait(headers: &HeaderMap, most: Duration) -> Option<Duration> {
    asked(headers).map(|wait| wait.min(most)).filter(|wait| !wait.is_zero())
}

/// Returns the first `wait` (RFC 7240, section 2). `None` if it is not a number of seconds.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    for preference in preferences {
        let (name, value) = preference.split(';').next()?.split_once('=').unwrap_or((preference, ""));
        if name.trim().eq_ignore_ascii_case("wait") {
            let seconds = value.trim().trim_matches('"');
            return seconds.parse().ok().map(Duration::from_secs);
        }
    }
    None
}

/// Adds `Preference-Applied` to a response (RFC 7240, section 3).
pub(crate) fn applied<B>(response: &mut Response<B>, wait: Duration) {
    if let Ok(value) = HeaderValue::try_from(format!("wait={}", wait.as_secs())) {
        response.headers_mut().insert(PREFERENCE_APPLIED, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wait_counts() {
        let cases: [(&[&str], Option<u64>); 12] = [
            (&[], None),
            (&["wait=10"], Some(10)),
            (&["WAIT = 10"], Some(10)),
            (&["wait=\"10\""], Some(10)),
            (&["respond-async, wait=10"], Some(10)),
            (&["respond-async;x=1", "wait=10;y"], Some(10)),
            (&["wait=10, wait=20"], Some(10)),
            (&["wait"], None),
            (&["wait=-1"], None),
            (&["wait=1.5"], None),
            (&["waiter=1"], None),
            (&["wait=99999999999999999999"], None),
        ];
        for (lines, expected) in cases {
            let headers: HeaderMap =
                lines.iter().map(|line| ("prefer".parse().unwrap(), HeaderValue::from_static(line))).collect();
            assert_eq!(asked(&headers), expected.map(Duration::from_secs), "{lines:?}");
        }
    }
}
