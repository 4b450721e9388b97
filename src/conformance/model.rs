//! A naive model of an engine, and the operations that an engine and its model are compared by: for property tests and
//! for fuzzing.
//!
//! The clock moves in whole seconds, deadlines fall between them, each in a place of its own, and two sessions never
//! end in the same second: so which end is the oldest is never a matter of luck, and the comparison is exact. It needs an
//! engine with all [capabilities](super::Capability).

mod naive;
mod op;
mod pair;

pub use naive::{Is, Naive, Refused, Rules, Said};
pub use op::{By, Op, Verb};
pub use pair::Pair;
