//! The memory engine: by the law book of all engines, and by what is its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]

mod bounds;
#[cfg(all(feature = "conformance", feature = "wait"))]
mod conformance;
mod counted;
mod counts;
mod faults;
#[cfg(all(feature = "conformance", feature = "wait"))]
mod faulty;
#[cfg(all(feature = "conformance", feature = "wait"))]
mod model;
mod paces;
mod panics;
mod race;
mod said;
mod states;
mod taken_back;
mod threads;
mod times;
mod uncollected;
#[cfg(feature = "wait")]
mod wait;
