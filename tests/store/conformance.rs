//! The memory engine, by the law book of all engines: swept whenever the clock moves, and never.

use std::future::{Future, ready};
use std::sync::Mutex;
use std::time::Duration;

use counterfoil::conformance::{Capability, Harness, Settings};
use counterfoil::{ManualClock, SessionStore};

/// Stores of texts by one clock.
#[derive(Default)]
pub(crate) struct Memory {
    clock: ManualClock,
    stores: Mutex<Vec<SessionStore<String, String>>>,
    /// Whether all stores are swept when the clock moves.
    swept: bool,
}

impl Harness for Memory {
    type Backend = SessionStore<String, String>;

    fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend> {
        let store: Self::Backend = settings.memory().clock(self.clock.clone()).build().unwrap();
        self.stores.lock().unwrap().push(store.clone());
        ready(store)
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        if self.swept {
            self.sweep().await;
        }
    }

    async fn sweep(&self) {
        for store in &*self.stores.lock().unwrap() {
            store.sweep();
        }
    }

    fn has(&self, _: Capability) -> bool {
        true
    }
}

mod unswept {
    use super::Memory;

    counterfoil::conformance_tests!(Memory::default());
}

mod swept {
    use super::Memory;

    counterfoil::conformance_tests!(Memory { swept: true, ..Memory::default() });
}
