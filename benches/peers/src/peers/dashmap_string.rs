//! `DashMap<String, State>` as most people would write it, with a second `DashMap` from login code to polling code and
//! `Instant` deadlines.
//!
//! Falls short: expiry is `retain`, which write-locks a shard for as long as it takes to walk it; a map that grows
//! does so under a shard's lock; the two maps are not changed in one step; no bound, no constant-time comparison,
//! nothing is wiped.

use std::time::{Duration, Instant};

use dashmap::DashMap;

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Timed;

pub struct DashMapString {
    sessions: DashMap<String, Timed>,
    by_login: DashMap<String, String>,
    ttl: Duration,
}

impl Peer for DashMapString {
    const NAME: &'static str = "DashMap";
    const SOURCE: &'static str = include_str!("dashmap_string.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let sessions = DashMap::with_capacity(room.sessions);
        let by_login = DashMap::with_capacity(room.sessions);
        Self { sessions, by_login, ttl: room.ttl }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        self.sessions.insert(polling.clone(), Timed::new(self.ttl));
        self.by_login.insert(login.clone(), polling.clone());
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        match self.sessions.get(polling).map(|session| session.look()) {
            None => return Answer::Unknown,
            Some(Some(answer)) => return answer,
            Some(None) => {}
        }
        self.sessions.get_mut(polling).map_or(Answer::Unknown, |mut session| session.poll())
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        let Some(polling) = self.by_login.get(login) else { return false };
        self.sessions.get_mut(polling.as_str()).is_some_and(|mut session| session.complete(grant))
    }

    fn expire(&self) {
        let now = Instant::now();
        self.sessions.retain(|_, session| session.is_live(now));
        self.by_login.retain(|_, polling| self.sessions.contains_key(polling));
    }
}
