//! papaya, one map for each code, both holding the session behind an `Arc`, since its values cannot be changed in
//! place.
//!
//! Falls short: no expiry, so an `Instant` and a walk over everything; removed sessions stay in memory until no reader
//! is left; no bound, no constant-time comparison, nothing is wiped.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use papaya::HashMap;

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Timed;

type Sessions = HashMap<String, Arc<Mutex<Timed>>>;

pub struct Papaya {
    by_polling: Sessions,
    by_login: Sessions,
    ttl: Duration,
}

impl Peer for Papaya {
    const NAME: &'static str = "papaya";
    const SOURCE: &'static str = include_str!("papaya.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let map = || HashMap::with_capacity(room.sessions);
        Self { by_polling: map(), by_login: map(), ttl: room.ttl }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        let session = Arc::new(Mutex::new(Timed::new(self.ttl)));
        self.by_polling.pin().insert(polling.clone(), session.clone());
        self.by_login.pin().insert(login.clone(), session);
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        self.by_polling.pin().get(polling).map_or(Answer::Unknown, |session| session.lock().unwrap().poll())
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        self.by_login.pin().get(login).is_some_and(|session| session.lock().unwrap().complete(grant))
    }

    fn expire(&self) {
        let now = Instant::now();
        for map in [&self.by_polling, &self.by_login] {
            map.pin().retain(|_, session| session.lock().unwrap().is_live(now));
        }
    }
}
