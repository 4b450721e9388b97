//! Who waits for which slot. Empty where nobody does, and never looked at then.

use std::sync::Arc;

use ahash::RandomState;
use dashmap::DashMap;
use event_listener::{Event, EventListener};

/// The waiters of each slot that has any. An entry is made by the first of them and removed when the session of the
/// moment is settled, whether or not anybody still waits, or by a waiter that found it settled already; so what is kept
/// is kept for live sessions.
#[derive(Debug)]
pub(crate) struct Waiters(DashMap<u32, Arc<Event>, RandomState>);

impl Default for Waiters {
    fn default() -> Self {
        Self(DashMap::with_hasher(RandomState::new()))
    }
}

impl Waiters {
    /// Listens to a slot. To be called before the look that finds the session pending: what happens after that look
    /// is then heard.
    pub(crate) fn listen(&self, index: u32) -> EventListener {
        self.0.entry(index).or_default().listen()
    }

    /// Listens no more, to a session that may have been settled without knowing of this waiter.
    pub(crate) fn leave(&self, index: u32, listener: EventListener) {
        drop(listener);
        self.0.remove_if(&index, |_, event| event.total_listeners() == 0);
    }

    pub(crate) fn wake(&self, index: u32) {
        // The wakers are a caller's code: they run without the map's lock.
        let event = self.0.remove(&index);
        if let Some((_, event)) = event {
            event.notify(usize::MAX);
        }
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
