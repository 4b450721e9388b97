//! Reading the body of a request, within a limit on its size and on the time that it takes.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use futures_timer::Delay;
use http_body_util::BodyExt;
use tokio::runtime::Handle;

use super::failure::Failure;

/// The largest body that is read.
const LIMIT: usize = 64 * 1024;
/// A body of one piece, and no more than this, is not copied. What is larger may be a slice of something larger still.
const PIECE: usize = 4 * 1024;
/// The longest time that a body may take.
const TIME: Duration = Duration::from_secs(10);
/// How much of a body that is refused is read and discarded, and for how long. A connection that is closed with unread
/// data is reset, and the response lost with it.
const DISCARDED: usize = 1024 * 1024;
const LINGER: Duration = Duration::from_secs(1);

/// Reads the whole body: at most [`LIMIT`] bytes, within [`TIME`].
pub(crate) async fn read(body: Body) -> Result<Bytes, Failure> {
    within(TIME, collect(body)).await.unwrap_or_else(|| Err(Failure::too_slow()))
}

/// Reads on in the background, and keeps nothing, so that the response to a request that is refused before its body is
/// read reaches a client that is still sending. Ends after [`DISCARDED`] bytes, or [`LINGER`].
pub(crate) fn discard(body: Body) {
    if !body.is_end_stream()
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(within(LINGER, skip(body)));
    }
}

async fn collect(mut body: Body) -> Result<Bytes, Failure> {
    let mut kept = Vec::new();
    // What the header `Content-Length` says, if there is one.
    let mut room = body.size_hint().lower() <= LIMIT as u64;
    // Most bodies are one frame, and known to end after it.
    while room
        && !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else { continue };
        room = kept.len() + data.len() <= LIMIT;
        if kept.is_empty() && data.len() <= PIECE && body.is_end_stream() {
            return Ok(data);
        }
        if room {
            make_room(&mut kept, data.len());
            kept.extend_from_slice(&data);
        }
    }
    if room {
        Ok(kept.into())
    } else {
        discard(body);
        Err(Failure::own(413, "BODY_TOO_LARGE", "The body is larger than 64 KiB; send less."))
    }
}

async fn skip(mut body: Body) {
    let mut seen = 0;
    while seen <= DISCARDED
        && let Some(Ok(frame)) = body.frame().await
    {
        seen += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// The response to a body that ends too early: the server's own time limit is told from a client that went away.
fn broken(error: &axum::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return Failure::too_slow();
        }
        cause = error.source();
    }
    Failure::schema("The body is incomplete; send it again.")
}

/// Runs `work` for at most `limit`. `None` if it takes longer. A timer is set only if it is not ready at once.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut late: Option<Delay> = None;
    poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        Pin::new(late.get_or_insert_with(|| Delay::new(limit))).poll(cx).map(|()| None)
    })
    .await
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
        let (value, media_type) = (value.as_bytes(), media_type.as_bytes());
        let essence = || value.split(|&byte| byte == b';').next().map(<[u8]>::trim_ascii);
        value == media_type || essence().is_some_and(|essence| essence.eq_ignore_ascii_case(media_type))
    });
    matches.reduce(|all, one| all && one)
}
