//! moka's synchronous cache with `time_to_live`, one cache for each code, both holding the session behind an `Arc`.
//!
//! Falls short: it is a cache, made to forget; expired entries are dropped by whichever call happens to do the
//! housekeeping, a poll as well; an expired session is unknown rather than expired; no constant-time comparison,
//! nothing is wiped.

use std::sync::{Arc, Mutex};

use moka::sync::Cache;

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Step;

type Sessions = Cache<String, Arc<Mutex<Step>>>;

pub struct Moka {
    by_polling: Sessions,
    by_login: Sessions,
}

fn settle(cache: &Sessions) {
    // One call does a bounded batch.
    loop {
        let before = cache.entry_count();
        cache.run_pending_tasks();
        if cache.entry_count() == before {
            return;
        }
    }
}

impl Peer for Moka {
    const NAME: &'static str = "moka";
    const SOURCE: &'static str = include_str!("moka.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        // Without a maximum capacity, so that no live session is ever evicted.
        let cache = || Cache::builder().initial_capacity(room.sessions).time_to_live(room.ttl).build();
        Self { by_polling: cache(), by_login: cache() }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        let session = Arc::new(Mutex::new(Step::Pending));
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
        settle(&self.by_polling);
        settle(&self.by_login);
    }
}
