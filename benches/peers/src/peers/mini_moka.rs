//! mini-moka's synchronous cache with `time_to_live`, one cache for each code, both holding the session behind an
//! `Arc`. Its `get` takes no `&str` for a `String`, so the keys are arrays: an allocation less in each look-up.
//!
//! Falls short: as moka does. It is a cache, made to forget; expired entries are dropped by whichever call happens to
//! do the housekeeping; an expired session is unknown rather than expired; no constant-time comparison, nothing is
//! wiped.

use std::sync::{Arc, Mutex};

use mini_moka::sync::{Cache, ConcurrentCacheExt};

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Step;

type Key = [u8; 32];
type Sessions = Cache<Key, Arc<Mutex<Step>>>;

pub struct MiniMoka {
    by_polling: Sessions,
    by_login: Sessions,
}

fn key(text: &str) -> Option<Key> {
    text.as_bytes().try_into().ok()
}

fn settle(cache: &Sessions) {
    // One call does a bounded batch.
    loop {
        let before = cache.entry_count();
        cache.sync();
        if cache.entry_count() == before {
            return;
        }
    }
}

impl Peer for MiniMoka {
    const NAME: &'static str = "mini-moka";
    const SOURCE: &'static str = include_str!("mini_moka.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let cache = || Cache::builder().initial_capacity(room.sessions).time_to_live(room.ttl).build();
        Self { by_polling: cache(), by_login: cache() }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        let key = |text: &str| key(text).expect("a code of 32 characters");
        let session = Arc::new(Mutex::new(Step::Pending));
        self.by_polling.insert(key(&polling), session.clone());
        self.by_login.insert(key(&login), session);
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        key(polling)
            .and_then(|key| self.by_polling.get(&key))
            .map_or(Answer::Unknown, |session| session.lock().unwrap().poll())
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        key(login)
            .and_then(|key| self.by_login.get(&key))
            .is_some_and(|session| session.lock().unwrap().complete(grant))
    }

    fn expire(&self) {
        settle(&self.by_polling);
        settle(&self.by_login);
    }
}
