//! What a full tenant is told, however many of its sessions have expired before.

use std::time::Duration;

use counterfoil::{InitiateError, LoginOptions, ManualClock, Polled, SessionStore};

/// Sixty sessions of one tenant whose time is over, as polls have noted and no sweep has seen.
fn after_sixty_expired(clock: &ManualClock) -> SessionStore<u32> {
    let store = SessionStore::<u32>::builder().max_sessions(200).max_sessions_per_tenant(3).clock(clock.clone());
    let store = store.build().unwrap();
    for _ in 0..60 {
        let login = store.initiate_with(LoginOptions::new().ttl(Duration::from_secs(1))).unwrap();
        clock.advance(Duration::from_secs(1));
        assert!(matches!(store.poll(&login.polling_code), Polled::Expired));
    }
    store
}

/// Found by fuzzing: they stood before the live ones, and the next deadline was taken from those that were looked at.
#[test]
fn a_full_tenant_is_told_the_next_deadline_past_those_that_have_expired() {
    let clock = ManualClock::new();
    let store = after_sixty_expired(&clock);
    for ttl in [9, 9, 7] {
        store.initiate_with(LoginOptions::new().ttl(Duration::from_secs(ttl))).unwrap();
    }
    let refused = store.initiate().err();
    assert_eq!(refused, Some(InitiateError::TenantFull { retry_after: Duration::from_secs(7) }));
}

/// The same for one whose expiry nobody has noted: its place is free.
#[test]
fn an_expired_session_makes_room_past_those_that_have_expired_before() {
    let clock = ManualClock::new();
    let store = after_sixty_expired(&clock);
    for ttl in [9, 9, 1] {
        store.initiate_with(LoginOptions::new().ttl(Duration::from_secs(ttl))).unwrap();
    }
    clock.advance(Duration::from_secs(1));
    assert!(store.initiate().is_ok());
    assert!(store.initiate().is_err());
}
