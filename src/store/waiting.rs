//! What the list of waiters keeps: nothing, once the sessions are settled.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Clock, Login, Polled, SessionStore};

type Store = SessionStore<u32>;

const LONG: Duration = Duration::from_secs(60);

/// A clock that stands still, and at its `at`-th reading from now on lets something happen first: whatever may come
/// between two steps of a verb that reads the clock.
#[derive(Clone, Default)]
struct Interrupting(Arc<Mutex<Option<(usize, Interruption)>>>);

type Interruption = Box<dyn FnOnce() + Send>;

impl Interrupting {
    fn at(&self, reading: usize, act: impl FnOnce() + Send + 'static) {
        *self.0.lock() = Some((reading, Box::new(act)));
    }
}

impl Clock for Interrupting {
    fn now(&self) -> Duration {
        let mut armed = self.0.lock();
        let due = armed.take_if(|(readings, _)| {
            *readings -= 1;
            *readings == 0
        });
        // It reads the clock, too.
        drop(armed);
        if let Some((_, act)) = due {
            act();
        }
        Duration::ZERO
    }
}

#[test]
fn nothing_is_kept_of_waiters_whose_sessions_are_settled_as_they_begin_to_wait() {
    // The first reading is that of the poll that the wait begins with.
    for reading in 1..=3 {
        let clock = Interrupting::default();
        let store: Store = Store::builder().clock(clock.clone()).build().unwrap();
        let login = store.initiate().unwrap();
        let (shared, code) = (Arc::downgrade(&store.shared), login.login_code.clone());
        clock.at(reading, move || {
            let shared = shared.upgrade().unwrap();
            let tenant = shared.tenants.default.clone();
            Store { shared, tenant, paced: true, again: Duration::ZERO }.complete(&code, 1).unwrap();
        });
        let answer = pollster::block_on(store.wait(&login.polling_code, LONG));
        assert!(matches!(answer, Polled::Completed(1)), "{reading}");
        assert_eq!(store.shared.table.waiters.count(), 0, "{reading}");
    }
}

#[test]
fn nothing_is_kept_of_waiters_that_gave_up_once_the_session_is_over() {
    let store: Store = Store::builder().max_sessions(10).build().unwrap();
    let wait = |login: &crate::Initiated| {
        let answer = pollster::block_on(store.wait(&login.polling_code, Duration::from_millis(1)));
        assert!(matches!(answer, Polled::Pending { .. }));
    };
    let [completed, denied, cancelled] = [(); 3].map(|()| store.initiate().unwrap());
    let expiring = store.initiate_with(Login::new().ttl(Duration::from_secs(1000))).unwrap();
    for login in [&completed, &denied, &cancelled, &expiring] {
        wait(login);
        wait(login);
    }
    assert_eq!(store.shared.table.waiters.count(), 4);
    store.complete(&completed.login_code, 1).unwrap();
    store.deny(&denied.login_code).unwrap();
    store.cancel(&cancelled.polling_code).unwrap();
    store.sweep(store.now() + Duration::from_secs(1001));
    assert_eq!(store.shared.table.waiters.count(), 0);
}
