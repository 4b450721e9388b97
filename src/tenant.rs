//! Tenants: the projects or OAuth clients that sessions belong to.
//!
//! A tenant exists while somebody holds a store scoped to it or while one of its sessions is in the table; then its
//! name and number are given back. So the registry is bounded by the table, and a number never stands for two tenants
//! at once.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use ahash::RandomState;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use parking_lot::Mutex;

/// The tenant of a store that was never scoped.
pub(crate) const DEFAULT: &str = "default";

pub(crate) struct Tenant {
    /// What a slot keeps instead of the name; zero is the default tenant.
    pub(crate) id: u32,
    pub(crate) name: Arc<str>,
    /// Live sessions; counted only where they are bounded.
    live: AtomicU32,
    registry: Weak<Tenants>,
}

impl Tenant {
    /// Counts one more live session, unless that would exceed `bound`.
    pub(crate) fn reserve(&self, bound: u32) -> bool {
        // ORDERING: Relaxed on all uses of `live`: it is a count, and nothing is read on the strength of it.
        self.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |live| (live < bound).then_some(live + 1)).is_ok()
    }

    pub(crate) fn release(&self) {
        self.live.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        if let Some(registry) = self.registry.upgrade() {
            // The name may stand for a successor already.
            registry.by_name.remove_if(&self.name, |_, held| std::ptr::eq(held.as_ptr(), self));
            registry.numbers.lock().free.push(self.id);
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tenant").field(&self.name).finish()
    }
}

pub(crate) struct Tenants {
    by_name: DashMap<Arc<str>, Weak<Tenant>, RandomState>,
    numbers: Mutex<Numbers>,
    pub(crate) default: Arc<Tenant>,
}

#[derive(Default)]
struct Numbers {
    last: u32,
    free: Vec<u32>,
}

impl Tenants {
    pub(crate) fn new() -> Arc<Self> {
        let name: Arc<str> = Arc::from(DEFAULT);
        let default = Arc::new(Tenant { id: 0, name: name.clone(), live: AtomicU32::new(0), registry: Weak::new() });
        let by_name = DashMap::with_hasher(RandomState::new());
        by_name.insert(name, Arc::downgrade(&default));
        Arc::new(Self { by_name, numbers: Mutex::default(), default })
    }

    /// The tenant of that name, made where there is none.
    pub(crate) fn get(self: &Arc<Self>, name: &str) -> Arc<Tenant> {
        if let Some(tenant) = self.by_name.get(name).and_then(|held| held.upgrade()) {
            return tenant;
        }
        let name: Arc<str> = Arc::from(name);
        let entry = self.by_name.entry(name.clone());
        if let Entry::Occupied(held) = &entry
            && let Some(tenant) = held.get().upgrade()
        {
            return tenant;
        }
        let id = {
            let mut numbers = self.numbers.lock();
            numbers.free.pop().unwrap_or_else(|| {
                numbers.last += 1;
                numbers.last
            })
        };
        let tenant = Arc::new(Tenant { id, name, live: AtomicU32::new(0), registry: Arc::downgrade(self) });
        entry.insert(Arc::downgrade(&tenant));
        tenant
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.by_name.len()
    }

    /// Holds every lock of the registry while `during` runs.
    #[cfg(test)]
    #[cfg(not(counterfoil_loom))]
    pub(crate) fn stall<R>(&self, during: impl FnOnce() -> R) -> R {
        let _numbers = self.numbers.lock();
        let _shards: Vec<_> = self.by_name.shards().iter().map(|shard| shard.write()).collect();
        during()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_lives_as_long_as_its_last_holder() {
        let tenants = Tenants::new();
        let one = tenants.get("one");
        assert!(Arc::ptr_eq(&one, &tenants.get("one")));
        let two = tenants.get("two");
        assert_ne!(one.id, two.id);
        assert_eq!(tenants.count(), 3);
        let id = one.id;
        drop(one);
        assert_eq!(tenants.count(), 2);
        assert_eq!(tenants.get("three").id, id, "numbers are used again");
        assert_eq!(tenants.get(DEFAULT).id, 0);
    }

    #[test]
    fn threads_agree_on_who_a_name_is() {
        let tenants = Tenants::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        let one = tenants.get("one");
                        let again = tenants.get("one");
                        assert!(Arc::ptr_eq(&one, &again));
                    }
                });
            }
        });
        assert_eq!(tenants.count(), 1);
    }
}
