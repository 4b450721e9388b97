//! One slot under loom: interleavings of two or three threads that end, list, read, free and reuse one session.
//!
//! `RUSTFLAGS="--cfg counterfoil_loom" cargo test --release --lib loom`. Unless `LOOM_MAX_PREEMPTIONS` says otherwise, two
//! threads in one session are modelled in full; three, and two with the reuse of the slot, with at most two preemptions.
//!
//! Modelled: the word, the slot's fields, both cells, the list of ended sessions, and all that [`Session`] and the guards
//! do with them, under the C11 model as loom has it (acquire and release; a load may be stale). A cell that is touched
//! without a happens-before edge fails the test, as does a grant that is never dropped ([`Track`]).
//!
//! Not modelled: time (each thread has a fixed reading of the clock), books and locks (the store's own verbs run under
//! loom in `loom_store.rs`), and the note of the last poll beyond its own word.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::explore::explore;
use super::loom_place::{
    EARLY, Grant, KEPT, LOGIN, ONCE, PACING, Place, assert_untouched, attempt, beside, claim, complete, completed,
    deny, expire, look_at_context, pending, poll, reuse, tick, unpinned,
};
use crate::State;
use crate::attempt::Attempt;
use crate::memory::shard::list::List;
use crate::memory::slot::{Hold, Status};
use crate::memory::word::{CONTEXT, GRANT, READING};
use crate::pace::Pacing;

#[test]
fn an_attempt_beside_its_repetition() {
    explore(None, &["Err(None) Ok(1)", "Ok(1) Err(None)", "Ok(1) Ok(1)"], || {
        let place = completed();
        let mine = Attempt::new([7; 16]);
        let (one, two) = beside(&place, move |p| attempt(p, mine), |p| attempt(p, mine));
        unpinned(&place);
        assert_eq!(attempt(&place, mine), Ok(1));
        assert_eq!((place.list.take(), place.list.take()), (Some(0), None), "listed once");
        format!("{one:?} {two:?}")
    });
}

#[test]
fn an_attempt_beside_another() {
    let expected = ["Err(None) Ok(1)", "Err(Some(Redeemed)) Ok(1)", "Ok(1) Err(None)", "Ok(1) Err(Some(Redeemed))"];
    explore(None, &expected, || {
        let place = completed();
        let [mine, theirs] = [[7; 16], [8; 16]].map(Attempt::new);
        let (one, two) = beside(&place, move |p| attempt(p, theirs), |p| attempt(p, mine));
        let (winner, loser) = if one.is_ok() { (mine, theirs) } else { (theirs, mine) };
        assert_eq!((attempt(&place, winner), attempt(&place, loser)), (Ok(1), Err(Some(Status::Redeemed))));
        format!("{one:?} {two:?}")
    });
}

#[test]
fn complete_beside_complete() {
    let expected = ["Ok(()) Err(None)", "Ok(()) Err(Some(Ready))", "Err(None) Ok(())", "Err(Some(Ready)) Ok(())"];
    explore(None, &expected, || {
        let place = pending();
        let (one, two) = beside(&place, |place| complete(place, 2), |place| complete(place, 1));
        unpinned(&place);
        assert_eq!(poll(&place, ONCE, EARLY), Ok(if one.is_ok() { 1 } else { 2 }));
        format!("{one:?} {two:?}")
    });
}

#[test]
fn complete_beside_deny() {
    explore(None, &["Ok(()) Err(Ready)", "Err(Some(Denied)) Ok(())"], || {
        let place = pending();
        let (completed, denied) = beside(&place, deny, |place| complete(place, 1));
        let view = unpinned(&place);
        if completed.is_ok() {
            assert_eq!(poll(&place, ONCE, EARLY), Ok(1));
        } else {
            assert_eq!(poll(&place, ONCE, EARLY), Err(Status::Denied));
            assert_eq!(view.ended(tick(9)), tick(EARLY), "the end is written down");
        }
        assert_eq!(place.list.take(), Some(0));
        format!("{completed:?} {denied:?}")
    });
}

#[test]
fn complete_beside_deny_beside_poll() {
    let expected = ["approved: Err(Pending)", "approved: Ok(1)", "denied: Err(Denied)", "denied: Err(Pending)"];
    explore(2, &expected, || {
        let place = pending();
        let theirs = place.clone();
        let other = thread::spawn(move || poll(&theirs, ONCE, EARLY));
        let (completed, denied) = beside(&place, deny, |place| complete(place, 1));
        let polled = other.join().unwrap();
        assert!(completed.is_ok() != denied.is_ok());
        let after = poll(&place, ONCE, EARLY);
        match polled {
            Ok(grant) => assert_eq!((grant, completed, after), (1, Ok(()), Err(Status::Redeemed))),
            Err(Status::Pending) if completed.is_ok() => assert_eq!(after, Ok(1)),
            Err(_) => assert_eq!(after.is_ok(), completed.is_ok()),
        }
        unpinned(&place);
        format!("{}: {polled:?}", if completed.is_ok() { "approved" } else { "denied" })
    });
}

#[test]
fn poll_beside_poll_of_a_completed_session() {
    explore(None, &["Ok(1) Err(Redeemed)", "Err(Redeemed) Ok(1)"], || {
        let place = completed();
        let (one, two) = beside(&place, |p| poll(p, ONCE, EARLY), |p| poll(p, ONCE, EARLY));
        assert_eq!(unpinned(&place).ended(tick(9)), tick(EARLY));
        assert_eq!((place.list.take(), place.list.take()), (Some(0), None), "listed once");
        format!("{one:?} {two:?}")
    });
}

#[test]
fn poll_beside_poll_of_a_session_kept_for_replays() {
    explore(None, &["Ok(1) Ok(1)"], || {
        let place = completed();
        let (one, two) = beside(&place, |p| poll(p, KEPT, EARLY), |p| poll(p, KEPT, EARLY));
        assert!(unpinned(&place).word.has(GRANT));
        assert_eq!(poll(&place, KEPT, EARLY + 50), Err(Status::Redeemed));
        format!("{one:?} {two:?}")
    });
}

#[test]
fn poll_beside_expiry() {
    explore(None, &["Err(Expired) true", "Ok(1) false"], || {
        let place = completed();
        // The poller read its clock a moment before the deadline, the sweeper a moment after.
        let (polled, expired) = beside(&place, expire, |place| poll(place, ONCE, EARLY));
        assert!(!unpinned(&place).word.has(GRANT | CONTEXT));
        format!("{polled:?} {expired}")
    });
}

#[test]
fn complete_beside_expiry() {
    explore(None, &["Err(Some(Expired))", "Ok(())"], || {
        let place = pending();
        let (completed, expired) = beside(&place, expire, |place| complete(place, 1));
        assert!(expired, "nothing else ends the session");
        let view = unpinned(&place);
        assert_eq!((view.word.state(), view.word.has(GRANT | CONTEXT)), (Some(State::Expired), false));
        format!("{completed:?}")
    });
}

#[test]
fn complete_beside_expiry_and_reuse_of_the_slot() {
    let expected = [
        "Err(Some(Expired)) false",
        "Err(Some(Expired)) true",
        "Err(Some(Unknown)) true",
        "Ok(()) false",
        "Ok(()) true",
    ];
    explore(2, &expected, || {
        let place = pending();
        let (completed, reused) = beside(&place, reuse, |place| complete(place, 1));
        if reused {
            assert_untouched(&place);
        } else {
            assert_eq!(unpinned(&place).word.state(), Some(State::Expired));
        }
        let after = if reused { Status::Unknown } else { Status::Expired };
        assert_eq!(complete(&place, 2), Err(Some(after)));
        format!("{completed:?} {reused}")
    });
}

#[test]
fn deny_beside_expiry_and_reuse_of_the_slot() {
    let expected = ["Err(Expired) true", "Err(Unknown) true", "Ok(()) false", "Ok(()) true"];
    explore(2, &expected, || {
        let place = pending();
        let (denied, reused) = beside(&place, reuse, deny);
        if reused {
            assert_untouched(&place);
        }
        // What was denied and is not listed yet is not given away.
        format!("{denied:?} {reused}")
    });
}

#[test]
fn poll_beside_expiry_and_reuse_of_the_slot() {
    let expected = ["Err(Expired) true", "Err(Unknown) true", "Ok(1) false", "Ok(1) true"];
    explore(2, &expected, || {
        let place = completed();
        let (polled, reused) = beside(&place, reuse, |place| poll(place, ONCE, EARLY));
        if reused {
            assert_untouched(&place);
        }
        format!("{polled:?} {reused}")
    });
}

#[test]
fn a_poll_of_a_pending_session_beside_its_reuse_notes_nothing_on_the_next() {
    explore(2, &["Err(Expired) true", "Err(Pending) true", "Err(Unknown) true"], || {
        let place = pending();
        let (polled, reused) = beside(&place, reuse, |place| poll(place, ONCE, EARLY));
        if reused {
            assert_untouched(&place);
            let pacing = Pacing { interval: Duration::from_secs(9), ..PACING };
            assert!(!place.session().pace(2, tick(EARLY), pacing).too_soon, "the first poll of the next session");
        }
        format!("{polled:?} {reused}")
    });
}

#[test]
fn a_login_code_that_an_index_names_is_never_put_together_from_two() {
    explore(2, &["found true", "gone true"], || {
        let place = pending();
        let (found, reused) = beside(&place, reuse, |place| {
            place.session().login_proof().filter(|(view, _)| view.word.generation() == 1)
        });
        assert!(found.is_none_or(|(_, proof)| (proof.a, proof.b, proof.c) == (LOGIN.a, LOGIN.b, LOGIN.c)));
        format!("{} {reused}", if found.is_some() { "found" } else { "gone" })
    });
}

#[test]
fn claim_context_beside_complete() {
    explore(None, &["Err(Some(Ready))", "Ok(0)"], || {
        let place = pending();
        let (claimed, completed) = beside(&place, |place| complete(place, 1), claim);
        assert_eq!(completed, Ok(()));
        assert!(!unpinned(&place).word.has(CONTEXT));
        assert_eq!(poll(&place, ONCE, EARLY), Ok(1));
        format!("{claimed:?}")
    });
}

#[test]
fn claim_context_beside_claim_context() {
    explore(None, &["Err(None) Ok(0)", "Ok(0) Err(None)"], || {
        let place = pending();
        let (one, two) = beside(&place, claim, claim);
        unpinned(&place);
        format!("{one:?} {two:?}")
    });
}

#[test]
fn claim_context_beside_expiry_and_reuse_of_the_slot() {
    let expected = ["Err(Some(Expired)) true", "Err(Some(Unknown)) true", "Ok(0) false", "Ok(0) true"];
    explore(2, &expected, || {
        let place = pending();
        let (claimed, reused) = beside(&place, reuse, claim);
        if reused {
            assert_untouched(&place);
        }
        format!("{claimed:?} {reused}")
    });
}

#[test]
fn a_look_at_the_context_beside_complete() {
    explore(None, &["Err(Some(Ready))", "Ok(0)"], || {
        let place = pending();
        let (looked, completed) = beside(&place, |place| complete(place, 1), look_at_context);
        assert_eq!(completed, Ok(()));
        assert!(!unpinned(&place).word.has(CONTEXT | READING));
        assert_eq!(poll(&place, ONCE, EARLY), Ok(1));
        format!("{looked:?}")
    });
}

#[test]
fn a_look_at_the_context_beside_deny() {
    explore(None, &["Err(Some(Denied))", "Ok(0)"], || {
        let place = pending();
        let (looked, denied) = beside(&place, deny, look_at_context);
        assert_eq!(denied, Ok(()));
        assert!(!unpinned(&place).word.has(CONTEXT | READING));
        format!("{looked:?}")
    });
}

#[test]
fn a_look_at_the_context_beside_claim_context() {
    explore(None, &["Err(None) Ok(0)", "Ok(0) Ok(0)"], || {
        let place = pending();
        let (looked, claimed) = beside(&place, claim, look_at_context);
        assert!(!unpinned(&place).word.has(CONTEXT | READING));
        format!("{looked:?} {claimed:?}")
    });
}

#[test]
fn two_looks_at_the_context_beside_claim_context() {
    explore(2, &["Err(None) Err(None)", "Err(None) Ok(0)", "Ok(0) Err(None)", "Ok(0) Ok(0)"], || {
        let place = pending();
        let theirs = place.clone();
        let other = thread::spawn(move || look_at_context(&theirs));
        let (claimed, looked) = beside(&place, look_at_context, claim);
        assert_eq!(claimed, Ok(0));
        let other = other.join().unwrap();
        assert!(!unpinned(&place).word.has(CONTEXT | READING));
        format!("{looked:?} {other:?}")
    });
}

#[test]
fn a_look_at_the_context_beside_complete_beside_claim_context() {
    explore(
        2,
        &["Err(None) true", "Err(Some(Ready)) false", "Err(Some(Ready)) true", "Ok(0) false", "Ok(0) true"],
        || {
            let place = pending();
            let theirs = place.clone();
            let other = thread::spawn(move || look_at_context(&theirs));
            let (claimed, completed) = beside(&place, |place| complete(place, 1), claim);
            assert_eq!(completed, Ok(()));
            let looked = other.join().unwrap();
            assert!(!unpinned(&place).word.has(CONTEXT | READING));
            format!("{looked:?} {}", claimed.is_ok())
        },
    );
}

#[test]
fn a_look_at_the_context_beside_expiry_and_reuse_of_the_slot() {
    let expected = ["Err(Some(Expired)) true", "Err(Some(Unknown)) true", "Ok(0) false", "Ok(0) true"];
    explore(2, &expected, || {
        let place = pending();
        let (looked, reused) = beside(&place, reuse, look_at_context);
        if reused {
            assert_untouched(&place);
        }
        format!("{looked:?} {reused}")
    });
}

fn close<'a>(place: &'a Place) -> Option<Hold<'a, Grant, Grant>> {
    loop {
        let view = place.session().view_all()?;
        if let Some(hold) = place.session().close(&view) {
            return Some(hold);
        }
    }
}

/// Closing a window always succeeds; the grant goes with the closing thread, or with the last reader.
#[test]
fn a_replay_beside_the_closing_of_its_window() {
    explore(None, &["Err(Redeemed)", "Ok(1)"], || {
        let place = completed();
        assert_eq!(poll(&place, KEPT, EARLY), Ok(1));
        let (polled, ()) = beside(&place, |place| drop(close(place).unwrap()), |place| poll(place, KEPT, EARLY));
        assert!(!unpinned(&place).word.has(GRANT), "gone in any case");
        assert_eq!(poll(&place, KEPT, EARLY), Err(Status::Redeemed), "nothing reopens it");
        format!("{polled:?}")
    });
}

#[test]
fn a_replay_beside_the_reuse_of_its_slot() {
    explore(2, &["Err(Unknown) true", "Ok(1) false", "Ok(1) true"], || {
        let place = completed();
        assert_eq!(poll(&place, KEPT, EARLY), Ok(1));
        let (polled, reused) = beside(&place, reuse, |place| poll(place, KEPT, EARLY));
        if reused {
            assert_untouched(&place);
        }
        format!("{polled:?} {reused}")
    });
}

/// Three threads push on one list while a fourth takes it: each slot comes back once.
#[test]
fn pushes_beside_a_taking() {
    use loom::sync::atomic::{AtomicU32, Ordering};

    use crate::memory::shard::list;

    fn taken(list: &List, links: &[AtomicU32]) -> Vec<u32> {
        let mut slots = Vec::new();
        let mut next = list.take();
        while let Some(slot) = next {
            slots.push(slot);
            next = list::slot(links[slot as usize].load(Ordering::Relaxed).into());
        }
        slots
    }

    explore(3, &["[] [1, 0]", "[] [0, 1]", "[0] [1]", "[0, 1] []", "[1] [0]", "[1, 0] []"], || {
        let shared = Arc::new((List::new(), [AtomicU32::new(0), AtomicU32::new(0)]));
        let push = |slot: u32| {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.0.announce().list(slot, &shared.1[slot as usize]);
            })
        };
        let threads = [push(0), push(1)];
        let first = taken(&shared.0, &shared.1);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(!shared.0.is_announced());
        format!("{first:?} {:?}", taken(&shared.0, &shared.1))
    });
}

/// A thread that sees the session ended finds its slot listed, or announced.
#[test]
fn an_ending_that_shows_is_listed_or_announced() {
    explore(None, &["pending", "denied: announced", "denied: listed"], || {
        let place = pending();
        let look = |place: &Place| {
            let view = place.session().view_all().unwrap();
            match view.word.state() {
                Some(State::Pending) => "pending",
                _ if place.list.is_announced() => "denied: announced",
                _ => {
                    assert!(!place.list.is_empty());
                    "denied: listed"
                }
            }
        };
        let (denied, seen) = beside(&place, look, deny);
        assert_eq!(denied, Ok(()));
        seen.to_owned()
    });
}
