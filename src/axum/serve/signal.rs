//! `shutdown_signal`: the signals that end a server.

use std::future::Future;
use std::io;

/// Returns a future for [`Serve::with_graceful_shutdown`](super::Serve::with_graceful_shutdown): it is ready when the
/// process is asked to end, by SIGTERM, SIGINT (Ctrl-C) or SIGHUP (a terminal that is closed); on Windows by Ctrl-C, or if
/// the console is closed. From the call on, these signals end the process no longer by themselves.
///
/// ```no_run
/// # async fn run(listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
/// use counterfoil::axum::{serve, shutdown_signal};
///
/// serve(listener, app).with_graceful_shutdown(shutdown_signal()?).await;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Fails if the operating system refuses.
///
/// # Panics
/// Panics if it is called outside of a tokio runtime.
#[cfg(unix)]
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        told(tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
            _ = hangup.recv() => "SIGHUP",
        });
    })
}

/// Returns a future for [`Serve::with_graceful_shutdown`](super::Serve::with_graceful_shutdown): it is ready at Ctrl-C, or
/// if the console is closed.
///
/// # Errors
/// Fails if the operating system refuses.
#[cfg(windows)]
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::windows::{ctrl_c, ctrl_close};

    let (mut interrupt, mut close) = (ctrl_c()?, ctrl_close()?);
    Ok(async move {
        told(tokio::select! {
            _ = interrupt.recv() => "Ctrl-C",
            _ = close.recv() => "close",
        });
    })
}

fn told(signal: &str) {
    #[cfg(feature = "tracing")]
    tracing::info!(signal, "ending: no new connections, requests under way get a moment");
    #[cfg(not(feature = "tracing"))]
    let _ = signal;
}
