//! `Signal`: cancels a login.

use std::future::pending;

use super::options::Cancel;

/// Cancels on Ctrl-C, when the caller's future completes, or never.
pub(super) struct Signal {
    own: Option<Cancel>,
    ctrl_c: bool,
}

/// The outcome of cancellable work.
pub(super) enum Ended<T> {
    Itself(T),
    Cancelled,
}

impl Signal {
    pub(super) fn new(own: Option<Cancel>, ctrl_c: bool) -> Self {
        Self { own, ctrl_c }
    }

    /// Runs `work` until it completes or is cancelled, and then drops it.
    pub(super) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Ended<T> {
        tokio::select! {
            // An answer that has arrived is preferred to a cancellation.
            biased;
            result = work => Ended::Itself(result),
            () = self.cancelled() => Ended::Cancelled,
        }
    }

    async fn cancelled(&mut self) {
        let own = async {
            match &mut self.own {
                Some(done) => done.await,
                None => pending().await,
            }
        };
        let ctrl_c = async {
            // If no handler can be installed, Ctrl-C ends the process, as it does by default.
            if !self.ctrl_c || tokio::signal::ctrl_c().await.is_err() {
                pending::<()>().await;
            }
        };
        tokio::select! {
            () = own => self.own = None,
            () = ctrl_c => {}
        }
    }
}
