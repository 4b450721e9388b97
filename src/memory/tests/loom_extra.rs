//! What only some sessions have, under loom: details that are read while the slot is reused, a proof that is written while
//! the session ends, a claim that is given back once. What is modelled is said in `loom_slot.rs`.

use loom::alloc::Track;
use loom::sync::Arc;

use super::explore::explore;
use super::loom_place::{
    DEADLINE, EARLY, Grant, LOGIN, ONCE, POLLING, Place, beside, deny, expire, fresh, reuse, tick, unpinned,
};
use crate::binding::Binding;
use crate::details::Details;
use crate::memory::slot::{Extra, Fresh, Reserve, Side, Status};
use crate::memory::sources::Sources;
use crate::memory::word::PROVEN;
use crate::source::Source;

fn details() -> Details {
    Details::new().scope("read").hand_back("http://127.0.0.1:1/")
}

fn proof() -> Binding {
    Binding::new([7; 32])
}

/// A pending session with details.
fn pending(sources: Option<&Sources>) -> Arc<Place> {
    let place = Place::new();
    let claim = sources.and_then(|sources| sources.admit(Source::UNKNOWN).ok());
    let extra = Extra::new(tick(EARLY), Some(Box::new(details())), None, claim);
    place.session().begin(Fresh { extra: Some(Box::new(extra)), ..fresh(POLLING, LOGIN, DEADLINE) });
    Arc::new(place)
}

/// What a page reads: the scope, or why there is none.
fn inspect(place: &Place) -> Result<Option<Box<str>>, Status> {
    let session = place.session();
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Status::Unknown)?;
        let Some(hold) = session.hold(&view) else { continue };
        return Ok(hold.look_at_extra(view.word, |extra| extra.details.as_ref()?.scope.clone()).flatten());
    }
}

/// Completes with a proof.
fn complete(place: &Place) -> Result<(), Option<Status>> {
    let (session, mut grant): (_, Grant) = (place.session(), Track::new(1));
    loop {
        let view = session.view(Side::Login, &LOGIN, 0).ok_or(Status::Unknown)?;
        match view.status(tick(EARLY), ONCE) {
            Status::Pending => {}
            status => return Err(Some(status)),
        }
        match session.reserve(&view) {
            Reserve::Held(hold) => match hold.publish(grant, Some(&proof())) {
                Ok(_) => return Ok(()),
                Err(back) => grant = back,
            },
            Reserve::Taken => return Err(None),
            Reserve::Changed => {}
        }
    }
}

/// Whether a poll finds the session completed, and then what proof it has to carry.
fn knock(place: &Place) -> Option<bool> {
    let session = place.session();
    loop {
        let view = session.view(Side::Polling, &POLLING, 0)?;
        if view.status(tick(EARLY), ONCE) != Status::Ready {
            return None;
        }
        assert!(view.word.has(PROVEN), "it was completed with its proof, or not at all");
        let Some(hold) = session.hold(&view) else { continue };
        return hold.look_at_extra(view.word, |extra| extra.proof() == proof());
    }
}

#[test]
fn a_page_beside_the_reuse_of_the_slot() {
    let expected = ["Err(Unknown) true", "Ok(Some(\"read\")) false", "Ok(Some(\"read\")) true"];
    explore(2, &expected, || {
        let place = pending(None);
        let (shown, reused) = beside(&place, reuse, inspect);
        format!("{shown:?} {reused}")
    });
}

#[test]
fn two_pages_beside_an_expiry() {
    explore(2, &["Ok(Some(\"read\")) Ok(Some(\"read\"))"], || {
        let place = pending(None);
        let theirs = place.clone();
        let other = loom::thread::spawn(move || inspect(&theirs));
        let (one, _) = beside(&place, expire, inspect);
        let two = other.join().unwrap();
        unpinned(&place);
        format!("{one:?} {two:?}")
    });
}

#[test]
fn a_completion_with_a_proof_beside_a_denial() {
    explore(None, &["Err(Some(Denied)) Ok(())", "Ok(()) Err(Ready)"], || {
        let place = pending(None);
        let (completed, denied) = beside(&place, deny, complete);
        unpinned(&place);
        assert_eq!(knock(&place), completed.is_ok().then_some(true));
        format!("{completed:?} {denied:?}")
    });
}

#[test]
fn a_completion_with_a_proof_beside_a_poll() {
    explore(None, &["None", "Some(true)"], || {
        let place = pending(None);
        let (completed, seen) = beside(&place, knock, complete);
        assert_eq!(completed, Ok(()));
        unpinned(&place);
        format!("{seen:?}")
    });
}

/// The thread that ends the session gives its claim back, and so does the slot when it is freed: together once.
#[test]
fn a_claim_is_given_back_once() {
    explore(2, &["false true", "true true"], || {
        let sources = Arc::new(Sources::new(1, 2));
        let kept = sources.admit(Source::UNKNOWN);
        let place = pending(Some(&sources));
        assert!(sources.admit(Source::UNKNOWN).is_err());
        let end = |place: &Place| {
            let Some(view) = place.session().view_all().filter(|view| view.word.is_live()) else { return false };
            let Some(hold) = place.session().expire(&view) else { return false };
            place.session().give_back_claim(view.word);
            drop(hold);
            true
        };
        let (reused, ended) = beside(&place, end, reuse);
        assert!(ended || reused);
        drop(place);
        let again = [sources.admit(Source::UNKNOWN), sources.admit(Source::UNKNOWN)];
        assert!(again[0].is_ok() && again[1].is_err(), "one place came back");
        drop(kept);
        format!("{reused} {}", ended || reused)
    });
}
