//! scc's `HashMap`, with a second one from login code to polling code and `Instant` deadlines.
//!
//! Falls short: no expiry, so a walk over everything; the two maps are not changed in one step; no bound, no
//! constant-time comparison, nothing is wiped.

use std::time::{Duration, Instant};

use scc::HashMap;

use crate::codes::random_text;
use crate::peer::{Answer, Peer, Room};
use crate::session::Timed;

pub struct Scc {
    sessions: HashMap<String, Timed>,
    by_login: HashMap<String, String>,
    ttl: Duration,
}

impl Peer for Scc {
    const NAME: &'static str = "scc";
    const SOURCE: &'static str = include_str!("scc.rs");

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let sessions = HashMap::with_capacity(room.sessions);
        let by_login = HashMap::with_capacity(room.sessions);
        Self { sessions, by_login, ttl: room.ttl }
    }

    fn initiate(&self) -> (String, String) {
        let (polling, login) = (random_text(), random_text());
        assert!(self.sessions.insert_sync(polling.clone(), Timed::new(self.ttl)).is_ok(), "a code drawn twice");
        assert!(self.by_login.insert_sync(login.clone(), polling.clone()).is_ok(), "a code drawn twice");
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        match self.sessions.read_sync(polling, |_, session| session.look()) {
            None => return Answer::Unknown,
            Some(Some(answer)) => return answer,
            Some(None) => {}
        }
        self.sessions.update_sync(polling, |_, session| session.poll()).unwrap_or(Answer::Unknown)
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        let Some(polling) = self.by_login.read_sync(login, |_, polling| polling.clone()) else { return false };
        self.sessions.update_sync(polling.as_str(), |_, session| session.complete(grant)).unwrap_or(false)
    }

    fn expire(&self) {
        let now = Instant::now();
        self.sessions.retain_sync(|_, session| session.is_live(now));
        self.by_login.retain_sync(|_, polling| self.sessions.contains_sync(polling));
    }
}
