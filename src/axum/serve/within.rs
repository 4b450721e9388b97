//! Requests within their limits: one that takes too long, that outlasts the server, or whose handler panics is answered
//! in the shape of all other errors.

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::{IntoResponse, Response};
use tokio::time::sleep;
use tower_layer::Layer;
use tower_service::Service;

use super::super::oauth;
use super::super::observe::Observe;
use super::super::wire::Failure;
use super::ending::Ending;
use super::limits::Limits;

/// The limits as a layer, and the notes on requests, so that what the limits answer is noted, too. One layer for all of
/// it: axum boxes each for every request.
#[derive(Clone)]
pub(super) struct Within(Arc<Rules>);

struct Rules {
    limits: Limits,
    ending: Ending,
    observe: Option<Observe>,
}

impl Within {
    pub(super) fn new(limits: Limits, ending: Ending, observe: Option<Observe>) -> Self {
        Self(Arc::new(Rules { limits, ending, observe }))
    }
}

impl<S> Layer<S> for Within {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded { inner, rules: self.0.clone() }
    }
}

/// A service within its limits.
#[derive(Clone)]
pub(super) struct Bounded<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S> Service<Request> for Bounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + Unpin + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let oauth = request.uri().path().contains("/oauth/");
        let noted = self.rules.observe.as_ref().map(|observe| observe.begin(&mut request));
        let (mut work, rules) = (self.inner.call(request), self.rules.clone());
        Box::pin(async move {
            // Most responses are there at once; then no timer is set.
            let done = match poll_fn(|cx| Poll::Ready(caught(Pin::new(&mut work), cx))).await {
                Poll::Ready(done) => done,
                Poll::Pending => Box::pin(rules.bound(&mut work)).await,
            };
            let mut response = done.unwrap_or_else(|failure| refusal(failure, oauth));
            if let Some(noted) = noted {
                noted.answered(&mut response);
            }
            Ok(response)
        })
    }
}

impl Rules {
    /// Runs a request's work that takes a while. A wait that is given up loses nothing.
    async fn bound<F>(&self, work: &mut F) -> Result<Response, Failure>
    where
        F: Future<Output = Result<Response, Infallible>> + Unpin,
    {
        tokio::select! {
            biased;
            done = poll_fn(|cx| caught(Pin::new(&mut *work), cx)) => done,
            () = sleep(self.limits.request) => Err(Failure::too_slow()),
            () = async { self.ending.clone().announced().await; sleep(self.limits.drain / 2).await } => {
                Err(unavailable("SHUTTING_DOWN", "The server is shutting down; try again later."))
            }
        }
    }
}

/// Polls work that may panic. What the panic says may hold anything, and goes no further than the panic hook.
fn caught<F>(work: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<Result<Response, Failure>>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    match catch_unwind(AssertUnwindSafe(|| work.poll(cx))) {
        Ok(polled) => polled.map(|done| done.map_err(|never| match never {})),
        Err(panicked) => Poll::Ready(Err(broken(panicked))),
    }
}

fn broken(panicked: Box<dyn Any + Send>) -> Failure {
    drop(panicked);
    unavailable("TEMPORARILY_UNAVAILABLE", "Something went wrong; try again later.")
}

fn unavailable(code: &'static str, text: &'static str) -> Failure {
    Failure::unavailable(code, text, Duration::from_secs(1))
}

/// The connection is not used again: what is left of the request may still be on its way.
fn refusal(failure: Failure, oauth: bool) -> Response {
    let mut response = if oauth { oauth::refused(failure) } else { failure.into_response() };
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
