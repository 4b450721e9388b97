//! The measurements. Each writes its own result file.

pub mod answer;
pub mod http;
pub mod memory;
pub mod redis;
pub mod speed;
pub mod stalls;
pub mod sweep;
pub mod threads;
pub mod verbs;

use crate::measure::memory::Memory;
use crate::measure::speed::{Sample, Size};
use crate::measure::stalls::{Scenario, Stall, Window};
use crate::peer::{Kind, Peer};
use crate::peers;

/// A peer as the harness sees it: what it is, and its measurements, compiled for it.
#[derive(Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub kind: Kind,
    pub source: &'static str,
    pub shared: bool,
    pub round: fn(&Size, usize, u64) -> Vec<Sample>,
    pub stall: fn(Scenario, usize, &Window) -> Stall,
    pub memory: fn(usize) -> Memory,
}

impl Entry {
    fn of<P: Peer>() -> Self {
        Self {
            name: P::NAME,
            kind: P::KIND,
            source: P::SOURCE,
            shared: P::SHARED,
            round: speed::round::<P>,
            stall: stalls::stall::<P>,
            memory: memory::memory::<P>,
        }
    }
}

/// All peers, in the order of the report.
pub fn entries() -> Vec<Entry> {
    use peers::map_slot::MapSlot;
    vec![
        Entry::of::<peers::ours::Ours>(),
        Entry::of::<peers::floor::Floor>(),
        Entry::of::<peers::mutex_hashmap::MutexHashMap>(),
        Entry::of::<peers::rwlock_hashmap::RwLockHashMap>(),
        Entry::of::<peers::dashmap_string::DashMapString>(),
        Entry::of::<peers::moka::Moka>(),
        Entry::of::<peers::mini_moka::MiniMoka>(),
        Entry::of::<peers::quick_cache::QuickCache>(),
        Entry::of::<peers::papaya::Papaya>(),
        Entry::of::<peers::scc::Scc>(),
        Entry::of::<peers::tower_sessions::TowerSessions>(),
        Entry::of::<MapSlot<false>>(),
        Entry::of::<MapSlot<true>>(),
    ]
}

pub fn entry(name: &str) -> Entry {
    entries().into_iter().find(|entry| entry.name == name).expect("a peer of that name")
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
