//! tower-sessions' memory store: one store for each code, the session as JSON values in its record.
//!
//! Falls short: a poll that redeems loads and then saves, so two at once both get the grant, and so with two
//! completions; one lock for everything; a load clones the record; what is expired is never dropped; it cannot be made
//! with a capacity; no bound, no constant-time comparison, nothing is wiped. Its codes have 128 bits.

use std::collections::HashMap;

use pollster::block_on;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_memory_store::MemoryStore;

use crate::peer::{Answer, Peer, Room};

pub struct TowerSessions {
    by_polling: MemoryStore,
    by_login: MemoryStore,
    ttl: time::Duration,
}

impl TowerSessions {
    fn create(&self, store: &MemoryStore, key: &str, value: Value) -> Id {
        let mut record = Record {
            id: Id::default(),
            data: HashMap::from([(key.to_owned(), value)]),
            expiry_date: OffsetDateTime::now_utc() + self.ttl,
        };
        block_on(store.create(&mut record)).unwrap();
        record.id
    }

    fn load(store: &MemoryStore, code: &str) -> Option<Record> {
        block_on(store.load(&code.parse().ok()?)).unwrap()
    }
}

impl Peer for TowerSessions {
    const NAME: &'static str = "tower-sessions";
    const SOURCE: &'static str = include_str!("tower_sessions.rs");
    const ATOMIC: bool = false;
    const CODE: usize = 22;

    type Grant = String;
    type Code = String;

    fn new(room: Room) -> Self {
        let ttl = room.ttl.try_into().expect("a time to live of hours");
        Self { by_polling: MemoryStore::default(), by_login: MemoryStore::default(), ttl }
    }

    fn initiate(&self) -> (String, String) {
        let polling = self.create(&self.by_polling, "state", json!("pending")).to_string();
        let login = self.create(&self.by_login, "polling", json!(polling)).to_string();
        (polling, login)
    }

    fn poll(&self, polling: &str) -> Answer<String> {
        let Some(mut record) = Self::load(&self.by_polling, polling) else { return Answer::Unknown };
        match record.data.get("state").and_then(Value::as_str) {
            Some("pending") => Answer::Pending,
            Some("used") => Answer::Used,
            _ => {
                let grant = record.data.remove("grant");
                record.data.insert("state".to_owned(), json!("used"));
                block_on(self.by_polling.save(&record)).unwrap();
                match grant {
                    Some(Value::String(grant)) => Answer::Completed(grant),
                    _ => Answer::Unknown,
                }
            }
        }
    }

    fn complete(&self, login: &str, grant: String) -> bool {
        let Some(index) = Self::load(&self.by_login, login) else { return false };
        let Some(polling) = index.data.get("polling").and_then(Value::as_str) else { return false };
        let Some(mut record) = Self::load(&self.by_polling, polling) else { return false };
        if record.data.get("state") != Some(&json!("pending")) {
            return false;
        }
        record.data.insert("state".to_owned(), json!("completed"));
        record.data.insert("grant".to_owned(), Value::String(grant));
        block_on(self.by_polling.save(&record)).unwrap();
        true
    }

    fn expire(&self) {}
}
