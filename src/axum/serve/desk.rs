//! `Desk`: the service that hyper is given for one connection.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::EXPECT;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tower_service::Service;

use super::held::{Held, Manner};
use super::seat::Seat;
use super::timed_body::TimedBody;
use super::turn::{Answering, Turn};

/// Takes the requests of one connection to the router.
pub(super) struct Desk {
    /// Of this connection: a copy for each request would be counted by all threads.
    app: RefCell<Router>,
    peer: SocketAddr,
    body_pause: Duration,
    seat: Arc<Seat>,
    aside: Aside,
}

/// Where a request is that has left hyper, until the next one asks for its response. Nobody else wants the lock.
#[derive(Clone, Default)]
pub(super) struct Aside(Arc<Mutex<Option<Held>>>);

impl Aside {
    /// Whether a request has left hyper.
    pub(super) fn is_some(&self) -> bool {
        self.0.lock().is_some()
    }

    /// Ready when its response is there. Returns the head that is to be read in the place of its own.
    pub(super) fn poll_done(&self, cx: &mut Context<'_>) -> Poll<String> {
        match &mut *self.0.lock() {
            Some(held) => held.poll_done(cx).map(|()| held.head()),
            None => Poll::Pending,
        }
    }
}

/// The error by which a request leaves hyper.
#[derive(Debug)]
pub(super) struct Leaves;

impl fmt::Display for Leaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response takes a while")
    }
}

impl std::error::Error for Leaves {}

impl hyper::service::Service<Request<Incoming>> for Desk {
    type Response = Response<Answering>;
    type Error = Leaves;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let held = self.aside.0.lock().take();
        Answer { held: held.or_else(|| self.begin(request)), aside: self.aside.clone() }
    }
}

impl Desk {
    pub(super) fn new(app: Router, peer: SocketAddr, body_pause: Duration, seat: Arc<Seat>) -> Self {
        Self { app: app.into(), peer, body_pause, seat, aside: Aside::default() }
    }

    /// Returns where a request is that has left hyper.
    pub(super) fn aside(&self) -> Aside {
        self.aside.clone()
    }

    /// Begins to answer a request. `None` if the connection makes room for another.
    fn begin(&self, request: Request<Incoming>) -> Option<Held> {
        let turn = Turn::begin(&self.seat)?;
        let manner = Manner::of(&request);
        // Who expects to be told to go on may be told otherwise.
        let ask = !request.headers().contains_key(EXPECT);
        let mut request = request.map(|body| {
            let mut body = TimedBody::new(body, self.body_pause, self.seat.clone());
            if ask {
                body.ask();
            }
            Body::new(body)
        });
        request.extensions_mut().insert(ConnectInfo(self.peer));
        // A router is always ready.
        Some(Held::new(self.app.borrow_mut().call(request), turn, manner))
    }
}

/// The response to a request, or [`Leaves`].
pub(super) struct Answer {
    held: Option<Held>,
    aside: Aside,
}

impl Future for Answer {
    type Output = Result<Response<Answering>, Leaves>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The connection's own task ends it in a moment.
        let Some(held) = &mut self.held else { return Poll::Pending };
        if held.poll_done(cx).is_ready() {
            return self.held.take().and_then(Held::into_response).map_or(Poll::Pending, |done| Poll::Ready(Ok(done)));
        }
        if held.may_leave() {
            let held = self.held.take();
            *self.aside.0.lock() = held;
            return Poll::Ready(Err(Leaves));
        }
        Poll::Pending
    }
}
