//! A full store and the codes of its sessions.

use std::ops::Range;
use std::time::Duration;

use counterfoil::{Initiated, LoginCode, LoginOptions, PollingCode, SessionStore, SettleError};
use rand::seq::SliceRandom;

pub(crate) const TTL: Duration = Duration::from_secs(7200);

/// Grants and contexts are numbers, so that what is timed is the store and not the allocator.
pub(crate) type Store = SessionStore<u64, u64>;

/// The text of a code.
pub(crate) type Text = [u8; 40];

/// The codes of session `i` stand at `i` of either array. The order is random, and stays so: a batch of sessions that
/// has ended is replaced by one in the same slots.
pub(crate) struct World {
    pub(crate) store: Store,
    polling: Vec<Text>,
    login: Vec<Text>,
    next: usize,
}

impl World {
    pub(crate) fn new(sessions: usize, huge_pages: bool) -> Self {
        // A session that has ended is forgotten by the next sweep, so that its slot is free for the next.
        let settings = SessionStore::builder().max_sessions(sessions).ttl(TTL).retention(Duration::ZERO);
        let settings = if huge_pages { settings.huge_pages() } else { settings };
        let store = settings.build().expect("valid settings");
        let blank = vec![[0; 40]; sessions];
        let mut world = Self { store, polling: blank.clone(), login: blank, next: 0 };
        world.begin(&(0..sessions), |login| login);
        let mut pairs: Vec<_> = world.polling.iter().copied().zip(world.login.iter().copied()).collect();
        pairs.shuffle(&mut rand::rng());
        (world.polling, world.login) = pairs.into_iter().unzip();
        world
    }

    pub(crate) fn len(&self) -> usize {
        self.polling.len()
    }

    /// The next `most` sessions, or fewer.
    pub(crate) fn batch(&mut self, most: usize) -> Range<usize> {
        let start = if self.next == self.len() { 0 } else { self.next };
        self.next = self.len().min(start + most);
        start..self.next
    }

    /// Reads the code, as a server does with what it was sent.
    #[inline]
    pub(crate) fn polling(&self, i: usize) -> PollingCode {
        std::str::from_utf8(&self.polling[i]).ok().and_then(|text| PollingCode::parse(text).ok()).expect("a code")
    }

    #[inline]
    pub(crate) fn login(&self, i: usize) -> LoginCode {
        std::str::from_utf8(&self.login[i]).ok().and_then(|text| LoginCode::parse(text).ok()).expect("a code")
    }

    /// Ends the sessions of a batch, however they stand, and frees their slots.
    pub(crate) fn end(&self, batch: &Range<usize>) {
        for i in batch.clone() {
            let code = self.polling(i);
            if self.store.cancel(&code) == Err(SettleError::Completed) {
                drop(self.store.poll(&code));
            }
        }
        self.store.sweep();
    }

    /// Begins a session for each place of a batch.
    pub(crate) fn begin(&mut self, batch: &Range<usize>, login: impl Fn(LoginOptions<u64>) -> LoginOptions<u64>) {
        let begun = batch.clone().map(|_| self.store.initiate_with(login(LoginOptions::new())).expect("there is room"));
        let begun = begun.collect();
        self.put(batch, begun);
    }

    /// Puts new sessions in the places of a batch. Slots are given out in their order, so the sessions are shuffled.
    pub(crate) fn put(&mut self, batch: &Range<usize>, mut begun: Vec<Initiated>) {
        begun.shuffle(&mut rand::rng());
        for (i, login) in batch.clone().zip(&begun) {
            self.polling[i].copy_from_slice(login.polling_code.expose().as_bytes());
            self.login[i].copy_from_slice(login.login_code.expose().as_bytes());
        }
    }
}
