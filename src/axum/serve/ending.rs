//! `Ending`: the server's end, announced once, heard by every task that waits for it.

use tokio::sync::watch;

/// Whether the server is ending.
#[derive(Debug, Clone)]
pub(super) struct Ending(watch::Receiver<bool>);

/// Announces the end when it is dropped.
#[derive(Debug)]
pub(super) struct Announce(#[expect(dead_code, reason = "its drop is what is heard")] watch::Sender<bool>);

impl Ending {
    pub(super) fn new() -> (Announce, Self) {
        let (sender, receiver) = watch::channel(false);
        (Announce(sender), Self(receiver))
    }

    /// Ready when the end has been announced, at once if that was before.
    pub(super) async fn announced(mut self) {
        // Nothing is ever sent: this returns when the sender is gone.
        let _ = self.0.wait_for(|ended| *ended).await;
    }
}
