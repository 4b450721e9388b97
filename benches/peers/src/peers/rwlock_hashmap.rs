//! `RwLock<HashMap<String, _>>`: polls that find nothing to do share the lock.
//!
//! Falls short: the lock's own counter is what all polls contend for; expiry walks the whole map while nobody may look;
//! no bound, no constant-time comparison, nothing is wiped.

use std::collections::HashMap;
use std::sync::RwLock;
use std::time::{Duration, Instant};

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Timed;

pub struct RwLockHashMap {
    maps: RwLock<Maps>,
    ttl: Duration,
}

struct Maps {
    sessions: HashMap<String, Timed>,
    by_login: HashMap<String, String>,
}

impl Peer for RwLockHashMap {
    const NAME: &'static str = "RwLock<HashMap>";
    const SOURCE: &'static str = include_str!("rwlock_hashmap.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let sessions = HashMap::with_capacity(room.sessions);
        let by_login = HashMap::with_capacity(room.sessions);
        Self { maps: RwLock::new(Maps { sessions, by_login }), ttl: room.ttl }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        let session = Timed::new(self.ttl);
        let mut maps = self.maps.write().unwrap();
        maps.sessions.insert(polling.clone(), session);
        maps.by_login.insert(login.clone(), polling.clone());
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        match self.maps.read().unwrap().sessions.get(polling).map(Timed::look) {
            None => return Answer::Unknown,
            Some(Some(answer)) => return answer,
            Some(None) => {}
        }
        self.maps.write().unwrap().sessions.get_mut(polling).map_or(Answer::Unknown, Timed::poll)
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        let mut guard = self.maps.write().unwrap();
        let maps = &mut *guard;
        let Some(polling) = maps.by_login.get(login) else { return false };
        maps.sessions.get_mut(polling).is_some_and(|session| session.complete(grant))
    }

    fn expire(&self) {
        let now = Instant::now();
        let mut guard = self.maps.write().unwrap();
        let Maps { sessions, by_login } = &mut *guard;
        sessions.retain(|_, session| session.is_live(now));
        by_login.retain(|_, polling| sessions.contains_key(polling));
    }
}
