//! User codes: the index from a code to its session.

use dashmap::Entry;

use super::{SessionRef, Table};
use crate::code::user::UserCode;
use crate::sync::atomic::Ordering;

/// Stands for a session that is about to begin.
const RESERVED: SessionRef = SessionRef { index: u32::MAX, generation: 0 };

impl<T, C> Table<T, C> {
    /// Reserves a user code that no session has. There are so many that a second draw is rare.
    pub(super) fn draw_name(&self, mut draw: impl FnMut() -> UserCode) -> UserCode {
        loop {
            let code = draw();
            if let Entry::Vacant(vacant) = self.user_codes.entry(code.number()) {
                vacant.insert(RESERVED);
                return code;
            }
        }
    }

    /// Lets a reserved user code lead to its session, which has just begun. If the session is gone already, its code is
    /// gone from the index, too.
    pub(super) fn name(&self, code: &UserCode, session: SessionRef) {
        if let Some(mut named) = self.user_codes.get_mut(&code.number()) {
            *named = session;
        }
    }

    /// Gives a reserved user code back.
    pub(super) fn unname(&self, number: u64) {
        self.user_codes.remove(&number);
    }

    /// Notes the user code of a slot's session. Under the shard's lock.
    pub(super) fn set_name(&self, index: u32, number: Option<u64>) {
        // ORDERING: Relaxed on both: the shard's lock orders them.
        self.names[index as usize].store(number.map_or(0, |number| number + 1), Ordering::Relaxed);
    }

    /// Takes the user code of a slot's session, for the caller to [remove](Self::unname) once it holds no lock.
    pub(super) fn take_name(&self, index: u32) -> Option<u64> {
        let name = &self.names[index as usize];
        let number = name.load(Ordering::Relaxed).checked_sub(1)?;
        name.store(0, Ordering::Relaxed);
        Some(number)
    }
}
