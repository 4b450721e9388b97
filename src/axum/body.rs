//! Reading the body of a request.

use axum::body::{Body, Bytes};
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
pub(super) async fn read(mut body: Body) -> Result<Bytes, Failure> {
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
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
    Ok(kept.into())
}

/// Refuses a body that does not say it is JSON.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Err(Failure::schema("The body must be JSON; say so with the header content-type: application/json."));
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::known(415, "SCHEMA_ERROR", "The body must be JSON, with the header content-type: application/json."))
}
