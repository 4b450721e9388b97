//! Tenants: the projects or OAuth clients that sessions belong to.
//!
//! A tenant exists while a handle is scoped to it or one of its sessions is in the table; then its name and number are
//! given back. So the registry is bounded by the table, and a number never stands for two tenants at once. What the
//! table needs of a tenant stands in an [`Account`] that its number finds without a lock.

use std::fmt;
use std::sync::{Arc, Weak};

use ahash::RandomState;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::index::index;
use super::shard::{Head, MOST_SHARDS};
use crate::sync::RegistryMutex as Mutex;
use crate::sync::atomic::{AtomicU32, Ordering};

/// No number.
const NONE: u32 = u32::MAX;

/// The tenant of a store that was never scoped.
pub(crate) const DEFAULT: &str = "default";

pub(crate) struct Tenant {
    /// What a slot keeps instead of the name; zero is the default tenant.
    pub(crate) id: u32,
    pub(crate) name: Arc<str>,
    registry: Weak<Tenants>,
}

impl Drop for Tenant {
    fn drop(&mut self) {
        if let Some(registry) = self.registry.upgrade() {
            // The name may stand for a successor already.
            registry.by_name.remove_if(&self.name, |_, held| std::ptr::eq(held.as_ptr(), self));
            registry.give_back(self.id);
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tenant").field(&self.name).finish()
    }
}

/// What the table keeps of a tenant.
pub(crate) struct Account {
    /// The tenant's live sessions in each shard.
    pub(crate) heads: [Head; MOST_SHARDS as usize],
    /// Live sessions; counted only if they are bounded.
    live: AtomicU32,
    /// Sessions in the table, the remembered ones too.
    known: AtomicU32,
    /// The next free number, of an account whose number is free.
    next: AtomicU32,
    /// Keeps the tenant while it has sessions in the table.
    keeper: Mutex<Option<Arc<Tenant>>>,
}

impl Account {
    fn new() -> Self {
        Self {
            heads: std::array::from_fn(|_| Head::new()),
            live: AtomicU32::new(0),
            known: AtomicU32::new(0),
            next: AtomicU32::new(NONE),
            keeper: Mutex::new(None),
        }
    }

    /// Counts one more live session, unless that would exceed `bound`.
    pub(crate) fn admit(&self, bound: u32) -> bool {
        // ORDERING: Relaxed on all uses of `live`: it is a count, and nothing is read on the strength of it.
        self.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |live| (live < bound).then_some(live + 1)).is_ok()
    }

    pub(crate) fn release(&self) {
        self.live.fetch_sub(1, Ordering::Relaxed);
    }

    fn enter(&self, tenant: &Arc<Tenant>) {
        // ORDERING: AcqRel on all uses of `known`: the thread that counts down to zero looks again under the lock.
        let more = |known: u32| (known > 0).then(|| known + 1);
        if self.known.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_err() {
            // The tenant is noted before its first session counts, so that it is there for those that follow.
            let mut keeper = self.keeper.lock();
            *keeper = Some(tenant.clone());
            self.known.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn leave(&self) -> Option<Arc<Tenant>> {
        if self.known.fetch_sub(1, Ordering::AcqRel) > 1 {
            return None;
        }
        let mut keeper = self.keeper.lock();
        // Another session may have entered meanwhile.
        if self.known.load(Ordering::Acquire) == 0 { keeper.take() } else { None }
    }

    /// The tenant, if it has sessions in the table.
    pub(crate) fn tenant(&self) -> Option<Arc<Tenant>> {
        self.keeper.lock().clone()
    }
}

pub(crate) struct Tenants {
    by_name: DashMap<Arc<str>, Weak<Tenant>, RandomState>,
    accounts: boxcar::Vec<Account>,
    /// The first of the numbers to be used again, linked through their accounts.
    free: Mutex<u32>,
    pub(crate) default: Arc<Tenant>,
}

impl Tenants {
    /// For so many sessions; that there are more tenants than sessions is rare.
    pub(crate) fn new(sessions: u32) -> Arc<Self> {
        let name: Arc<str> = Arc::from(DEFAULT);
        let default = Arc::new(Tenant { id: 0, name: name.clone(), registry: Weak::new() });
        let by_name = index(sessions);
        by_name.insert(name, Arc::downgrade(&default));
        let accounts = boxcar::vec![Account::new()];
        *accounts[0].keeper.lock() = Some(default.clone());
        Arc::new(Self { by_name, accounts, free: Mutex::new(NONE), default })
    }

    /// The account of the tenant of that number.
    #[inline]
    pub(crate) fn account(&self, id: u32) -> &Account {
        // Numbers are given out by `get` only, each with its account.
        &self.accounts[id as usize]
    }

    /// Notes that a session of `tenant` is about to enter the table.
    pub(crate) fn enter(&self, tenant: &Arc<Tenant>) {
        // The default tenant stays in any case.
        if tenant.id != 0 {
            self.account(tenant.id).enter(tenant);
        }
    }

    /// Notes that a session of the tenant of that number has left the table. Returns the tenant if that was its last,
    /// for the caller to drop without a lock.
    pub(crate) fn leave(&self, id: u32) -> Option<Arc<Tenant>> {
        if id == 0 { None } else { self.account(id).leave() }
    }

    /// The tenant of that name, made if there is none.
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
        let id = self.number().unwrap_or_else(|| self.accounts.push(Account::new()) as u32);
        let tenant = Arc::new(Tenant { id, name, registry: Arc::downgrade(self) });
        entry.insert(Arc::downgrade(&tenant));
        tenant
    }

    /// A number that was given back.
    fn number(&self) -> Option<u32> {
        let mut free = self.free.lock();
        let id = Some(*free).filter(|id| *id != NONE)?;
        // ORDERING: Relaxed on both uses of `next`: the lock orders them.
        *free = self.account(id).next.load(Ordering::Relaxed);
        Some(id)
    }

    fn give_back(&self, id: u32) {
        let mut free = self.free.lock();
        self.account(id).next.store(std::mem::replace(&mut *free, id), Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.by_name.len()
    }

    /// Holds every lock of the registry while `during` runs.
    #[cfg(test)]
    #[cfg(not(counterfoil_loom))]
    pub(crate) fn stall<R>(&self, during: impl FnOnce() -> R) -> R {
        let _free = self.free.lock();
        let _shards: Vec<_> = self.by_name.shards().iter().map(|shard| shard.write()).collect();
        during()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_lives_as_long_as_its_last_holder() {
        let tenants = Tenants::new(100);
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
        let tenants = Tenants::new(100);
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

    /// Another session of the tenant does not wait for the first to have noted the tenant: it is noted before it counts.
    #[test]
    fn a_tenant_that_has_sessions_is_found() {
        let tenants = Tenants::new(100);
        let tenant = tenants.get("one");
        let account = tenants.account(tenant.id);
        std::thread::scope(|scope| {
            let keeper = account.keeper.lock();
            scope.spawn(|| tenants.enter(&tenant));
            std::thread::sleep(std::time::Duration::from_millis(50));
            let known = account.known.load(Ordering::Acquire);
            assert!(known == 0 || keeper.is_some(), "{known} session known, of no tenant");
        });
        assert!(account.tenant().is_some());
    }
}
