//! The signals that end the server.

use std::io;

use tracing::info;

/// Returns a future that is ready when SIGTERM, SIGINT or SIGHUP comes: a terminal that is closed sends the last.
#[cfg(unix)]
pub(crate) fn ending() -> io::Result<impl Future<Output = ()> + Send + 'static> {
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

/// Returns a future that is ready at Ctrl-C, or if the console is closed.
#[cfg(windows)]
pub(crate) fn ending() -> io::Result<impl Future<Output = ()> + Send + 'static> {
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
    info!(signal, "ending: no new connections, requests under way get a moment");
}
