//! Headers that may come several times with the same value.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The error of a header that is given twice, with different values: one of the two would be ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Differ;

/// Returns the value of a header, which may come several times if it is always the same.
///
/// # Errors
/// [`Differ`] if it has two values.
pub(crate) fn agreed(headers: &HeaderMap, name: HeaderName) -> Result<Option<&HeaderValue>, Differ> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.any(|other| other != first) { Err(Differ) } else { Ok(Some(first)) }
}
