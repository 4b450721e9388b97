//! Bytes a session: what the process keeps in memory for it.

use counterfoil::{Secret, SessionStore};

/// Of a full store of pending sessions, everything included, rounded up: by how much the resident set grows. What the
/// store has reserved and not touched is no memory, so the allocator's count would tell another story.
pub fn bytes_a_session() -> Result<u64, String> {
    const SESSIONS: usize = 200_000;
    let before = resident()?;
    let store: SessionStore<Secret> = SessionStore::builder().max_sessions(SESSIONS).build().expect("valid settings");
    for _ in 0..SESSIONS {
        drop(store.initiate().expect("there is room"));
    }
    let bytes = resident()?.saturating_sub(before);
    drop(store);
    Ok(bytes.div_ceil(SESSIONS as u64))
}

/// The resident set of this process, as Linux tells it.
fn resident() -> Result<u64, String> {
    let statm = std::fs::read_to_string("/proc/self/statm").map_err(|error| format!("/proc/self/statm: {error}"))?;
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    let pages = pages.ok_or_else(|| format!("/proc/self/statm: {statm}"))?;
    Ok(pages * rustix::param::page_size() as u64)
}
