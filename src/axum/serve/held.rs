//! `Held`: a request under way, which leaves hyper if its response takes a while.
//!
//! hyper keeps two buffers of 8 KiB for each connection, whatever it does. So a request that is whole and whose response
//! is not there at once leaves it, and it is dropped with its buffers. When the response is there, a new one serves the
//! connection: it reads a head of ours in the place of the one that has been read, and is given the response for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Version};
use axum::response::Response;
use axum::routing::future::RouteFuture;

use super::turn::{Answering, Turn};

/// A request under way.
pub(super) struct Held {
    work: Work,
    turn: Turn,
    manner: Manner,
}

enum Work {
    Does(RouteFuture<Infallible>),
    Done(Response),
}

/// What of a request decides how its response is written.
pub(super) struct Manner {
    method: Method,
    version: Version,
    /// What it says of the connection.
    connection: Option<&'static str>,
}

impl Held {
    pub(super) fn new(work: RouteFuture<Infallible>, turn: Turn, manner: Manner) -> Self {
        Self { work: Work::Does(work), turn, manner }
    }

    /// Ready when the response is there.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Work::Does(work) = &mut self.work {
            let Ok(response) = ready!(Pin::new(work).poll(cx));
            self.work = Work::Done(response);
        }
        Poll::Ready(())
    }

    /// Whether hyper has nothing that belongs to it: it has read the whole request, and written all earlier responses.
    pub(super) fn may_leave(&self) -> bool {
        self.turn.seat().is_at_rest() && self.manner.method != Method::CONNECT
    }

    /// Returns the response, with its turn. `None` if it is not there.
    pub(super) fn into_response(self) -> Option<axum::http::Response<Answering>> {
        let Work::Done(mut response) = self.work else { return None };
        if self.turn.seat().is_retired() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Some(self.turn.keep_in(response))
    }

    /// Returns a head that stands for its own.
    pub(super) fn head(&self) -> String {
        let Manner { method, version, connection } = &self.manner;
        let connection = connection.map(|option| format!("connection: {option}\r\n")).unwrap_or_default();
        format!("{method} / {version:?}\r\nhost: x\r\n{connection}\r\n")
    }
}

impl Manner {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self { method: request.method().clone(), version: request.version(), connection: connection(request.headers()) }
    }
}

/// Returns which of its two options a request names (RFC 9112, section 9.3): of both, `close` counts.
fn connection(headers: &HeaderMap) -> Option<&'static str> {
    let mut values = headers.get_all(CONNECTION).iter().peekable();
    values.peek()?;
    let options: Vec<&str> =
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    let named = |name: &&str| options.iter().any(|option| option.trim().eq_ignore_ascii_case(name));
    ["close", "keep-alive"].into_iter().find(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_says_of_its_connection_is_read() {
        let of = |values: &[&'static str]| {
            connection(&values.iter().map(|value| (CONNECTION, HeaderValue::from_static(value))).collect())
        };
        assert_eq!((of(&[]), of(&["upgrade"])), (None, None));
        assert_eq!(
            (of(&["Close"]), of(&["te, close"]), of(&["keep-alive", "x,close"])),
            (Some("close"), Some("close"), Some("close"))
        );
        assert_eq!(of(&["TE,Keep-Alive "]), Some("keep-alive"));
    }
}
