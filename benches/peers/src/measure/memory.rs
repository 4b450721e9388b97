//! Bytes a session, by the allocator's count and by what is resident. Each peer in a process of its own.

use serde::{Deserialize, Serialize};

use super::speed::token;
use crate::alloc;
use crate::codes::Texts;
use crate::peer::{Peer, Room};

/// Bytes a session beyond what the process had before the store was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Memory {
    pub peer: String,
    pub sessions: usize,
    pub pending_counted: f64,
    pub pending_resident: f64,
    /// With a grant of forty characters, as long as it is not redeemed.
    pub completed_counted: f64,
    pub completed_resident: f64,
}

/// In a fresh process: its peak is this store's alone.
pub fn memory<P: Peer>(n: usize) -> Memory {
    // The codes are in memory before the first reading, and stay there.
    let mut login = Texts::new(n, P::CODE);
    let mut sample = Texts::new(1000, P::CODE);
    alloc::count();
    let before = resident();
    let store = P::new(Room::of(n));
    for i in 0..n {
        let codes = store.initiate();
        login.push(codes.1.as_ref());
        if i % n.div_ceil(1000) == 0 {
            sample.push(codes.0.as_ref());
        }
    }
    store.expire();
    let each = |bytes: i64| bytes as f64 / n as f64;
    let (pending_counted, pending_resident) = (each(alloc::in_use()), each(resident() - before));
    assert!((0..sample.len()).all(|i| store.poll(sample.get(i)).is_pending()), "a session is not pending");
    let completed = (0..n).filter(|i| store.complete(login.get(*i), token::<P>())).count();
    assert_eq!(completed, n, "a completion failed");
    store.expire();
    Memory {
        peer: P::NAME.to_owned(),
        sessions: n,
        pending_counted,
        pending_resident,
        completed_counted: each(alloc::in_use()),
        completed_resident: each(resident() - before),
    }
}

/// The resident bytes of this process.
fn resident() -> i64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("the measurement needs Linux");
    let pages: i64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).expect("two numbers");
    // SAFETY: a query.
    #[allow(unsafe_code)]
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * page
}
