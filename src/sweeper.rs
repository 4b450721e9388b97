//! A thread that sweeps.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
                parking_lot::MutexGuard::unlocked(&mut stopped, || {
                    // A panic in a grant's destructor has been reported by its hook. What the sweep had in hand is
                    // let go on the way out, and the next one goes on from there.
                    let _ = catch_unwind(AssertUnwindSafe(|| shared.table.sweep(shared.time.now())));
                });
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
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sweeper")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    struct Spiteful;

    impl Drop for Spiteful {
        fn drop(&mut self) {
            assert!(DROPPED.fetch_add(1, Ordering::SeqCst) > 0, "the first one panics, on purpose");
        }
    }

    #[test]
    fn a_panicking_grant_does_not_end_the_sweeping() {
        // Room enough that nothing is dropped by a new login, in this thread.
        let store: SessionStore<Spiteful> = SessionStore::builder().ttl(Duration::from_millis(5)).build().unwrap();
        let _sweeper = store.spawn_sweeper(Duration::from_millis(1)).unwrap();
        for count in 1..=3 {
            let login = store.initiate().unwrap();
            // Where it has expired already, the next one will do.
            if let Err(late) = store.complete(&login.login_code, Spiteful) {
                std::mem::forget(late.grant);
            }
            while DROPPED.load(Ordering::SeqCst) < count && store.stats().completed > 0 {
                thread::yield_now();
            }
        }
        let login = store.initiate().unwrap();
        while store.stats().pending > 0 {
            thread::yield_now();
        }
        assert!(matches!(store.poll(&login.polling_code), crate::Polled::Expired));
    }
}
