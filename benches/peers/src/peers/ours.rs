//! `counterfoil`: all of the duties.

use counterfoil::{CodeText, LoginCode, Polled, PollingCode, Secret, SessionStore};

use crate::peer::{Answer, Kind, Peer, Room};

pub struct Ours {
    pub store: SessionStore<Secret>,
}

impl Peer for Ours {
    const NAME: &'static str = "counterfoil";
    const KIND: Kind = Kind::Ours;
    const SOURCE: &'static str = include_str!("ours.rs");
    const CODE: usize = 40;

    type Grant = Secret;
    type Code = CodeText;

    fn new(room: Room) -> Self {
        let bound = room.sessions + room.beyond;
        let store = SessionStore::builder().max_sessions(bound).ttl(room.ttl).build().expect("the settings are valid");
        Self { store }
    }

    fn initiate(&self) -> (CodeText, CodeText) {
        let begun = self.store.initiate().expect("there is room");
        (begun.polling_code.expose(), begun.login_code.expose())
    }

    #[inline]
    fn poll(&self, polling: &str) -> Answer<Secret> {
        let Ok(code) = PollingCode::parse(polling) else { return Answer::Unknown };
        match self.store.poll(&code) {
            Polled::Pending { .. } => Answer::Pending,
            Polled::Completed(grant) => Answer::Completed(grant),
            Polled::Redeemed => Answer::Used,
            Polled::Expired => Answer::Expired,
            _ => Answer::Unknown,
        }
    }

    #[inline]
    fn complete(&self, login: &str, grant: Secret) -> bool {
        LoginCode::parse(login).is_ok_and(|code| self.store.complete(&code, grant).is_ok())
    }

    fn expire(&self) {
        self.store.sweep();
    }
}
