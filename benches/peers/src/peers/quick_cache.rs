//! quick_cache, one cache for each code, both holding the session behind an `Arc`, with an `Instant` for the time to
//! live, which it does not have.
//!
//! Falls short: it is a cache with a capacity, beyond which it evicts live sessions; here it is given twice what it
//! needs. Expiry walks everything; no constant-time comparison, nothing is wiped.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Timed;

type Sessions = Cache<String, Arc<Mutex<Timed>>>;

pub struct QuickCache {
    by_polling: Sessions,
    by_login: Sessions,
    ttl: Duration,
}

impl Peer for QuickCache {
    const NAME: &'static str = "quick_cache";
    const SOURCE: &'static str = include_str!("quick_cache.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        // Its shards have capacities of their own, and codes do not spread evenly over few of them.
        let capacity = 2 * room.sessions + room.beyond + 4096;
        Self { by_polling: Cache::new(capacity), by_login: Cache::new(capacity), ttl: room.ttl }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        let session = Arc::new(Mutex::new(Timed::new(self.ttl)));
        self.by_polling.insert(polling.clone(), session.clone());
        self.by_login.insert(login.clone(), session);
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        self.by_polling.get(polling).map_or(Answer::Unknown, |session| session.lock().unwrap().poll())
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        self.by_login.get(login).is_some_and(|session| session.lock().unwrap().complete(grant))
    }

    fn expire(&self) {
        let now = Instant::now();
        for cache in [&self.by_polling, &self.by_login] {
            cache.retain(|_, session| session.lock().unwrap().is_live(now));
        }
    }
}
