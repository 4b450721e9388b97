//! One slot on its own, with what its threads do with it: the verbs, of fixed readings of the clock, for the tests under
//! loom.

use std::time::Duration;

use loom::alloc::Track;
use loom::sync::Arc;
use loom::thread;

use crate::State;
use crate::attempt::Attempt;
use crate::clock::Tick;
use crate::code::Proof;
use crate::memory::contain::Contained;
use crate::memory::shard::list::List;
use crate::memory::slot::zeroed::Zeroed;
use crate::memory::slot::{Cold, Fresh, Reserve, Rules, Session, Side, Slot, Status, View};
use crate::memory::word::{CONTEXT, GRANT};
use crate::pace::Pacing;

pub(super) type Grant = Track<u32>;
pub(super) type Both<'a> = Session<'a, Grant, Grant>;

pub(super) const POLLING: Proof = Proof { a: 1, b: 2, c: 3 };
pub(super) const LOGIN: Proof = Proof { a: 4, b: 5, c: 6 };
pub(super) const NEXT: Proof = Proof { a: 7, b: 8, c: 9 };
pub(super) const EARLY: u64 = 5;
pub(super) const DEADLINE: u64 = 10;
pub(super) const NEXT_DEADLINE: u64 = 20;
pub(super) const ONCE: Rules = Rules { retention: Duration::from_millis(100), replay: Duration::ZERO };
pub(super) const KEPT: Rules = Rules { replay: Duration::from_millis(50), ..ONCE };
pub(super) const PACING: Pacing = Pacing::new(Duration::from_millis(1));

pub(super) struct Place {
    pub(super) hot: Slot,
    pub(super) cold: Cold<Grant, Grant>,
    pub(super) list: List,
}

impl Place {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self { hot: Slot::zero(), cold: Cold::zero(), list: List::new() }
    }

    pub(super) fn session(&self) -> Both<'_> {
        Session::new(&self.hot, &self.cold)
    }
}

/// As the table's: what the words still own goes with them.
impl Drop for Place {
    fn drop(&mut self) {
        if let Some(view) = self.session().view_all() {
            if view.word.is_live() {
                drop(self.session().expire(&view));
            }
            drop(self.session().free());
        }
    }
}

pub(super) fn tick(raw: u64) -> Tick {
    Tick::from_raw(raw)
}

pub(super) fn fresh(polling: Proof, login: Proof, deadline: u64) -> Fresh<Grant> {
    Fresh { polling, login, tenant: 0, deadline: tick(deadline), context: Contained(None), paced: true, extra: None }
}

/// A pending session with a context.
pub(super) fn pending() -> Arc<Place> {
    let place = Place::new();
    let context = Contained(Some(Track::new(0)));
    place.session().begin(Fresh { context, ..fresh(POLLING, LOGIN, DEADLINE) });
    Arc::new(place)
}

/// A completed one, of grant 1.
pub(super) fn completed() -> Arc<Place> {
    let place = pending();
    assert!(complete(&place, 1).is_ok());
    place
}

/// `Err(None)`: another completion is under way.
pub(super) fn complete(place: &Place, grant: u32) -> Result<(), Option<Status>> {
    let (id, session) = (grant, place.session());
    let mut grant = Track::new(grant);
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Status::Unknown)?;
        assert_eq!(view.deadline.raw(), DEADLINE, "the deadline of another session");
        match view.status(tick(EARLY), ONCE) {
            Status::Pending => {}
            status => return Err(Some(status)),
        }
        match session.reserve(&view) {
            Reserve::Held(hold) => match hold.publish(grant, None) {
                Ok(_) => return Ok(()),
                Err(back) => grant = back,
            },
            Reserve::Taken => return Err(None),
            Reserve::Changed => {}
        }
        assert_eq!(*grant.get_ref(), id, "the caller's own grant comes back");
    }
}

pub(super) fn deny(place: &Place) -> Result<(), Status> {
    let session = place.session();
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Status::Unknown)?;
        match view.status(tick(EARLY), ONCE) {
            Status::Pending => {}
            status => return Err(status),
        }
        let ending = place.list.announce();
        if let Some(left) = session.end(&view, State::Denied, tick(EARLY)) {
            ending.list(0, session.link());
            drop(left);
            return Ok(());
        }
    }
}

/// The grant's number, or why there is none.
pub(super) fn poll(place: &Place, rules: Rules, now: u64) -> Result<u32, Status> {
    let (session, now) = (place.session(), tick(now));
    loop {
        let view = session.view(Side::Polling, &POLLING, 0).ok_or(Status::Unknown)?;
        let status = view.status(now, rules);
        let hold = match status {
            Status::Pending => {
                session.pace(view.word.generation(), now, PACING);
                return Err(status);
            }
            Status::Ready if rules.replay.is_zero() => {
                let ending = place.list.announce();
                let Some(mut left) = session.end(&view, State::Redeemed, now) else { continue };
                ending.list(0, session.link());
                return Ok(*left.grant.take().unwrap().get_ref());
            }
            Status::Ready => {
                let ending = place.list.announce();
                let hold = session.end_kept(&view, None, now);
                if hold.is_some() {
                    ending.list(0, session.link());
                }
                hold
            }
            Status::Replayable => session.hold(&view),
            status => return Err(status),
        };
        let Some(hold) = hold else { continue };
        return Ok(*hold.replay(again).unwrap().get_ref());
    }
}

/// `Track` cannot be cloned, and a replay need not clone: it makes a new grant from the one in place.
pub(super) fn again(grant: &Grant) -> Grant {
    Track::new(*grant.get_ref())
}

/// Polls as an attempt. `Err(None)`: which attempt has redeemed the session is being written down.
pub(super) fn attempt(place: &Place, attempt: Attempt) -> Result<u32, Option<Status>> {
    let (session, now) = (place.session(), tick(EARLY));
    loop {
        let view = session.view(Side::Polling, &POLLING, 0).ok_or(Status::Unknown)?;
        let hold = match view.status(now, KEPT) {
            Status::Ready => {
                let ending = place.list.announce();
                let hold = session.end_kept(&view, Some(attempt), now);
                if hold.is_some() {
                    ending.list(0, session.link());
                }
                hold
            }
            Status::Replayable if view.is_unstamped() => return Err(None),
            Status::Replayable => {
                let hold = session.hold(&view);
                if hold.is_some() && !session.is_attempt(attempt) {
                    return Err(Some(Status::Redeemed));
                }
                hold
            }
            status => return Err(Some(status)),
        };
        if let Some(hold) = hold {
            return Ok(*hold.replay(again).unwrap().get_ref());
        }
    }
}

/// What a sweep does at the deadline. Returns whether it was this that ended the session.
pub(super) fn expire(place: &Place) -> bool {
    loop {
        let Some(view) = place.session().view_all() else { return false };
        if !view.word.is_live() {
            return false;
        }
        if place.session().expire(&view).is_some() {
            return true;
        }
    }
}

pub(super) fn claim(place: &Place) -> Result<u32, Option<Status>> {
    let session = place.session();
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Some(Status::Unknown))?;
        match view.status(tick(EARLY), ONCE) {
            Status::Pending if !view.word.has(CONTEXT) => return Err(None),
            Status::Pending => {}
            status => return Err(Some(status)),
        }
        if let Some(mut hold) = session.claim_context(&view) {
            return Ok(*hold.take_context().or_else(|| hold.copy_context(copy)).unwrap().get_ref());
        }
    }
}

/// Looks at the context, with a clone that is tracked as a value of its own.
pub(super) fn look_at_context(place: &Place) -> Result<u32, Option<Status>> {
    let session = place.session();
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Some(Status::Unknown))?;
        match view.status(tick(EARLY), ONCE) {
            Status::Pending if !view.word.has(CONTEXT) => return Err(None),
            Status::Pending => {}
            status => return Err(Some(status)),
        }
        if let Some(hold) = session.read_context(&view) {
            return Ok(*hold.copy_context(copy).unwrap().get_ref());
        }
    }
}

fn copy(value: &Grant) -> Grant {
    Track::new(*value.get_ref())
}

/// Runs `other` beside `this` on one place and returns what both got.
pub(super) fn beside<A, B: 'static>(
    place: &Arc<Place>,
    other: impl FnOnce(&Place) -> B + 'static,
    this: impl FnOnce(&Place) -> A,
) -> (A, B) {
    let theirs = place.clone();
    let other = thread::spawn(move || other(&theirs));
    let got = this(place);
    (got, other.join().unwrap())
}

pub(super) fn unpinned(place: &Place) -> View {
    let view = place.session().view_all().unwrap();
    assert!(!view.word.pinned() && !place.list.is_announced());
    view
}

/// Ends the session by its deadline and begins another in the slot; as far as the threads that are busy with it allow,
/// and, if it was ended otherwise, that thread has listed it.
pub(super) fn reuse(place: &Place) -> bool {
    let session = place.session();
    let expired = expire(place) || session.view_all().is_some_and(|view| view.word.state() == Some(State::Expired));
    if !expired && place.list.take().is_none() {
        return false;
    }
    let free = session.free();
    if free.is_err() {
        return false;
    }
    drop(free);
    session.begin(Fresh { context: Contained(Some(Track::new(9))), ..fresh(NEXT, NEXT, NEXT_DEADLINE) });
    true
}

pub(super) fn assert_untouched(place: &Place) {
    let view = unpinned(place);
    assert_eq!((view.word.generation(), view.word.state()), (2, Some(State::Pending)));
    assert_eq!((view.deadline.raw(), view.word.has(GRANT), view.word.has(CONTEXT)), (NEXT_DEADLINE, false, true));
}
