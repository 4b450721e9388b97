//! Grants that nobody collects are told of once, whoever notes the expiry.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::{InitiateError, Initiated, ManualClock, Polled, SessionId, SessionStore, Withdrawn};

const TTL: Duration = Duration::from_secs(60);

type Told = Arc<Mutex<Vec<(String, SessionId, u32)>>>;

fn store(clock: &ManualClock, sessions: usize) -> (SessionStore<u32>, Told) {
    let told = Told::default();
    let telling = told.clone();
    let store = SessionStore::builder()
        .ttl(TTL)
        .max_sessions(sessions)
        .max_sessions_per_tenant(sessions as u32)
        .clock(clock.clone())
        .on_uncollected(move |lost| telling.lock().unwrap().push((lost.tenant, lost.id, lost.grant)))
        .build()
        .unwrap();
    (store, told)
}

type Note = fn(&SessionStore<u32>, &Initiated);

/// What may note an expiry.
const NOTICERS: [(&str, Note); 7] = [
    ("a sweep", |store, _| _ = store.sweep()),
    ("a poll", |store, login| assert!(matches!(store.poll(&login.polling_code), Polled::Expired))),
    ("an approval", |store, login| assert!(store.complete(&login.login_code, 8).is_err())),
    ("a denial", |store, login| assert!(store.deny(&login.login_code).is_err())),
    ("a withdrawal", |store, login| assert!(store.withdraw(&login.login_code).is_err())),
    ("a look", |store, login| assert!(store.inspect(&login.login_code).is_some())),
    ("another login that needs the slot", |store, _| assert!(store.initiate().is_ok())),
];

#[test]
fn each_is_told_of_once() {
    for (what, note) in NOTICERS {
        let clock = ManualClock::new();
        let (store, told) = store(&clock, 1);
        let acme = store.for_tenant("acme");
        let login = acme.initiate().unwrap();
        acme.complete(&login.login_code, 7).unwrap();
        clock.advance(Duration::from_millis(59_999));
        store.sweep();
        assert!(told.lock().unwrap().is_empty(), "{what}, before the deadline");
        clock.advance(Duration::from_millis(1));
        for _ in 0..2 {
            if what.starts_with("another") {
                drop(store.initiate());
            } else {
                note(&acme, &login);
            }
            store.sweep();
        }
        assert_eq!(*told.lock().unwrap(), [("acme".to_owned(), login.id, 7)], "{what}");
    }
}

#[test]
fn what_was_collected_taken_back_or_never_approved_is_not_told_of() {
    let clock = ManualClock::new();
    let (store, told) = store(&clock, 10);
    let logins: Vec<_> = (0..4).map(|_| store.initiate().unwrap()).collect();
    for login in &logins[..2] {
        store.complete(&login.login_code, 1).unwrap();
    }
    assert!(matches!(store.poll(&logins[0].polling_code), Polled::Completed(1)));
    assert_eq!(store.withdraw(&logins[1].login_code), Ok(Withdrawn::TakenBack(1)));
    store.deny(&logins[2].login_code).unwrap();
    clock.advance(TTL * 100);
    store.sweep();
    assert!(told.lock().unwrap().is_empty());
}

/// The listener may use the store; a panic in it stops nothing.
#[test]
fn the_listener_is_a_callers_code() {
    let clock = ManualClock::new();
    let again: Arc<Mutex<Option<SessionStore<u32>>>> = Arc::default();
    let using = again.clone();
    let store = SessionStore::<u32>::builder()
        .ttl(TTL)
        .clock(clock.clone())
        .on_uncollected(move |lost| {
            let store = using.lock().unwrap().clone();
            assert!(store.is_some_and(|store| store.initiate().is_ok()));
            assert_ne!(lost.grant, 2, "a panic on purpose");
        })
        .build()
        .unwrap();
    *again.lock().unwrap() = Some(store.clone());
    for grant in 1..=3 {
        store.complete(&store.initiate().unwrap().login_code, grant).unwrap();
    }
    clock.advance(TTL);
    assert_eq!(store.sweep().expired, 3);
    assert_eq!((store.stats().uncollected, store.stats().pending), (3, 3));
    again.lock().unwrap().take();
    assert!(!matches!(store.initiate(), Err(InitiateError::Full { .. })));
}
