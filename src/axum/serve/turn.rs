//! `Turn`: a request that is answered, from its head to the end of its response's body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::Response;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};

use super::seat::Seat;

/// A request under way. Ends when it is dropped.
pub(super) struct Turn(Arc<Seat>);

impl Turn {
    /// Begins when the head of a request is there. `None` if the connection makes room for another: then the request
    /// must not be acted on.
    pub(super) fn begin(seat: &Arc<Seat>) -> Option<Self> {
        seat.work().then(|| {
            seat.begin_turn();
            Self(seat.clone())
        })
    }

    pub(super) fn seat(&self) -> &Seat {
        &self.0
    }

    /// Has the turn last as long as the body of the response.
    pub(super) fn keep_in(self, response: Response<Body>) -> Response<Answering> {
        response.map(|body| Answering { body, _turn: self })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.end_turn();
    }
}

/// The body of a response, and the turn that ends with it.
pub(super) struct Answering {
    body: Body,
    _turn: Turn,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
