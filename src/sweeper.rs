//! A thread that sweeps.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::store::SessionStore;

/// Sweeps a store in the background until it is dropped. Dropping it waits for a sweep that is under way.
#[must_use = "the sweeper stops when it is dropped"]
pub struct Sweeper {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    signal: Condvar,
}

impl<T: Send + 'static, C: Send + 'static> SessionStore<T, C> {
    /// Starts a thread that sweeps every `every` (a second serves well) until the guard is dropped, or the store's last
    /// handle is.
    ///
    /// # Errors
    /// Where the operating system refuses a thread.
    pub fn spawn_sweeper(&self, every: Duration) -> io::Result<Sweeper> {
        let stop = Arc::new(Stop::default());
        let store = Arc::downgrade(&self.shared);
        let seen = stop.clone();
        let thread = thread::Builder::new().name("counterfoil-sweep".to_owned()).spawn(move || {
            let mut stopped = seen.stopped.lock();
            while !*stopped {
                seen.signal.wait_for(&mut stopped, every);
                let Some(shared) = store.upgrade() else { return };
                parking_lot::MutexGuard::unlocked(&mut stopped, || shared.table.sweep(shared.time.now()));
            }
        })?;
        Ok(Sweeper { stop, thread: Some(thread) })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        *self.stop.stopped.lock() = true;
        self.stop.signal.notify_all();
        if let Some(thread) = self.thread.take()
            // The last handle may be dropped by the sweep itself, in a grant's destructor.
            && thread.thread().id() != thread::current().id()
        {
            // A panic in a grant's destructor was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sweeper")
    }
}
