//! `Mutex<HashMap<String, _>>`, the first thing that comes to mind, with a second map from login code to polling code.
//!
//! Falls short: every poll waits for every other verb; expiry walks the whole map under the one lock; no bound, no
//! constant-time comparison, nothing is wiped.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Timed;

pub struct MutexHashMap {
    maps: Mutex<Maps>,
    ttl: Duration,
}

struct Maps {
    sessions: HashMap<String, Timed>,
    by_login: HashMap<String, String>,
}

impl Peer for MutexHashMap {
    const NAME: &'static str = "Mutex<HashMap>";
    const SOURCE: &'static str = include_str!("mutex_hashmap.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let sessions = HashMap::with_capacity(room.sessions);
        let by_login = HashMap::with_capacity(room.sessions);
        Self { maps: Mutex::new(Maps { sessions, by_login }), ttl: room.ttl }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        let session = Timed::new(self.ttl);
        let mut maps = self.maps.lock().unwrap();
        maps.sessions.insert(polling.clone(), session);
        maps.by_login.insert(login.clone(), polling.clone());
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        self.maps.lock().unwrap().sessions.get_mut(polling).map_or(Answer::Unknown, Timed::poll)
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        let mut guard = self.maps.lock().unwrap();
        let maps = &mut *guard;
        let Some(polling) = maps.by_login.get(login) else { return false };
        maps.sessions.get_mut(polling).is_some_and(|session| session.complete(grant))
    }

    fn expire(&self) {
        let now = Instant::now();
        let mut guard = self.maps.lock().unwrap();
        let Maps { sessions, by_login } = &mut *guard;
        sessions.retain(|_, session| session.is_live(now));
        by_login.retain(|_, polling| sessions.contains_key(polling));
    }
}
