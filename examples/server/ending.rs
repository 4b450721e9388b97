//! The server's end: announced once, heard by every task that waits for it.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::info;

/// Whether the server is ending.
#[derive(Clone)]
pub(crate) struct Ending(watch::Receiver<bool>);

impl Ending {
    /// Something that ends when the sender says `true`, or is dropped.
    pub(crate) fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Something that ends when SIGTERM, SIGINT or SIGHUP comes: a terminal that is closed sends the last.
    pub(crate) fn on_signal() -> io::Result<Self> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let mut hangup = signal(SignalKind::hangup())?;
        let (sender, ending) = Self::new();
        tokio::spawn(async move {
            let signal = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                _ = hangup.recv() => "SIGHUP",
            };
            info!(signal, "ending: no new connections, requests under way get a moment");
            let _ = sender.send(true);
        });
        Ok(ending)
    }

    /// Ready when the end has been announced, at once if that was before.
    pub(crate) async fn announced(mut self) {
        let _ = self.0.wait_for(|announced| *announced).await;
    }
}
