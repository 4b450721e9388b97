//! The memory engine against the naive model: settings and operations with steps of the clock, out of the input.

use std::future::{Future, ready};
use std::time::Duration;

use counterfoil::conformance::model::Script;
use counterfoil::conformance::{Capability, Harness, Settings};
use counterfoil::{ManualClock, SessionStore};

#[derive(Default)]
struct Memory(ManualClock);

impl Harness for Memory {
    type Backend = SessionStore<String, String>;

    fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend> {
        ready(settings.memory().clock(self.0.clone()).build().expect("settings that work"))
    }

    fn advance(&self, by: Duration) -> impl Future<Output = ()> {
        self.0.advance(by);
        ready(())
    }

    fn has(&self, _: Capability) -> bool {
        true
    }
}

/// Panics where the engine and its model differ.
pub fn run(data: &[u8]) {
    Script::read(data).run(&Memory::default());
}
