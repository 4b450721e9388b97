//! Reading the body of a request.

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;

use super::failure::Failure;

/// The largest body that is read.
const LIMIT: usize = 64 * 1024;
/// How much of a larger one is taken in and thrown away. A connection that is closed over unread data is reset, and the
/// refusal lost with it.
const DISCARDED: usize = 1024 * 1024;

/// The whole body, of [`LIMIT`] bytes at the most.
pub(super) async fn read(mut body: Body) -> Result<Vec<u8>, Failure> {
    let mut kept = Vec::new();
    let mut seen = 0;
    // Most bodies are one frame, and known to end with it.
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|_| Failure::schema("The body broke off or took too long; send it again."))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > DISCARDED {
            break;
        }
        if seen > LIMIT {
            kept = Vec::new();
        } else {
            kept.extend_from_slice(&data);
        }
    }
    if seen > LIMIT {
        return Err(Failure::own(413, "BODY_TOO_LARGE", "The body is larger than 64 KiB; send less."));
    }
    Ok(kept)
}

/// Refuses a body that does not say it is JSON.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Failure> {
    match media_type(headers) {
        Some(media_type) if media_type.eq_ignore_ascii_case(b"application/json") => Ok(()),
        Some(_) => {
            let expected = "The body must be JSON, with the header content-type: application/json.";
            Err(Failure::known(415, "SCHEMA_ERROR", expected))
        }
        None => Err(Failure::schema("The body must be JSON; say so with the header content-type: application/json.")),
    }
}

/// Whether a body says that it is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media_type| media_type.eq_ignore_ascii_case(b"application/x-www-form-urlencoded"))
}

/// What a body says that it is, without parameters (RFC 9110, section 8.3.1).
fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(CONTENT_TYPE)?;
    value.as_bytes().split(|&byte| byte == b';').next().map(<[u8]>::trim_ascii)
}
