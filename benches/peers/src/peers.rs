//! One file a peer.

pub mod dashmap_string;
pub mod floor;
pub mod map_slot;
pub mod mini_moka;
pub mod moka;
pub mod mutex_hashmap;
pub mod ours;
pub mod papaya;
pub mod quick_cache;
pub mod rwlock_hashmap;
pub mod scc;
pub mod tower_sessions;
