//! Work on one or two threads that start together.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Lets threads go at the same moment: they spin, since waking up takes longer than some of what is measured.
#[derive(Debug)]
pub struct Start {
    missing: AtomicUsize,
}

impl Start {
    pub fn of(threads: usize) -> Self {
        Self { missing: AtomicUsize::new(threads) }
    }

    pub fn wait(&self) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        let mut spins = 0_u32;
        while self.missing.load(Ordering::Acquire) > 0 {
            spins += 1;
            if spins < 10_000 {
                std::hint::spin_loop();
            } else {
                // More threads than processors: let the missing one come.
                thread::yield_now();
            }
        }
    }
}

/// Whether one thread's work is timed by what the processor gave it, rather than by the clock on the wall.
static CPU_TIME: AtomicBool = AtomicBool::new(false);

/// For a machine that others use at the same time. Two threads are timed by the wall all the same.
pub fn use_cpu_time() {
    CPU_TIME.store(true, Ordering::Relaxed);
}

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to the one structure that it is given.
    #[allow(unsafe_code)]
    unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time);
    }
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap_or(0))
}

/// Runs `work` once for each part, at once; answers the time from the first start to the last end, and what each
/// thread answered. Starting the threads is not in it.
pub fn timed<P: Send, R: Send>(parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> (Duration, Vec<R>) {
    if parts.len() == 1 && CPU_TIME.load(Ordering::Relaxed) {
        let began = cpu_time();
        let answers = parts.into_iter().map(work).collect();
        return (cpu_time() - began, answers);
    }
    let start = Start::of(parts.len());
    let run = |part: P| {
        start.wait();
        let began = Instant::now();
        let answer = work(part);
        (began, Instant::now(), answer)
    };
    let mut parts = parts.into_iter();
    let Some(mine) = parts.next() else { return (Duration::ZERO, Vec::new()) };
    let runs = thread::scope(|scope| {
        let run = &run;
        let others: Vec<_> = parts.map(|part| scope.spawn(move || run(part))).collect();
        let mut runs = vec![run(mine)];
        runs.extend(others.into_iter().map(|other| other.join().expect("no measurement panics")));
        runs
    });
    let began = runs.iter().map(|run| run.0).min().unwrap_or_else(Instant::now);
    let ended = runs.iter().map(|run| run.1).max().unwrap_or_else(Instant::now);
    (ended - began, runs.into_iter().map(|run| run.2).collect())
}

/// `0..len` in as many ranges as there are threads.
pub fn split(len: usize, threads: usize) -> Vec<std::ops::Range<usize>> {
    (0..threads).map(|part| len * part / threads..len * (part + 1) / threads).collect()
}
