//! A naive model of an engine, and the operations that an engine and its model are compared by: for property tests and
//! for fuzzing.
//!
//! The clock moves in whole seconds, deadlines fall between them, each in a place of its own, and two sessions never
//! end in the same second: so which end is the oldest is never a matter of luck, and the comparison is exact. It needs an
//! engine with all [capabilities](super::Capability), but [eviction](super::Capability::Eviction) only as it has it.
//!
//! A [`Script`] reads settings and operations out of any bytes, and runs them: a fuzzer's input, a property test's, or a
//! file's. So a run that failed in one of them is a test in the others.
//!
//! ```
//! # use std::future::{Future, ready};
//! # use std::time::Duration;
//! # use counterfoil::conformance::{Capability, Harness, Settings};
//! # use counterfoil::{ManualClock, SessionStore};
//! # #[cfg(feature = "wait")] {
//! # struct Memory(ManualClock);
//! # impl Harness for Memory {
//! #     type Backend = SessionStore<String, String>;
//! #     fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend> {
//! #         ready(settings.memory().clock(self.0.clone()).build().expect("settings that work"))
//! #     }
//! #     fn advance(&self, by: Duration) -> impl Future<Output = ()> {
//! #         ready(self.0.advance(by))
//! #     }
//! #     fn has(&self, _: Capability) -> bool {
//! #         true
//! #     }
//! # }
//! use counterfoil::conformance::model::Script;
//!
//! let script = Script::read(b"any bytes are settings, and operations with steps of the clock");
//! script.run(&Memory(ManualClock::new())); // panics where the engine and its model differ
//! # }
//! ```

mod act;
pub mod history;
mod naive;
mod op;
mod pair;
mod script;

pub use act::{Act, Answer, begin, perform};
pub use naive::{Is, Naive, Refused, Rules, Said};
pub use op::{By, Op, Verb};
pub use pair::Pair;
pub use script::Script;
