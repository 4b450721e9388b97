//! The law book of all engines: one list of cases that every [`Backend`] has to pass.
//!
//! An engine's test file has a [`Harness`], which makes stores and moves their clock, and one line:
//!
//! ```
//! use std::future::{Future, ready};
//! use std::time::Duration;
//!
//! use counterfoil::conformance::{Capability, Harness, Settings};
//! use counterfoil::{ManualClock, SessionStore};
//!
//! # #[cfg(feature = "wait")] {
//! struct Memory(ManualClock);
//!
//! impl Harness for Memory {
//!     type Backend = SessionStore<String, String>;
//!
//!     fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend> {
//!         ready(settings.memory().clock(self.0.clone()).build().expect("settings that work"))
//!     }
//!
//!     fn advance(&self, by: Duration) -> impl Future<Output = ()> {
//!         ready(self.0.advance(by))
//!     }
//!
//!     fn has(&self, _: Capability) -> bool {
//!         true
//!     }
//! }
//!
//! counterfoil::conformance_tests!(Memory(ManualClock::new())); // one `#[test]` per case
//! # }
//! ```
//!
//! [`conformance_tests!`](crate::conformance_tests) makes one test of each case, in one module per suite. Other runners
//! take the same cases from [`Case::ALL`], or call a case by its path. A case that needs a [`Capability`] which the
//! engine lacks is reported as unsupported, and a run that has no supported case fails.
//!
//! [`model`] compares an engine with a naive one, operation by operation, for property tests and for fuzzing.
//!
//! # Stability
//! Cases, capabilities and settings may be added between minor versions: an engine that passed may fail after an update.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a case that does not hold panics")]
#![allow(clippy::unchecked_time_subtraction, reason = "a case that subtracts too much panics")]
#![allow(clippy::missing_panics_doc, reason = "every case panics if its law does not hold")]

use std::fmt;
use std::future::{Future, ready};
use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::backend::Backend;

pub mod attempts;
pub mod bindings;
mod block_on;
pub mod bounds;
pub mod contexts;
pub mod details;
pub mod expiry;
pub mod faults;
pub mod lifecycle;
mod list;
pub mod model;
pub mod pace;
mod plain;
mod race;
pub mod races;
mod settings;
pub mod sources;
pub mod tenants;
pub mod user_codes;
mod value;
pub mod waits;
pub mod withdrawals;

use block_on::block_on;
pub use settings::Settings;
pub use value::Value;

/// What an engine may lack. A case that needs it is then unsupported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// [`Harness::advance`] moves the engine's clock by exactly what it is told, in no time.
    ManualClock,
    /// The bounds on sessions hold exactly, and a refusal names the time until the next deadline.
    ExactBounds,
    /// Remembered sessions take room, and give it up to new logins: the one that ended first is forgotten first.
    Eviction,
    /// A grant can be handed out again within a window of time.
    Replay,
    /// Logins can have user codes.
    UserCodes,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::ManualClock, Self::ExactBounds, Self::Eviction, Self::Replay, Self::UserCodes];
}

/// An engine under test: makes stores, and moves their clock.
///
/// Every case gets a harness of its own.
pub trait Harness: Send + Sync + 'static {
    /// The engine's handle.
    type Backend: Backend<Grant: Value, Context: Value>;

    /// Makes an empty store with these settings.
    fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend>;

    /// Moves the clock of all stores of this harness on. Returns when the engine's verbs follow the new time.
    fn advance(&self, by: Duration) -> impl Future<Output = ()>;

    /// Does what is due in all stores of this harness, if the engine does such work in the background. The default does
    /// nothing.
    fn sweep(&self) -> impl Future<Output = ()> {
        ready(())
    }

    /// Whether the engine has this capability.
    fn has(&self, capability: Capability) -> bool;

    /// Waits for a future on this thread, in the runtime that the engine needs. The default has none.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }

    /// Runs all futures at the same time and returns their outputs in the same order. The default has a thread for each,
    /// and blocks this one meanwhile.
    fn join<F>(&self, futures: Vec<F>) -> impl Future<Output = Vec<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        ready(thread::scope(|scope| {
            let spawn = |future| scope.spawn(|| self.block_on(future));
            let threads: Vec<_> = futures.into_iter().map(spawn).collect();
            threads.into_iter().map(|thread| thread.join().expect("a racing task panicked")).collect()
        }))
    }

    /// How many logins each race is run on.
    fn rounds(&self) -> usize {
        300
    }
}

impl<H: Harness> Harness for Arc<H> {
    type Backend = H::Backend;

    fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend> {
        H::backend(self, settings)
    }

    fn advance(&self, by: Duration) -> impl Future<Output = ()> {
        H::advance(self, by)
    }

    fn sweep(&self) -> impl Future<Output = ()> {
        H::sweep(self)
    }

    fn has(&self, capability: Capability) -> bool {
        H::has(self, capability)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        H::block_on(self, future)
    }

    fn join<F>(&self, futures: Vec<F>) -> impl Future<Output = Vec<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        H::join(self, futures)
    }

    fn rounds(&self) -> usize {
        H::rounds(self)
    }
}

/// The future of a case.
type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One case of the suite, for the engines of a harness.
pub struct Case<H> {
    /// The module that it stands in.
    pub suite: &'static str,
    /// Its function's name.
    pub name: &'static str,
    /// What it needs the engine to have.
    pub needs: &'static [Capability],
    run: fn(&H) -> Running<'_>,
}

/// What became of a case that did not panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an unsupported case has not passed"]
pub enum Outcome {
    /// The law holds.
    Passed,
    /// The engine lacks what the case needs.
    Unsupported(Capability),
}

impl<H: Harness> Case<H> {
    /// Returns the case of that suite and name.
    #[must_use]
    pub fn find(suite: &str, name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|case| case.suite == suite && case.name == name)
    }

    /// Returns the first capability that the case needs and the engine lacks.
    pub fn lacks(&self, harness: &H) -> Option<Capability> {
        self.needs.iter().copied().find(|need| !harness.has(*need))
    }

    /// Runs the case, if the engine has what it needs.
    ///
    /// # Panics
    /// Panics if the engine breaks the law.
    pub fn run(&self, harness: &H) -> Outcome {
        if let Some(lacking) = self.lacks(harness) {
            return Outcome::Unsupported(lacking);
        }
        harness.block_on((self.run)(harness));
        Outcome::Passed
    }
}

impl<H> fmt::Debug for Case<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.suite, self.name)
    }
}

/// What became of a run of several cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many cases hold.
    pub passed: usize,
    /// The cases that the engine cannot support, and what it lacks.
    pub unsupported: Vec<(String, Capability)>,
}

/// Runs all cases whose path, `suite::name`, contains `filter`, one after the other, each on a harness of its own.
///
/// Says on standard error which of them are unsupported.
///
/// # Panics
/// Panics if the engine breaks a law, or if no case was run.
#[must_use = "some cases may be unsupported"]
pub fn run<H: Harness>(filter: &str, harness: impl Fn() -> H) -> Report {
    let mut report = Report::default();
    for case in Case::<H>::ALL.iter().filter(|case| format!("{case:?}").contains(filter)) {
        match case.run(&harness()) {
            Outcome::Passed => report.passed += 1,
            Outcome::Unsupported(lacking) => {
                tell(case, lacking);
                report.unsupported.push((format!("{case:?}"), lacking));
            }
        }
    }
    assert!(report.passed > 0, "no case was run: {report:?}");
    report
}

/// Past the capture of output, so that it shows beside a passed test, too.
fn tell<H>(case: &Case<H>, lacking: Capability) {
    let _ = writeln!(std::io::stderr(), "conformance: {case:?} is unsupported: the engine lacks {lacking:?}");
}

/// The body of each test that [`conformance_tests!`](crate::conformance_tests) makes.
#[doc(hidden)]
pub fn test_case<H: Harness>(harness: &H, suite: &str, name: &str) {
    let case = Case::<H>::find(suite, name).expect("a case of the list");
    if let Outcome::Unsupported(lacking) = case.run(harness) {
        tell(case, lacking);
    }
}

/// The test beside them, which fails if they were none.
#[doc(hidden)]
pub fn test_count<H: Harness>(harness: &H) {
    let supported = Case::<H>::ALL.iter().filter(|case| case.lacks(harness).is_none()).count();
    let _ = writeln!(std::io::stderr(), "conformance: {supported} of {} cases are supported", Case::<H>::ALL.len());
    assert!(supported > 0, "the engine supports no case");
}
