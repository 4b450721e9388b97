//! Serving connections: within their limits, to an orderly end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics::gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tower::Service;
use tower_http::timeout::TimeoutBody;
use tracing::{debug, info, warn};

use crate::ending::Ending;
use crate::limits::Limits;
use crate::metrics::CONNECTIONS;
use crate::timed_stream::{TimedStream, Turns};

/// Serves until the end is announced, then gives connections a moment, and closes what is left.
pub(crate) async fn serve(listener: TcpListener, app: Router, limits: Limits, ending: Ending) {
    let room = Arc::new(Semaphore::new(limits.connections as usize));
    let mut announced = std::pin::pin!(ending.clone().announced());
    loop {
        tokio::select! {
            (stream, peer, permit) = accept(&listener, &room) => {
                tokio::spawn(connection(stream, peer, permit, app.clone(), limits, ending.clone()));
            }
            () = &mut announced => break,
        }
    }
    drop(listener);
    // All permits come back when no connection is left.
    if timeout(limits.grace, room.acquire_many(limits.connections)).await.is_ok() {
        info!("ended");
    } else {
        let left = limits.connections as usize - room.available_permits();
        warn!(connections = left, "ended, with connections that took too long");
    }
}

/// The next connection, when there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let mut told = false;
    loop {
        if let Ok(permit) = room.clone().acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                Err(error) if !told => {
                    warn!(%error, "cannot accept connections; trying on");
                    told = true;
                }
                Err(_) => {}
            }
        }
        // Out of file descriptors, say: wait for some to come back.
        sleep(Duration::from_millis(100)).await;
    }
}

/// Serves one connection, for as long as it may last.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    _permit: OwnedSemaphorePermit,
    app: Router,
    limits: Limits,
    ending: Ending,
) {
    let _open = Open::new();
    let _ = stream.set_nodelay(true);
    let (turns, retired) = (Turns::default(), Arc::new(AtomicBool::new(false)));
    let stream = TokioIo::new(TimedStream::new(stream, limits.head, limits.idle, turns.clone()));
    let service = service_fn({
        let retired = retired.clone();
        move |mut request: Request<Incoming>| {
            let (turn, retired) = (turns.begin(), retired.clone());
            request.extensions_mut().insert(ConnectInfo(peer));
            // A router is always ready.
            let answer = app.clone().call(request.map(|body| Body::new(TimeoutBody::new(limits.body, body))));
            async move {
                let mut answer = answer.await?;
                if retired.load(Ordering::Relaxed) {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(turn.keep_in(answer))
            }
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // The stream has stricter ones. With this hyper reads on after each answer, and the stream's begin.
        .header_read_timeout(limits.idle + limits.head)
        .max_buf_size(limits.head_bytes)
        .serve_connection(stream, service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        closed = connection.as_mut() => return noted(closed),
        // To be closed with its next answer, or when it has been idle for too long: one that is closed at once may
        // have a request on its way. One whose answers are not read goes in the end.
        () = async {
            sleep(limits.connection).await;
            retired.store(true, Ordering::Relaxed);
            sleep(limits.idle + limits.request).await;
        } => return,
        () = ending.announced() => {}
    }
    connection.as_mut().graceful_shutdown();
    if let Ok(closed) = timeout(limits.request, connection).await {
        noted(closed);
    }
}

/// What goes wrong on a connection is the client's to notice.
fn noted(closed: hyper::Result<()>) {
    if let Err(error) = closed {
        debug!(%error, "a connection broke");
    }
}

/// Counts a connection while it is open.
struct Open;

impl Open {
    fn new() -> Self {
        gauge!(CONNECTIONS).increment(1);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1);
    }
}
