//! Making room while a thread is in the middle of the session that has to go.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::memory::slot::Side;
use crate::{Delivery, LoginOptions, ManualClock, Polled, SessionStore};

const SECOND: Duration = Duration::from_secs(1);

/// A grant whose destructor would like to use the store that holds it: under a lock, that would never come back.
#[derive(Clone)]
struct Probe(Arc<OnceLock<Box<dyn Fn() -> bool + Send + Sync>>>);

impl Drop for Probe {
    fn drop(&mut self) {
        assert!(!self.0.get().is_some_and(|locked| locked()), "a caller's destructor runs under the lock of a shard");
    }
}

#[test]
fn no_grant_is_dropped_under_a_lock() {
    let clock = ManualClock::new();
    let builder = SessionStore::<Probe, ()>::builder().ttl(SECOND).retention(SECOND * 100).max_sessions(2);
    let store = builder.delivery(Delivery::replay(SECOND * 50)).clock(clock.clone()).build().unwrap();
    let probe = Probe(Arc::default());
    let shared = Arc::downgrade(&store.shared);
    let locked = move || shared.upgrade().is_some_and(|shared| shared.table.shards[0].locked());
    assert!(probe.0.set(Box::new(locked)).is_ok());

    // One that expires with its grant uncollected, while the thread that has claimed its context is not yet out of it.
    let stuck = store.initiate_with(LoginOptions::new().context(())).unwrap();
    let session = store.shared.table.place(&stuck.login_code.0).session;
    let view = session.view(Side::Login, &stuck.login_code.0.proof, 0).unwrap();
    let busy = session.claim_context(&view).unwrap();
    assert!(store.complete(&stuck.login_code, probe.clone()).is_ok());
    clock.advance(SECOND);
    // And one that ends a tick later, its grant kept for replays.
    clock.advance(SECOND / 1000);
    let kept = store.initiate().unwrap();
    assert!(store.complete(&kept.login_code, probe.clone()).is_ok());
    clock.advance(Duration::from_millis(1));
    drop(store.poll(&kept.polling_code));

    // The first cannot give way, so the second does: two grants to drop.
    store.initiate().unwrap();
    assert!(matches!(store.poll(&kept.polling_code), Polled::Unknown));
    assert_eq!(Arc::strong_count(&probe.0), 1, "both have been dropped");
    drop(busy);
    store.initiate().unwrap();
}
