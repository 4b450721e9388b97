//! Whether the person wants to wait any longer.

use std::future::pending;

use super::options::Cancel;

/// Ctrl-C, the caller's own future, or neither.
pub(super) struct Signal {
    own: Option<Cancel>,
    ctrl_c: bool,
}

/// What came first.
pub(super) enum Ended<T> {
    Itself(T),
    Cancelled,
}

impl Signal {
    pub(super) fn new(own: Option<Cancel>, ctrl_c: bool) -> Self {
        Self { own, ctrl_c }
    }

    /// Runs `work` until it is done or cancelled. Cancelled, it is dropped.
    pub(super) async fn or<T>(&mut self, work: impl Future<Output = T>) -> Ended<T> {
        tokio::select! {
            // An answer that is there already is worth more than a wish to stop.
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
            // Where no handler can be installed, Ctrl-C ends the process, as it would without us.
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
