//! Threads that do the same thing to the same session at the same time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Says when a thread panics.
struct Signal<'a>(&'a AtomicBool);

impl Drop for Signal<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

/// Runs `act` on each of `items` from `threads` threads, in step, and answers for each item what each thread got.
///
/// The threads meet before every item, so that each is a race of its own. Where one of them panics, none goes on.
pub(crate) fn race<I: Sync, R: Send>(items: &[I], threads: usize, act: impl Fn(usize, &I) -> R + Sync) -> Vec<Vec<R>> {
    let arrived = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    let run = |thread: usize| {
        let _end = Signal(&over);
        let meet = |item: usize| {
            arrived.fetch_add(1, Ordering::SeqCst);
            let mut spins = 0;
            while arrived.load(Ordering::SeqCst) < (item + 1) * threads {
                assert!(!over.load(Ordering::SeqCst), "another thread has panicked");
                spins += 1;
                // On a machine with fewer cores than threads the others need this one's.
                if spins > 1000 { thread::yield_now() } else { std::hint::spin_loop() }
            }
        };
        items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                meet(at);
                act(thread, item)
            })
            .collect::<Vec<R>>()
    };
    let mut columns: Vec<_> = thread::scope(|scope| {
        let run = &run;
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        handles.into_iter().map(|handle| handle.join().unwrap().into_iter()).collect()
    });
    items.iter().map(|_| columns.iter_mut().map(|column| column.next().unwrap()).collect()).collect()
}
