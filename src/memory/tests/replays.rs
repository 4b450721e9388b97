//! Replays: what is kept of grants.

use std::sync::Arc;
use std::time::Duration;

use crate::{Delivery, ManualClock, Polled, SessionStore};

#[test]
fn a_window_of_no_length_keeps_no_grant() {
    let clock = ManualClock::new();
    let builder = SessionStore::<Arc<u32>>::builder().delivery(Delivery::replay(Duration::ZERO));
    let store = builder.clock(clock.clone()).build().unwrap();
    let grant = Arc::new(1);
    let login = store.initiate().unwrap();
    store.complete(&login.login_code, grant.clone()).unwrap();
    assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
    clock.advance(Duration::from_secs(1));
    store.sweep();
    assert_eq!(Arc::strong_count(&grant), 1);
    assert!(matches!(store.poll(&login.polling_code), Polled::Redeemed));
}
