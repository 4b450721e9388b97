//! An index that never grows for long.

use std::hash::Hash;

use ahash::RandomState;
use dashmap::DashMap;

/// How many entries one part of an index is meant to hold, since it grows under a lock of its own: moving so many takes
/// some microseconds.
const IN_A_PART: u32 = 512;
const LEAST_PARTS: u32 = 16;
const MOST_PARTS: u32 = 1 << 13;

/// An index with an entry for each of so many sessions, or fewer.
pub(crate) fn index<K: Eq + Hash, V>(sessions: u32) -> DashMap<K, V, RandomState> {
    let parts = sessions.div_ceil(IN_A_PART).next_power_of_two().clamp(LEAST_PARTS, MOST_PARTS);
    DashMap::with_hasher_and_shard_amount(RandomState::new(), parts as usize)
}
