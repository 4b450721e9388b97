//! Each verb, a whole lifecycle, and expiry, at a thousand, a hundred thousand and a million live sessions, on one
//! thread and on two, with the floor beside it.
//!
//! `cargo bench --bench verbs`, or `cargo bench --bench verbs -- --test` to see that it runs. Times are wall time by
//! number of operations, of all threads together: two threads that do not hinder each other halve them. Sessions are
//! worked on in random order throughout, recycled ones as well, and each answer is counted and checked.
#![allow(missing_docs, clippy::expect_used, reason = "a bench: what fails here is to stop it")]

mod floor;
mod threads;
mod verbs;
mod world;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, measurement::WallTime};

use floor::Floor;
use verbs::{VERBS, Verb};
use world::World;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Sessions that are prepared, timed and renewed at a time.
const BATCH: usize = 1 << 14;

fn main() {
    let smoke = std::env::args().any(|arg| arg == "--test");
    let sizes: &[usize] = if smoke { &[1_000, 20_000] } else { &[1_000, 100_000, 1_000_000] };
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(10)
        .configure_from_args();
    for &size in sizes {
        let mut world = World::new(size, false);
        // Where a table fills some.
        let mut huge = (size >= 100_000).then(|| World::new(size, true));
        let mut floor = Floor::new(size);
        for verb in &VERBS {
            let mut group = criterion.benchmark_group(verb.name);
            for threads in [1, 2] {
                ours(&mut group, "counterfoil", &mut world, verb, threads);
            }
            if let Some(huge) = &mut huge {
                ours(&mut group, "counterfoil with huge pages", huge, verb, 1);
            }
            if let Some(run) = floor::run(verb.name) {
                group.bench_function(BenchmarkId::new("floor, 1 thread", size), |bencher| {
                    bencher.iter_custom(|times| run(&mut floor, times));
                });
            }
            group.finish();
        }
        sweeps(&mut criterion, &mut world);
    }
    criterion.final_summary();
}

fn ours(group: &mut Group<'_>, name: &str, world: &mut World, verb: &Verb, threads: usize) {
    let id = BenchmarkId::new(format!("{name}, {threads} thread{}", if threads == 1 { "" } else { "s" }), world.len());
    group.bench_function(id, |bencher| {
        bencher.iter_custom(|times| {
            let mut time = Duration::ZERO;
            let mut left = usize::try_from(times).unwrap_or(usize::MAX);
            while left > 0 {
                let batch = world.batch(left.min(BATCH));
                (verb.before)(world, &batch);
                let (took, done) = threads::timed(&batch, threads, |part| (verb.run)(world, part));
                let count: usize = done.iter().map(|done| done.count).sum();
                assert_eq!(count, batch.len(), "{}: an answer was not what it must be", verb.name);
                (verb.after)(world, &batch, &done);
                time += took;
                left -= batch.len();
            }
            time
        });
    });
}

/// Sweeps are one thread's work: for each session that is due, and for a tick in which none is.
fn sweeps(criterion: &mut Criterion, world: &mut World) {
    let mut group = criterion.benchmark_group("sweep");
    group.bench_function(BenchmarkId::new("a session that is due", world.len()), |bencher| {
        bencher.iter_custom(|times| {
            let mut time = Duration::ZERO;
            let mut left = usize::try_from(times).unwrap_or(usize::MAX);
            while left > 0 {
                let batch = world.batch(left.min(BATCH));
                world.end(&batch);
                world.begin(&batch, |login| login.ttl(world::TTL / 2));
                let later = world.store.now() + world::TTL / 2;
                let began = Instant::now();
                let swept = black_box(world.store.sweep_at(black_box(later)));
                time += began.elapsed();
                assert_eq!((swept.expired, swept.forgotten), (batch.len(), batch.len()));
                world.begin(&batch, |login| login);
                left -= batch.len();
            }
            time
        });
    });
    group.bench_function(BenchmarkId::new("nothing due", world.len()), |bencher| {
        let now = world.store.now();
        bencher.iter(|| world.store.sweep_at(black_box(now)));
    });
    group.finish();
}
