//! Threads that start together; starting them is not in the time.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `work` on `threads` equal parts of `all` at once: the time from the first start to the last end.
pub(crate) fn timed<R: Send>(
    all: &Range<usize>,
    threads: usize,
    work: impl Fn(Range<usize>) -> R + Sync,
) -> (Duration, Vec<R>) {
    let missing = AtomicUsize::new(threads);
    let run = |part: Range<usize>| {
        missing.fetch_sub(1, Ordering::AcqRel);
        // A barrier that spins: waking up takes longer than a batch of polls.
        while missing.load(Ordering::Acquire) > 0 {
            std::hint::spin_loop();
        }
        let began = Instant::now();
        let answer = work(part);
        (began, Instant::now(), answer)
    };
    let part = |i: usize| all.start + all.len() * i / threads..all.start + all.len() * (i + 1) / threads;
    let runs = thread::scope(|scope| {
        let run = &run;
        let others: Vec<_> = (1..threads).map(|i| scope.spawn(move || run(part(i)))).collect();
        let mut runs = vec![run(part(0))];
        runs.extend(others.into_iter().map(|other| other.join().expect("a part of the work failed")));
        runs
    });
    let began = runs.iter().map(|run| run.0).min();
    let ended = runs.iter().map(|run| run.1).max();
    let time = began.zip(ended).map_or(Duration::ZERO, |(began, ended)| ended - began);
    (time, runs.into_iter().map(|run| run.2).collect())
}
