//! Waiting: what is kept of tasks that waited, wake-ups across reuse of a slot, and the end of a wait under any clock.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Clock, Initiated, LoginOptions, ManualClock, Polled, SessionStore};

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

/// Counts the wake-ups.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Whether the slot of a login keeps anything of a task that waited.
fn is_kept(store: &Store, login: &Initiated) -> bool {
    !store.shared.table.place(&login.polling_code.0).session.waiters().is_empty()
}

fn store_on_a_manual_clock() -> (Store, ManualClock) {
    let clock = ManualClock::new();
    (Store::builder().ttl(LONG).max_sessions(9).clock(clock.clone()).build().unwrap(), clock)
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
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(bell.clone());
        let mut wait = Box::pin(store.wait(&login.polling_code, LONG));
        let first = wait.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(matches!(first, Poll::Ready(Polled::Completed(1))), "{reading}: {first:?}");
        drop(wait);
        assert!(!is_kept(&store, &login), "{reading}");
    }
}

/// Each way for a wait to be over.
#[test]
fn nothing_is_kept_of_a_waiter_that_was_woken_gave_up_or_was_dropped() {
    type End = fn(&Store, &ManualClock, &Initiated);
    let ends: [(End, usize); 6] = [
        (|store, _, login| store.complete(&login.login_code, 1).unwrap(), 1),
        (|store, _, login| store.deny(&login.login_code).unwrap(), 1),
        (|store, _, login| store.cancel(&login.polling_code).unwrap(), 1),
        (|store, clock, _| (clock.advance(LONG), _ = store.sweep()).0, 1),
        (|store, clock, login| (clock.advance(LONG), drop(store.poll(&login.polling_code))).0, 1),
        (|_, _, _| {}, 0),
    ];
    for (at, (end, wakings)) in ends.into_iter().enumerate() {
        let (store, clock) = store_on_a_manual_clock();
        let login = store.initiate().unwrap();
        let bells = [(); 3].map(|()| Arc::new(Bell::default()));
        for bell in &bells {
            let waker = Waker::from(bell.clone());
            let mut wait = Box::pin(store.wait(&login.polling_code, LONG));
            assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert!(is_kept(&store, &login));
            drop(wait);
            assert!(!is_kept(&store, &login), "dropped");
        }
        let mut waits = [(); 3].map(|()| Box::pin(store.wait(&login.polling_code, LONG)));
        for (wait, bell) in waits.iter_mut().zip(&bells) {
            let waker = Waker::from(bell.clone());
            assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        end(&store, &clock, &login);
        for (bell, wait) in bells.iter().zip(&mut waits) {
            assert_eq!(bell.0.load(Ordering::SeqCst), wakings, "end {at}");
            let waker = Waker::from(bell.clone());
            assert_eq!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_ready(), wakings > 0, "end {at}");
        }
        drop(waits);
        assert!(!is_kept(&store, &login), "end {at}");
    }
}

#[test]
fn a_wait_that_another_task_polls_wakes_that_one() {
    let (store, _) = store_on_a_manual_clock();
    let login = store.initiate().unwrap();
    let mut wait = Box::pin(store.wait(&login.polling_code, LONG));
    let bells = [(); 2].map(|()| Arc::new(Bell::default()));
    for bell in &bells {
        let waker = Waker::from(bell.clone());
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    store.complete(&login.login_code, 1).unwrap();
    assert_eq!(bells.map(|bell| bell.0.load(Ordering::SeqCst)), [0, 1]);
}

#[test]
fn a_waker_that_panics_costs_the_other_waiters_nothing() {
    struct Broken;
    impl Wake for Broken {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics, on purpose");
        }
    }
    let (store, _) = store_on_a_manual_clock();
    let login = store.initiate().unwrap();
    let bells = [(); 2].map(|()| Arc::new(Bell::default()));
    let wakers = [bells[0].clone().into(), Waker::from(Arc::new(Broken)), bells[1].clone().into()];
    let mut waits = [(); 3].map(|()| Box::pin(store.wait(&login.polling_code, LONG)));
    for (wait, waker) in waits.iter_mut().zip(&wakers) {
        assert!(wait.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    }
    store.complete(&login.login_code, 1).unwrap();
    assert_eq!(bells.map(|bell| bell.0.load(Ordering::SeqCst)), [1, 1]);
    assert_eq!(store.stats().approved, 1);
}

#[test]
fn a_wait_ends_on_a_clock_that_stands_still() {
    let (store, _) = store_on_a_manual_clock();
    let login = store.initiate().unwrap();
    let answer = pollster::block_on(store.wait(&login.polling_code, Duration::from_millis(20)));
    assert!(matches!(answer, Polled::Pending { .. }));
}

/// The deadline is near in the store's time and never comes: the wait looks every now and then, and ends in real time.
#[test]
fn a_wait_ends_on_a_clock_that_stands_still_just_before_the_deadline() {
    let (store, clock) = store_on_a_manual_clock();
    let login = store.initiate().unwrap();
    clock.advance(LONG.saturating_sub(Duration::from_millis(1)));
    let answer = pollster::block_on(store.wait(&login.polling_code, Duration::from_millis(20)));
    assert!(matches!(answer, Polled::Pending { .. }));
}

/// A clock that runs far too fast, or backwards: each reading is a step from the last one.
struct Wild(AtomicUsize, fn(usize) -> usize);

impl Clock for Wild {
    fn now(&self) -> Duration {
        let next = |now| Some((self.1)(now));
        let now = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).unwrap_or_default();
        Duration::from_secs(now as u64)
    }
}

#[test]
fn a_wait_ends_under_any_clock() {
    let steps: [fn(usize) -> usize; 4] =
        [|now| now + 1, |now| now + 3600, |now| now.saturating_sub(1), |now| usize::MAX / 2 - now];
    for step in steps {
        let clock = Wild(AtomicUsize::new(1_000_000), step);
        let store: Store = Store::builder().ttl(LONG).max_sessions(9).clock(clock).build().unwrap();
        // By some of these clocks, a login cannot begin, or has expired when it begins.
        let Ok(login) = store.initiate() else { continue };
        let answer = pollster::block_on(store.wait(&login.polling_code, Duration::from_millis(20)));
        assert!(matches!(answer, Polled::Pending { .. } | Polled::Expired | Polled::Unknown), "{answer:?}");
    }
}

#[test]
fn a_wait_sees_its_session_go_although_the_slot_passes_to_another() {
    let store: Store = Store::builder().retention(Duration::ZERO).max_sessions(1).build().unwrap();
    let login = store.initiate().unwrap();
    let mut wait = pin!(store.wait(&login.polling_code, LONG));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    store.cancel(&login.polling_code).unwrap();
    let next = store.initiate().unwrap();
    assert_eq!(bell.0.load(Ordering::SeqCst), 1);
    assert!(matches!(wait.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Polled::Unknown)));
    assert!(matches!(store.poll(&next.polling_code), Polled::Pending { .. }));
}

/// A waker that does something when it is dropped: a caller's code, within the tidying of the list.
struct LastWill(Option<Interruption>);

impl LastWill {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(Self::clone, Self::free, |_| {}, Self::free);

    fn waker(act: Interruption) -> Waker {
        let will = Box::into_raw(Box::new(Mutex::new(Self(Some(act)))));
        // SAFETY: the functions of the table expect a pointer to such a mutex, and leak it.
        #[allow(unsafe_code)]
        unsafe {
            Waker::from_raw(RawWaker::new(will.cast_const().cast(), &Self::VTABLE))
        }
    }

    fn of(will: *const ()) -> &'static Mutex<Self> {
        // SAFETY: `waker` made it, and it is never freed.
        #[allow(unsafe_code)]
        unsafe {
            &*will.cast()
        }
    }

    fn clone(will: *const ()) -> RawWaker {
        RawWaker::new(will, &Self::VTABLE)
    }

    fn free(will: *const ()) {
        let act = Self::of(will).lock().0.take();
        if let Some(act) = act {
            act();
        }
    }
}

/// While one task leaves, the session ends and the slot passes to another: the tasks that stay are woken all the same.
#[test]
fn a_wait_is_woken_although_another_leaves_while_the_slot_passes_on() {
    let store: Store = Store::builder().retention(Duration::ZERO).max_sessions(1).build().unwrap();
    let login = store.initiate().unwrap();
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    let mut stays = pin!(store.wait(&login.polling_code, LONG));
    assert!(stays.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let (shared, code) = (Arc::downgrade(&store.shared), login.polling_code.clone());
    let will = LastWill::waker(Box::new(move || {
        let shared = shared.upgrade().unwrap();
        let tenant = shared.tenants.default.clone();
        let store = Store { shared, tenant, paced: true, again: Duration::ZERO };
        store.cancel(&code).unwrap();
        store.initiate().unwrap();
    }));
    let mut leaves = Box::pin(store.wait(&login.polling_code, LONG));
    assert!(leaves.as_mut().poll(&mut Context::from_waker(&will)).is_pending());
    // Its entry in the list is the first to be dropped.
    drop(leaves);
    drop(will);
    assert!(matches!(store.poll(&login.polling_code), Polled::Unknown), "it has ended, and the slot has passed on");
    assert_eq!(bell.0.load(Ordering::SeqCst), 1);
    assert!(matches!(stays.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Polled::Unknown)));
}

#[test]
fn logins_with_other_lifetimes_are_waited_for_like_any() {
    let (store, clock) = store_on_a_manual_clock();
    let login = store.initiate_with(LoginOptions::new().ttl(Duration::from_secs(1))).unwrap();
    let mut wait = pin!(store.wait(&login.polling_code, LONG));
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    clock.advance(Duration::from_secs(1));
    store.sweep();
    assert_eq!(bell.0.load(Ordering::SeqCst), 1);
    assert!(matches!(wait.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Polled::Expired)));
}

/// More tasks wait for one session than its list has places: the others look now and then. Places that are left are taken
/// again.
#[test]
fn the_list_of_waiters_is_bounded_and_those_beyond_it_look_again() {
    let (store, _) = store_on_a_manual_clock();
    let login = store.initiate().unwrap();
    let bells = [(); 100].map(|()| Arc::new(Bell::default()));
    let begin = |bell: &Arc<Bell>| {
        let mut wait = Box::pin(store.wait(&login.polling_code, LONG));
        let waker = Waker::from(bell.clone());
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        wait
    };
    for _ in 0..3 {
        let dropped: Vec<_> = bells.iter().map(begin).collect();
        drop(dropped);
        assert!(!is_kept(&store, &login));
    }
    let mut waits: Vec<_> = bells.iter().map(begin).collect();
    let woken = |bells: &[Arc<Bell>]| bells.iter().filter(|bell| bell.0.load(Ordering::SeqCst) > 0).count();
    // One on the list leaves, and another one takes its place.
    drop(waits.remove(0));
    waits.push(begin(&bells[0]));
    store.deny(&login.login_code).unwrap();
    let at_once: Vec<_> = bells[1..64].iter().chain([&bells[0]]).cloned().collect();
    assert_eq!(woken(&at_once), 64);
    for wait in waits {
        assert!(matches!(pollster::block_on(wait), Polled::Denied));
    }
    assert!(!is_kept(&store, &login));
}
