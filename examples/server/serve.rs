//! Serving connections: limits for slow clients, and an end within two seconds.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal as on};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

/// How long a poll may wait for news.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(30);
/// How long a client may take over the head of a request; also how long a connection may be idle between two.
const HEAD: Duration = Duration::from_secs(10);
/// How long a client may pause within a body.
const BODY: Duration = Duration::from_secs(10);
/// How long a request may take, its body and a wait included.
const REQUEST: Duration = Duration::from_secs(45);
/// What requests under way are given at the end.
const GRACE: Duration = Duration::from_secs(1);

/// The router with its limits on time; what they answer is not to be cached either. Bodies are limited by the routes
/// themselves.
pub(crate) fn limited(app: Router) -> Router {
    app.layer(RequestBodyTimeoutLayer::new(BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST))
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// Ready when SIGTERM or SIGINT has come.
pub(crate) fn signal() -> io::Result<impl Future<Output = ()>> {
    let (mut terminated, mut interrupted) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

/// Serves until `ended`, then gives requests under way a moment, and closes what is left.
pub(crate) async fn serve(listener: TcpListener, app: Router, ended: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut ended = std::pin::pin!(ended);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connect(stream, peer, app.clone(), &connections),
                // Out of file descriptors, say: wait for some to come back.
                Err(_) => sleep(Duration::from_millis(100)).await,
            },
            () = &mut ended => break,
        }
    }
    drop(listener);
    let _ = timeout(GRACE, connections.shutdown()).await;
}

/// Serves one connection in a task of its own.
fn connect(stream: TcpStream, peer: SocketAddr, app: Router, connections: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let service = tower::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let app = app.clone();
        async move { Ok::<_, Infallible>(app.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = connections.watch(connection);
    // What goes wrong on a connection is the client's to notice.
    tokio::spawn(async move { drop(connection.await) });
}
