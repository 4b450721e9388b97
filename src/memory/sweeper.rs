//! A thread that sweeps.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::SessionStore;
use super::Swept;
use super::contain::contain;

thread_local! {
    /// Whether this thread is a sweeper's.
    static SWEEPS: Cell<bool> = const { Cell::new(false) };
}

/// Sweeps a store in the background until it is dropped. Dropping it waits for a sweep that is under way, unless a
/// sweeper's own thread drops it, in the destructor of a grant: joining itself, or two of them each other, would never
/// end.
#[must_use = "the sweeper stops when it is dropped"]
pub struct Sweeper {
    /// Dropped to stop the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static, C: Send + 'static> SessionStore<T, C> {
    /// Starts a thread that sweeps every `every` (a second serves well) until the guard is dropped, or the store's last
    /// handle is.
    ///
    /// # Errors
    /// Fails if the operating system refuses a thread.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let sweeper = store.spawn_sweeper(std::time::Duration::from_secs(1))?;
    /// // Keep it for as long as the store is used.
    /// drop(sweeper);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn_sweeper(&self, every: Duration) -> io::Result<Sweeper> {
        self.spawn_sweeper_with(every, |_, _| {})
    }

    /// The same, and after each sweep tells how long it took and what it did: for a server's measurements.
    ///
    /// # Errors
    /// Fails if the operating system refuses a thread.
    ///
    /// ```
    /// use counterfoil::{Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// let sweeper = store.spawn_sweeper_with(std::time::Duration::from_secs(1), |took, swept| {
    ///     println!("{} sessions expired; {took:?}", swept.expired);
    /// })?;
    /// # drop(sweeper);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn_sweeper_with(
        &self,
        every: Duration,
        mut tell: impl FnMut(Duration, Swept) + Send + 'static,
    ) -> io::Result<Sweeper> {
        let (stop, stopped) = mpsc::channel();
        let store = Arc::downgrade(&self.shared);
        let thread = thread::Builder::new().name("counterfoil-sweep".to_owned()).spawn(move || {
            SWEEPS.set(true);
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(every) {
                let Some(shared) = store.upgrade() else { return };
                // The clock is a caller's code, and so is what is told; and this may be the last handle, with which the table goes.
                let tell = &mut tell;
                contain(move || {
                    let began = Instant::now();
                    let swept = shared.table.sweep(shared.time.now());
                    tell(began.elapsed(), swept);
                });
            }
        })?;
        Ok(Sweeper { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && !SWEEPS.try_with(Cell::get).unwrap_or(true)
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
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);

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
            // If it has expired already, the next one will do.
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

    /// A grant that owns a sweeper, and tells when it is gone.
    struct Owner(Option<Sweeper>, Sender<()>);

    impl Drop for Owner {
        fn drop(&mut self) {
            drop(self.0.take());
            let _ = self.1.send(());
        }
    }

    #[test]
    fn a_sweeper_that_its_own_thread_drops_does_not_join_itself() {
        let store: SessionStore<Owner> = SessionStore::builder().ttl(Duration::from_millis(5)).build().unwrap();
        let (gone, is_gone) = channel();
        let sweeper = store.spawn_sweeper(Duration::from_millis(1)).unwrap();
        let login = store.initiate().unwrap();
        if let Err(late) = store.complete(&login.login_code, Owner(Some(sweeper), gone)) {
            drop(late);
        }
        is_gone.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn a_sweeper_in_a_store_whose_last_handle_it_drops_does_not_join_itself() {
        for _ in 0..50 {
            let store: SessionStore<Owner> = SessionStore::builder().max_sessions(9).build().unwrap();
            let (gone, is_gone) = channel();
            let sweeper = store.spawn_sweeper(Duration::from_micros(1)).unwrap();
            let login = store.initiate().unwrap();
            store.complete(&login.login_code, Owner(Some(sweeper), gone)).unwrap();
            // The thread may hold the last handle at this moment, or this one does.
            drop(store);
            is_gone.recv_timeout(LONG).unwrap();
        }
    }

    #[test]
    fn two_sweepers_that_drop_each_other_do_not_wait_for_each_other() {
        let build = || SessionStore::<Owner>::builder().ttl(Duration::from_millis(5)).build().unwrap();
        for _ in 0..20 {
            let (one, two) = (build(), build());
            let (gone, is_gone) = channel();
            let sweepers = [&one, &two].map(|store| store.spawn_sweeper(Duration::from_millis(1)).unwrap());
            for (store, sweeper) in [&two, &one].into_iter().zip(sweepers) {
                let login = store.initiate().unwrap();
                drop(store.complete(&login.login_code, Owner(Some(sweeper), gone.clone())));
            }
            // With the first of them goes a sweeper, so that the other grant may stay until its store goes.
            is_gone.recv_timeout(LONG).unwrap();
            drop((one, two));
            is_gone.recv_timeout(LONG).unwrap();
        }
    }
}
