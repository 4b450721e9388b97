//! Waiting under loom: no wake-up is missed, and nothing is kept of a task that has left.

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicBool as StdAtomicBool, Ordering as StdOrdering};
use std::task::{Wake, Waker};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::explore::explore;
use crate::memory::slot::Side;
use crate::memory::slot::waiters::Waiters;
use crate::{ManualClock, SessionStore};

/// A waker that notes that it was used.
#[derive(Default)]
struct Bell(StdAtomicBool);

impl Wake for Bell {
    fn wake(self: StdArc<Self>) {
        self.0.store(true, StdOrdering::Relaxed);
    }
}

/// A session: settled or not, and its waiters.
#[derive(Default)]
struct Shared {
    settled: AtomicBool,
    waiters: Waiters,
}

fn settle(shared: &Shared) {
    // ORDERING: as the word's swap.
    shared.settled.swap(true, Ordering::AcqRel);
    drop(shared.waiters.take());
}

#[test]
fn a_task_that_joins_beside_the_end_sees_it_or_is_woken() {
    explore(None, &["saw it", "was woken"], || {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let other = thread::spawn(move || settle(&theirs));
        let bell = StdArc::new(Bell::default());
        let ticket = shared.waiters.add(&Waker::from(bell.clone()));
        let saw_it = shared.settled.load(Ordering::Acquire);
        other.join().unwrap();
        let woken = bell.0.load(StdOrdering::Relaxed);
        assert_eq!(woken, ticket.is_woken());
        assert!(saw_it || woken, "a wake-up was missed");
        drop(shared.waiters.take());
        if saw_it { "saw it" } else { "was woken" }.to_owned()
    });
}

/// One task leaves and tidies up, which takes the list apart for a moment; another one stays.
#[test]
fn a_task_that_leaves_beside_the_end_costs_the_others_no_waking() {
    explore(3, &["woken"], || {
        let shared = Arc::new(Shared::default());
        let bells = [(); 2].map(|()| StdArc::new(Bell::default()));
        let [stays, leaves] = [&bells[0], &bells[1]].map(|bell| shared.waiters.add(&Waker::from(bell.clone())));
        let theirs = shared.clone();
        let other = thread::spawn(move || settle(&theirs));
        leaves.leave();
        shared.waiters.tidy();
        if shared.settled.load(Ordering::Acquire) {
            drop(shared.waiters.take());
        }
        other.join().unwrap();
        assert!(stays.is_woken(), "a wake-up was missed");
        "woken".to_owned()
    });
}

/// The same in a store whose slot may hold its next session before the task that leaves is done.
#[test]
fn a_task_that_leaves_while_the_slot_passes_on_costs_the_others_no_waking() {
    explore(3, &["woken"], || {
        let builder = SessionStore::<u32>::builder().retention(std::time::Duration::ZERO).max_sessions(1);
        let store = builder.clock(ManualClock::new()).build().unwrap();
        let login = store.initiate().unwrap();
        let session = store.shared.table.place(&login.polling_code.0).session;
        let bells = [(); 2].map(|()| StdArc::new(Bell::default()));
        let [stays, leaves] =
            [&bells[0], &bells[1]].map(|bell| session.join_waiters(&Waker::from(bell.clone())).unwrap());
        assert!(session.watch(&session.view(Side::Polling, &login.polling_code.0.proof, 0).unwrap()));
        let (theirs, codes) = (store.clone(), login.clone());
        let other = thread::spawn(move || {
            theirs.cancel(&codes.polling_code).unwrap();
            theirs.initiate().unwrap();
        });
        session.leave_waiters(&leaves);
        other.join().unwrap();
        assert!(stays.is_woken(), "a wake-up was missed");
        "woken".to_owned()
    });
}
