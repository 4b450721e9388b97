//! Runs a test in all interleavings, and holds it to the outcomes that it must see: one that never sees the race that it
//! is named after fails, as does one that sees what must not be.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Explores `test` with at most so many preemptions (`None`: all interleavings), unless `LOOM_MAX_PREEMPTIONS` says
/// otherwise. Panics unless its outcomes, over all runs, are `expected`.
pub(super) fn explore(
    preemptions: impl Into<Option<usize>>,
    expected: &[&str],
    test: impl Fn() -> String + Sync + Send + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions.into());
    let (seen, runs) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicUsize::new(0)));
    let (seeing, running) = (seen.clone(), runs.clone());
    builder.check(move || {
        let outcome = test();
        running.fetch_add(1, Ordering::Relaxed);
        seeing.lock().unwrap_or_else(PoisonError::into_inner).insert(outcome);
    });
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let runs = runs.load(Ordering::Relaxed);
    println!("{runs} executions: {seen:?}");
    assert_eq!(seen, expected.iter().map(ToString::to_string).collect(), "outcomes of {runs} executions");
}
