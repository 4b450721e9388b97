//! Counterfoil beside what one would write or pick instead.
//!
//! [`peer`] is the duty, `peers` has one file for each way to do it, `measure` runs them, `report` writes down what the
//! result files say.

pub mod alloc;
pub mod args;
pub mod codes;
pub mod measure;
pub mod peer;
pub mod peers;
pub mod report;
pub mod results;
pub mod session;
