//! The floor: a plain `HashMap` with ahash, keyed by the 160 decoded bits, and a second one for the login codes.
//!
//! Falls short: no lock, so one thread may change it and no other may look meanwhile; no clock, so nothing expires; no
//! constant-time comparison. It is here to show what a look-up costs before any duty is done.

use std::cell::UnsafeCell;
use std::collections::HashMap;

use ahash::RandomState;

use crate::codes::Key;
use crate::peer::{Answer, Kind, Peer, Room};
use crate::session::Step;

pub struct Floor {
    maps: UnsafeCell<Maps>,
}

struct Maps {
    sessions: HashMap<Key, Step, RandomState>,
    by_login: HashMap<Key, Key, RandomState>,
}

// SAFETY: `SHARED` is false: the harness lets several threads do nothing but poll sessions that are pending, which
// reads; whoever changes the maps is alone with them.
#[allow(unsafe_code)]
unsafe impl Sync for Floor {}

impl Floor {
    #[allow(unsafe_code, clippy::mut_from_ref)]
    fn write(&self) -> &mut Maps {
        // SAFETY: see `Sync`; each caller lets go of the reference before it returns.
        unsafe { &mut *self.maps.get() }
    }

    #[allow(unsafe_code)]
    fn read(&self) -> &Maps {
        // SAFETY: see `Sync`.
        unsafe { &*self.maps.get() }
    }
}

impl Peer for Floor {
    const NAME: &'static str = "floor";
    const KIND: Kind = Kind::Floor;
    const SOURCE: &'static str = include_str!("floor.rs");
    const EXPIRES: bool = false;
    const ATOMIC: bool = false;
    const SHARED: bool = false;

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let sessions = HashMap::with_capacity_and_hasher(room.sessions, RandomState::new());
        let by_login = HashMap::with_capacity_and_hasher(room.sessions, RandomState::new());
        Self { maps: UnsafeCell::new(Maps { sessions, by_login }) }
    }

    fn initiate(&self) -> (String, String) {
        let maps = self.write();
        let (polling, login) = (Key::random(), Key::random());
        maps.sessions.insert(polling, Step::Pending);
        maps.by_login.insert(login, polling);
        let mut codes = (String::with_capacity(32), String::with_capacity(32));
        polling.write(&mut codes.0);
        login.write(&mut codes.1);
        codes
    }

    #[inline]
    fn poll(&self, polling: &str) -> Answer<String> {
        let Some(key) = Key::parse(polling) else { return Answer::Unknown };
        match self.read().sessions.get(&key) {
            None => Answer::Unknown,
            Some(Step::Pending) => Answer::Pending,
            Some(Step::Used) => Answer::Used,
            Some(Step::Completed(_)) => self.write().sessions.get_mut(&key).map_or(Answer::Unknown, Step::poll),
        }
    }

    #[inline]
    fn complete(&self, login: &str, grant: String) -> bool {
        let maps = self.write();
        let Some(polling) = Key::parse(login).and_then(|key| maps.by_login.get(&key)) else { return false };
        maps.sessions.get_mut(polling).is_some_and(|step| step.complete(grant))
    }

    fn expire(&self) {}
}
