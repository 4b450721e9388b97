//! Reading the body of a request.

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt;

use super::failure::Failure;

/// The largest body that is read.
const LIMIT: usize = 64 * 1024;
/// How much of a larger body is read and discarded. A connection that is closed with unread data is reset, and the
/// response lost with it.
const DISCARDED: usize = 1024 * 1024;

/// Reads the whole body, at most [`LIMIT`] bytes.
pub(crate) async fn read(mut body: Body) -> Result<Vec<u8>, Failure> {
    let mut kept = Vec::new();
    let mut seen = 0;
    // Most bodies are one frame, and known to end after it.
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|_| Failure::schema("The body is incomplete or took too long; send it again."))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > DISCARDED {
            break;
        }
        if seen > LIMIT {
            kept = Vec::new();
        } else {
            make_room(&mut kept, data.len());
            kept.extend_from_slice(&data);
        }
    }
    if seen > LIMIT {
        return Err(Failure::own(413, "BODY_TOO_LARGE", "The body is larger than 64 KiB; send less."));
    }
    Ok(kept)
}

/// Makes room for `more` bytes: doubles the capacity, as a vector does by itself, but never beyond [`LIMIT`].
fn make_room(kept: &mut Vec<u8>, more: usize) {
    let needed = kept.len() + more;
    if needed > kept.capacity() {
        let capacity = (kept.capacity() * 2).clamp(needed, LIMIT);
        kept.reserve_exact(capacity - kept.len());
    }
}

/// Fails if the content type is not JSON, or if the body has a content coding.
pub(crate) fn expect_json(headers: &HeaderMap) -> Result<(), Failure> {
    let expected = "The body must be JSON, with the header content-type: application/json.";
    match says(headers, "application/json") {
        Some(true) => expect_identity(headers),
        Some(false) => Err(Failure::known(415, "SCHEMA_ERROR", expected)),
        None => Err(Failure::schema("The body must be JSON; say so with the header content-type: application/json.")),
    }
}

/// Returns whether the content type is a form's.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    says(headers, "application/x-www-form-urlencoded") == Some(true)
}

/// Fails if the body has a content coding (RFC 9110, sections 8.4 and 15.5.16): decoding could take any amount of
/// memory.
pub(crate) fn expect_identity(headers: &HeaderMap) -> Result<(), Failure> {
    let codings =
        headers.get_all(CONTENT_ENCODING).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let plain = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    if codings.map(<[u8]>::trim_ascii).all(plain) { Ok(()) } else { Err(Failure::encoded()) }
}

/// Returns whether every content type of the request is this media type, parameters aside (RFC 9110, section 8.3.1).
/// `None` if the request has no content type.
fn says(headers: &HeaderMap, media_type: &str) -> Option<bool> {
    let types = headers.get_all(CONTENT_TYPE).iter();
    let matches = types.map(|value| {
        let essence = value.as_bytes().split(|&byte| byte == b';').next().map(<[u8]>::trim_ascii);
        essence.is_some_and(|essence| essence.eq_ignore_ascii_case(media_type.as_bytes()))
    });
    matches.reduce(|all, one| all && one)
}
