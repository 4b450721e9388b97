//! One slot under loom: interleavings of two or three threads that end, read, free and reuse one session.
//!
//! `RUSTFLAGS="--cfg counterfoil_loom" cargo test --release --lib loom`. Unless `LOOM_MAX_PREEMPTIONS` says otherwise, two
//! threads in one session are modelled in full; three, and two with the reuse of the slot, with at most two preemptions.
//!
//! Modelled: the word, the slot's fields, both cells, and all that [`Session`] and [`Hold`] do with them, under the
//! C11 model as loom has it (acquire and release; a load may be stale). A cell that is touched without a happens-before
//! edge fails the test, as does a grant that is never dropped ([`Track`]).
//!
//! Not modelled: time (each thread has a fixed reading of the clock), books and locks (the store's own verbs run under
//! loom in `store/loom.rs`), and the note of the last poll beyond its own word.

use loom::alloc::Track;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::delivery::Replay;

type Grant = Track<u32>;
type Both<'a> = Session<'a, Grant, Grant>;

const POLLING: Proof = Proof { a: 1, b: 2, c: 3 };
const LOGIN: Proof = Proof { a: 4, b: 5, c: 6 };
const NEXT: Proof = Proof { a: 7, b: 8, c: 9 };
const EARLY: u64 = 5;
const DEADLINE: u64 = 10;
const NEXT_DEADLINE: u64 = 20;
const ONCE: Rules = Rules { retention: std::time::Duration::from_millis(100), replay: std::time::Duration::ZERO };
const KEPT: Rules = Rules { replay: std::time::Duration::from_millis(50), ..ONCE };

struct Place {
    hot: Slot,
    cold: Cold<Grant, Grant>,
}

impl Place {
    fn session(&self) -> Both<'_> {
        Session::new(&self.hot, &self.cold)
    }
}

/// As the table's: what the words still own goes with them.
impl Drop for Place {
    fn drop(&mut self) {
        if let Some(view) = self.session().view_all() {
            drop((self.session().expire(&view), self.session().free()));
        }
    }
}

fn tick(raw: u64) -> Tick {
    Tick::from_raw(raw)
}

fn fresh(polling: Proof, login: Proof, deadline: u64) -> Fresh<Grant> {
    Fresh { polling, login, tenant: 0, deadline: tick(deadline), context: None, paced: true }
}

/// A pending session with a context.
fn pending() -> Arc<Place> {
    let place = Place { hot: Slot::zero(), cold: Cold::zero() };
    let context = Some(Track::new(0));
    place.session().begin(Fresh { context, ..fresh(POLLING, LOGIN, DEADLINE) });
    Arc::new(place)
}

/// A completed one, of grant 1.
fn completed() -> Arc<Place> {
    let place = pending();
    assert!(complete(place.session(), 1).is_ok());
    place
}

/// Checks `test` with every interleaving of its threads.
fn check_all(test: impl Fn() + Sync + Send + 'static) {
    loom::model(test);
}

/// Checks it with at most two preemptions, unless the environment asks for another number: a reused slot's fields can
/// each be read stale, which makes more interleavings than there is time for.
fn check(test: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(2));
    builder.check(test);
}

fn complete(session: Both<'_>, grant: u32) -> Result<(), Status> {
    let id = grant;
    let mut grant = Track::new(grant);
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Status::Unknown)?;
        assert_eq!(view.deadline.raw(), DEADLINE, "the deadline of another session");
        match view.status(tick(EARLY), ONCE) {
            Status::Pending => {}
            status => return Err(status),
        }
        let Some(hold) = session.reserve(&view) else { continue };
        match hold.publish(grant) {
            Ok(_) => return Ok(()),
            Err(back) => grant = back,
        }
        assert_eq!(*grant.get_ref(), id, "the caller's own grant comes back");
    }
}

fn deny(session: Both<'_>) -> Result<(), Status> {
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Status::Unknown)?;
        match view.status(tick(EARLY), ONCE) {
            Status::Pending => {}
            status => return Err(status),
        }
        if session.end(&view, State::Denied, tick(EARLY)).is_some() {
            return Ok(());
        }
    }
}

/// The grant's number, or why there is none.
fn poll(session: Both<'_>, rules: Rules, now: u64) -> Result<u32, Status> {
    let now = tick(now);
    loop {
        let view = session.view(Side::Polling, &POLLING, 0).ok_or(Status::Unknown)?;
        let status = view.status(now, rules);
        let hold = match status {
            Status::Pending => {
                session.pace(
                    view.word.generation(),
                    now,
                    std::time::Duration::from_millis(1),
                    std::time::Duration::ZERO,
                );
                return Err(status);
            }
            Status::Ready if rules.replay.is_zero() => {
                let Some(mut hold) = session.redeem(&view, false, now) else { continue };
                return Ok(*hold.take_grant().unwrap().get_ref());
            }
            Status::Ready => session.redeem(&view, true, now),
            Status::Replayable => session.hold(&view),
            status => return Err(status),
        };
        let Some(hold) = hold else { continue };
        let replay = Replay { window: rules.replay, clone: |grant: &Grant| Track::new(*grant.get_ref()) };
        return Ok(*hold.replay(&replay).unwrap().get_ref());
    }
}

/// What a sweep does at the deadline. Answers whether it was this that ended the session.
fn expire(session: Both<'_>) -> bool {
    loop {
        let Some(view) = session.view_all() else { return false };
        if !matches!(view.word.state(), Some(State::Pending | State::Completed)) {
            return false;
        }
        if session.expire(&view).is_some() {
            return true;
        }
    }
}

fn claim(session: Both<'_>) -> Result<u32, Option<Status>> {
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Some(Status::Unknown))?;
        match view.status(tick(EARLY), ONCE) {
            Status::Pending if !view.word.has(CONTEXT) => return Err(None),
            Status::Pending => {}
            status => return Err(Some(status)),
        }
        if let Some(mut hold) = session.claim_context(&view) {
            return Ok(*hold.take_context().unwrap().get_ref());
        }
    }
}

/// Runs `other` beside `this` on one place and answers what both got.
fn beside<A, B: 'static>(
    place: &Arc<Place>,
    other: impl FnOnce(Both<'_>) -> B + 'static,
    this: impl FnOnce(Both<'_>) -> A,
) -> (A, B) {
    let theirs = place.clone();
    let other = thread::spawn(move || other(theirs.session()));
    let got = this(place.session());
    (got, other.join().unwrap())
}

fn unpinned(place: &Place) -> View {
    let view = place.session().view_all().unwrap();
    assert!(!view.word.pinned());
    view
}

#[test]
fn complete_beside_complete() {
    check_all(|| {
        let place = pending();
        let (one, two) = beside(&place, |session| complete(session, 2), |session| complete(session, 1));
        let lost = |answer| matches!(answer, Err(Status::Ready));
        assert!(one.is_ok() && lost(two) || two.is_ok() && lost(one), "{one:?} {two:?}");
        unpinned(&place);
        assert_eq!(poll(place.session(), ONCE, EARLY), Ok(if one.is_ok() { 1 } else { 2 }));
    });
}

#[test]
fn complete_beside_deny() {
    check_all(|| {
        let place = pending();
        let (completed, denied) = beside(&place, deny, |session| complete(session, 1));
        match (completed, denied) {
            (Ok(()), Err(Status::Ready)) => {
                assert_eq!(poll(place.session(), ONCE, EARLY), Ok(1));
            }
            (Err(Status::Denied), Ok(())) => {
                assert_eq!(poll(place.session(), ONCE, EARLY), Err(Status::Denied));
                assert_eq!(unpinned(&place).ended, Some(tick(EARLY)), "the end is written down");
            }
            told => panic!("{told:?}"),
        }
        unpinned(&place);
    });
}

#[test]
fn complete_beside_deny_beside_poll() {
    check(|| {
        let place = pending();
        let theirs = place.clone();
        let other = thread::spawn(move || poll(theirs.session(), ONCE, EARLY));
        let (completed, denied) = beside(&place, deny, |session| complete(session, 1));
        let polled = other.join().unwrap();
        assert!(completed.is_ok() != denied.is_ok());
        let after = poll(place.session(), ONCE, EARLY);
        match polled {
            Ok(grant) => assert_eq!((grant, completed, after), (1, Ok(()), Err(Status::Redeemed))),
            Err(Status::Pending) if completed.is_ok() => assert_eq!(after, Ok(1)),
            Err(_) => assert_eq!(after.is_ok(), completed.is_ok()),
        }
        unpinned(&place);
    });
}

#[test]
fn poll_beside_poll_of_a_completed_session() {
    check_all(|| {
        let place = completed();
        let (one, two) = beside(&place, |s| poll(s, ONCE, EARLY), |s| poll(s, ONCE, EARLY));
        let used = Err(Status::Redeemed);
        assert!((one, two) == (Ok(1), used) || (one, two) == (used, Ok(1)), "{one:?} {two:?}");
        assert_eq!(unpinned(&place).ended, Some(tick(EARLY)));
    });
}

#[test]
fn poll_beside_poll_of_a_session_kept_for_replays() {
    check_all(|| {
        let place = completed();
        let (one, two) = beside(&place, |s| poll(s, KEPT, EARLY), |s| poll(s, KEPT, EARLY));
        assert_eq!((one, two), (Ok(1), Ok(1)));
        assert!(unpinned(&place).word.has(GRANT));
        assert_eq!(poll(place.session(), KEPT, EARLY + 50), Err(Status::Redeemed));
    });
}

#[test]
fn poll_beside_expiry() {
    check_all(|| {
        let place = completed();
        // The poller read its clock a moment before the deadline, the sweeper a moment after.
        let (polled, expired) = beside(&place, expire, |session| poll(session, ONCE, EARLY));
        assert_eq!(polled, if expired { Err(Status::Expired) } else { Ok(1) });
        assert!(!unpinned(&place).word.has(GRANT | CONTEXT));
    });
}

#[test]
fn complete_beside_expiry() {
    check_all(|| {
        let place = pending();
        let (completed, expired) = beside(&place, expire, |session| complete(session, 1));
        assert!(expired, "nothing else ends the session");
        assert!(matches!(completed, Ok(()) | Err(Status::Expired)), "{completed:?}");
        let view = unpinned(&place);
        assert_eq!((view.word.state(), view.word.has(GRANT | CONTEXT)), (Some(State::Expired), false));
    });
}

/// Expires the session, frees its slot, and begins another in it; as far as those that are busy with it allow.
fn reuse(session: Both<'_>) -> bool {
    expire(session);
    let free = session.free();
    if free.is_err() {
        return false;
    }
    drop(free);
    session.begin(Fresh { context: Some(Track::new(9)), ..fresh(NEXT, NEXT, NEXT_DEADLINE) });
    true
}

fn assert_untouched(place: &Place) {
    let view = unpinned(place);
    assert_eq!((view.word.generation(), view.word.state()), (2, Some(State::Pending)));
    assert_eq!((view.deadline.raw(), view.word.has(GRANT), view.word.has(CONTEXT)), (NEXT_DEADLINE, false, true));
}

#[test]
fn complete_beside_expiry_and_reuse_of_the_slot() {
    check(|| {
        let place = pending();
        let (completed, reused) = beside(&place, reuse, |session| complete(session, 1));
        assert!(matches!(completed, Ok(()) | Err(Status::Expired | Status::Unknown)), "{completed:?}");
        if reused {
            assert_untouched(&place);
        } else {
            assert_eq!(unpinned(&place).word.state(), Some(State::Expired));
        }
        assert_eq!(complete(place.session(), 2), Err(if reused { Status::Unknown } else { Status::Expired }));
    });
}

#[test]
fn deny_beside_expiry_and_reuse_of_the_slot() {
    check(|| {
        let place = pending();
        let (denied, reused) = beside(&place, reuse, deny);
        assert!(matches!(denied, Ok(()) | Err(Status::Expired | Status::Unknown)), "{denied:?}");
        if reused {
            assert_untouched(&place);
        }
    });
}

#[test]
fn poll_beside_expiry_and_reuse_of_the_slot() {
    check(|| {
        let place = completed();
        let (polled, reused) = beside(&place, reuse, |session| poll(session, ONCE, EARLY));
        assert!(matches!(polled, Ok(1) | Err(Status::Expired | Status::Unknown)), "{polled:?}");
        if reused {
            assert_untouched(&place);
        }
    });
}

#[test]
fn a_poll_of_a_pending_session_beside_its_reuse_notes_nothing_on_the_next() {
    check(|| {
        let place = pending();
        let (polled, reused) = beside(&place, reuse, |session| poll(session, ONCE, EARLY));
        assert!(matches!(polled, Err(Status::Pending | Status::Expired | Status::Unknown)), "{polled:?}");
        if reused {
            assert_untouched(&place);
            let first =
                place.session().pace(2, tick(EARLY), std::time::Duration::from_secs(9), std::time::Duration::ZERO);
            assert!(!first.too_soon, "the first poll of the next session");
        }
    });
}

#[test]
fn a_login_code_that_an_index_names_is_never_put_together_from_two() {
    check(|| {
        let place = pending();
        let (found, reused) =
            beside(&place, reuse, |session| session.login_proof().filter(|(view, _)| view.word.generation() == 1));
        assert!(found.is_none_or(|(_, proof)| (proof.a, proof.b, proof.c) == (LOGIN.a, LOGIN.b, LOGIN.c)));
        assert!(reused, "nobody was in its way");
    });
}

#[test]
fn claim_context_beside_complete() {
    check_all(|| {
        let place = pending();
        let (claimed, completed) = beside(&place, |session| complete(session, 1), claim);
        assert_eq!(completed, Ok(()));
        assert!(matches!(claimed, Ok(0) | Err(Some(Status::Ready))), "{claimed:?}");
        assert!(!unpinned(&place).word.has(CONTEXT));
        assert_eq!(poll(place.session(), ONCE, EARLY), Ok(1));
    });
}

#[test]
fn claim_context_beside_claim_context() {
    check_all(|| {
        let place = pending();
        let (one, two) = beside(&place, claim, claim);
        assert!((one, two) == (Ok(0), Err(None)) || (one, two) == (Err(None), Ok(0)), "{one:?} {two:?}");
        unpinned(&place);
    });
}

#[test]
fn claim_context_beside_expiry_and_reuse_of_the_slot() {
    check(|| {
        let place = pending();
        let (claimed, reused) = beside(&place, reuse, claim);
        assert!(matches!(claimed, Ok(0) | Err(Some(Status::Expired | Status::Unknown))), "{claimed:?}");
        if reused {
            assert_untouched(&place);
        }
    });
}

#[test]
fn a_replay_beside_the_wiping_of_its_grant() {
    check_all(|| {
        let place = completed();
        assert_eq!(poll(place.session(), KEPT, EARLY), Ok(1));
        let sweep = |session: Both<'_>| session.view_all().and_then(|view| session.wipe(&view)).is_some();
        let (polled, wiped) = beside(&place, sweep, |session| poll(session, KEPT, EARLY));
        assert!(matches!(polled, Ok(1) | Err(Status::Redeemed)), "{polled:?}");
        assert_eq!(unpinned(&place).word.has(GRANT), !wiped);
        assert!(wiped || polled == Ok(1), "only a reader keeps it from being wiped");
    });
}

#[test]
fn a_replay_beside_the_reuse_of_its_slot() {
    check(|| {
        let place = completed();
        assert_eq!(poll(place.session(), KEPT, EARLY), Ok(1));
        let (polled, reused) = beside(&place, reuse, |session| poll(session, KEPT, EARLY));
        assert!(matches!(polled, Ok(1) | Err(Status::Unknown)), "{polled:?}");
        if reused {
            assert_untouched(&place);
        }
    });
}
