//! A sweeper that measures itself. Without a need to measure, `store.spawn_sweeper` does.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use counterfoil::axum::Store;
use counterfoil::axum::metrics::record_sweep;
use metrics_exporter_prometheus::PrometheusHandle;
use tracing::debug;

/// Room is made for new logins at least this often after old ones are over.
const EVERY: Duration = Duration::from_secs(1);

/// Sweeps until it is dropped.
pub(crate) struct Sweep {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sweep {
    /// Sweeps `store` in a thread of its own, and tidies up the measurements while it is at it.
    pub(crate) fn start(store: Store, measured: PrometheusHandle) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("sweep".to_owned()).spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let began = Instant::now();
                let swept = store.sweep();
                record_sweep(began.elapsed());
                if swept != counterfoil::Swept::default() {
                    debug!(expired = swept.expired, forgotten = swept.forgotten, wiped = swept.wiped, "swept");
                }
                measured.run_upkeep();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
