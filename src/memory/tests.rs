//! Tests of what only the engine itself can see.

#[cfg(not(counterfoil_loom))]
mod allocation;
#[cfg(not(counterfoil_loom))]
pub(crate) mod allocator;
#[cfg(not(counterfoil_loom))]
mod backlog;
#[cfg(not(counterfoil_loom))]
mod eviction;
#[cfg(counterfoil_loom)]
mod explore;
#[cfg(not(counterfoil_loom))]
mod lock_free;
#[cfg(counterfoil_loom)]
mod loom_extra;
#[cfg(counterfoil_loom)]
mod loom_place;
#[cfg(counterfoil_loom)]
mod loom_slot;
#[cfg(counterfoil_loom)]
mod loom_store;
#[cfg(all(counterfoil_loom, feature = "wait"))]
mod loom_waiters;
#[cfg(not(counterfoil_loom))]
mod pins;
#[cfg(not(counterfoil_loom))]
mod places;
#[cfg(not(counterfoil_loom))]
mod refused;
#[cfg(not(counterfoil_loom))]
mod replays;
#[cfg(all(feature = "wait", not(counterfoil_loom)))]
mod turmoil;
#[cfg(not(counterfoil_loom))]
mod user_codes;
#[cfg(all(feature = "wait", not(counterfoil_loom)))]
mod waiting;
#[cfg(not(counterfoil_loom))]
mod wiping;
