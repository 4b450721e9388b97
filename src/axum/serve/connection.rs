//! One connection, for as long as it may last.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::census::Lease;
use super::ending::Ending;
use super::limits::Limits;
use super::timed_body::TimedBody;
use super::timed_stream::TimedStream;
use super::told::{self, Opened};
use super::turn::Turn;

/// Serves a connection until it is closed, by either side.
pub(super) async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    lease: Lease,
    app: Router,
    limits: Limits,
    ending: Ending,
) {
    let _open = Opened::new();
    let _ = stream.set_nodelay(true);
    let seat = lease.seat.clone();
    let retired = Arc::new(AtomicBool::new(false));
    let stream = TokioIo::new(TimedStream::new(stream, limits.header, limits.idle, seat.clone()));
    let service = service_fn({
        let (seat, retired) = (seat.clone(), retired.clone());
        move |request: Request<Incoming>| {
            let turn = Turn::begin(&seat);
            let body_seat = seat.clone();
            let mut request = request.map(|body| Body::new(TimedBody::new(body, limits.body_pause, body_seat)));
            request.extensions_mut().insert(ConnectInfo(peer));
            // A router is always ready, and does nothing before its future is polled.
            let answer = app.clone().call(request);
            let retired = retired.clone();
            async move {
                // The connection's own task ends it in a moment.
                let Some(turn) = turn else { return pending().await };
                let mut answer = answer.await?;
                // ORDERING: it guards nothing else, and is written by the same task.
                if retired.load(Ordering::Relaxed) {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(turn.keep_in(answer))
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // The stream has stricter ones. With this hyper reads on after each answer, and the stream's begin.
        .header_read_timeout(limits.idle.saturating_add(limits.header))
        .max_buf_size(Limits::HEAD_BYTES)
        .serve_connection(stream, service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        () = seat.called() => return,
        closed = connection.as_mut() => return noted(closed),
        // To be closed with its next answer, or when it has been idle for too long: one that is closed at once may
        // have a request on its way. One whose answers are not read goes in the end.
        () = async {
            sleep(limits.age).await;
            retired.store(true, Ordering::Relaxed);
            sleep(limits.idle.saturating_add(limits.request)).await;
        } => return,
        () = ending.announced() => {}
    }
    connection.as_mut().graceful_shutdown();
    if let Ok(closed) = timeout(limits.drain, connection).await {
        noted(closed);
    }
}

fn noted(closed: hyper::Result<()>) {
    if let Err(error) = closed {
        told::broke(&error);
    }
}
