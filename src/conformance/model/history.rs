//! Histories of concurrent operations, and whether an order of them explains what each was told.
//!
//! A [`History`] is linearizable if its events can be put in an order in which each stands between its call and its
//! return, and in which the model, taking them one by one, says what the engine said (Herlihy and Wing, 1990). The search is
//! that of Wing and Gong (1993), and remembers where it has been.
//!
//! What an event may do that one in a single thread cannot:
//! - take any reading of the clock that was right at some time since its call;
//! - be told *full* until the next millisecond, while another event ends a session;
//! - take the place of any session that has ended, since the oldest may be in use;
//! - have happened or not, if its answer was lost.
//!
//! A `complete` may be told that another is under way if another is.

use std::collections::HashSet;

use super::act::{Act, Answer};
use super::naive::{Is, Naive, Refused, Rules};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A login began, under a key that later deeds know it by.
    Begin {
        /// The key.
        key: usize,
        /// The time to live in milliseconds.
        ttl: u64,
        /// Whether it has a context.
        context: bool,
    },
    /// An act on the login of that key.
    Do {
        /// The key.
        key: usize,
        /// The act.
        act: Act,
    },
    /// The clock was moved on by so many milliseconds.
    Advance(u64),
    /// What was due was done.
    Sweep,
}

/// A deed, when it was called and when it returned, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When it was called, by a clock that all threads share.
    pub call: u64,
    /// When it returned.
    pub ret: u64,
    /// What was done.
    pub deed: Deed,
    /// What came of it. `None` if the answer was lost, and for deeds that have none.
    pub answer: Option<Answer>,
}

/// No order of the events explains their answers.
#[derive(Debug, Clone)]
pub struct Inexplicable {
    /// The events.
    pub events: Vec<Event>,
    /// The most events that an order explains.
    pub explained: usize,
}

/// Recorded events of an engine that was empty before.
#[derive(Debug, Clone)]
pub struct History {
    rules: Rules,
    evicts: bool,
    events: Vec<Event>,
}

/// The most events of a history: the search keeps them in the bits of a number.
pub const MOST_EVENTS: usize = 64;

impl History {
    /// A history of an engine with these settings.
    #[must_use]
    pub fn new(rules: Rules, events: Vec<Event>) -> Self {
        Self { rules, evicts: true, events }
    }

    /// The same, of an engine that lacks [`Capability::Eviction`](super::super::Capability::Eviction).
    #[must_use]
    pub fn without_eviction(mut self) -> Self {
        self.evicts = false;
        self
    }

    /// Looks for an order that explains all answers.
    ///
    /// # Errors
    /// [`Inexplicable`] if there is none.
    ///
    /// # Panics
    /// Panics if there are more than [`MOST_EVENTS`].
    pub fn check(&self) -> Result<(), Box<Inexplicable>> {
        assert!(self.events.len() <= MOST_EVENTS, "{} events are too many", self.events.len());
        let naive = Naive::new(self.rules);
        let naive = if self.evicts { naive } else { naive.without_eviction() };
        let start = World { naive, keys: Vec::new(), readings: vec![(0, u64::MAX)] };
        let mut search = Search { events: &self.events, seen: HashSet::new(), explained: 0 };
        if search.explains(0, &start) {
            return Ok(());
        }
        Err(Box::new(Inexplicable { events: self.events.clone(), explained: search.explained }))
    }
}

/// The model after some of the events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    naive: Naive,
    /// The model's numbers of the sessions, by key.
    keys: Vec<(usize, usize)>,
    /// What the clock has said, and until when at the latest.
    readings: Vec<(u64, u64)>,
}

struct Search<'a> {
    events: &'a [Event],
    seen: HashSet<(u64, World)>,
    explained: usize,
}

impl Search<'_> {
    /// Whether the events that are not in `done` can follow.
    fn explains(&mut self, done: u64, world: &World) -> bool {
        let left = || (0..self.events.len()).filter(move |i| done >> i & 1 == 0);
        // What was lost may never have happened.
        let Some(first) = left().map(|i| self.events[i].ret).min().filter(|ret| *ret < u64::MAX) else { return true };
        let candidates: Vec<usize> = left().filter(|i| self.events[*i].call <= first).collect();
        self.explained = self.explained.max(done.count_ones() as usize);
        if !self.seen.insert((done, world.clone())) {
            return false;
        }
        candidates.into_iter().any(|i| {
            let event = self.events[i];
            world.after(&event, self.events).iter().any(|next| self.explains(done | 1 << i, next))
        })
    }
}

impl World {
    /// What may be after an event that was told what it was.
    fn after(&self, event: &Event, all: &[Event]) -> Vec<Self> {
        match event.deed {
            Deed::Advance(by) => {
                let mut next = self.clone();
                let (now, until) = next.readings.pop().unwrap_or_default();
                next.readings.push((now, event.ret.min(until)));
                next.readings.push((now + by, u64::MAX));
                vec![next]
            }
            Deed::Sweep => self.at_each_reading(event, |mut world| {
                world.naive.sweep();
                vec![world]
            }),
            Deed::Begin { key, ttl, context } => {
                self.at_each_reading(event, |world| world.begun(event, key, ttl, context))
            }
            Deed::Do { key, act } => self.at_each_reading(event, |mut world| {
                let Some((_, i)) = world.keys.iter().find(|(known, _)| *known == key).copied() else {
                    return Vec::new();
                };
                if event.answer == Some(Answer::Completing) {
                    let live = matches!(world.naive.look(i), Is::Pending | Is::Completed);
                    return if live && completes_beside(event, key, all) { vec![world] } else { Vec::new() };
                }
                let answer = world.naive.act(i, act);
                if event.answer.is_none_or(|told| told == answer) { vec![world] } else { Vec::new() }
            }),
        }
    }

    fn at_each_reading(&self, event: &Event, follow: impl Fn(Self) -> Vec<Self>) -> Vec<Self> {
        let right = self.readings.iter().filter(|(_, until)| *until >= event.call);
        right
            .flat_map(|(now, _)| {
                let mut world = self.clone();
                world.naive.now = *now;
                let mut after = follow(world);
                // The clock itself stands where it stood.
                for next in &mut after {
                    next.naive.now = 0;
                }
                after
            })
            .collect()
    }

    fn begun(self, event: &Event, key: usize, ttl: u64, context: bool) -> Vec<Self> {
        let may_be = |answer| event.answer.is_none_or(|told| told == Answer::Begun(answer));
        match self.naive.gives_way(0) {
            Err(refused) => {
                // An engine may tell the time more carefully, but not less.
                let told = matches!(
                    (event.answer, refused),
                    (Some(Answer::Begun(Err(Refused::Full(_)))), Refused::Full(_))
                        | (Some(Answer::Begun(Err(Refused::TenantFull(_)))), Refused::TenantFull(_))
                );
                if told || event.answer.is_none() { vec![self] } else { Vec::new() }
            }
            Ok(_) if event.answer == Some(Answer::Begun(Err(Refused::Full(1)))) => vec![self],
            Ok(over) if may_be(Ok(())) => {
                let forgotten: Vec<_> = if over.is_empty() { vec![None] } else { over.into_iter().map(Some).collect() };
                let begin = |forgotten| {
                    let mut world = self.clone();
                    world.keys.push((key, world.naive.sessions.len()));
                    world.naive.begin(0, world.naive.now + ttl, context, forgotten);
                    world
                };
                forgotten.into_iter().map(begin).collect()
            }
            Ok(_) => Vec::new(),
        }
    }
}

/// Whether another `complete` of the login overlaps with this one.
fn completes_beside(event: &Event, key: usize, all: &[Event]) -> bool {
    all.iter().any(|other| {
        let completes = matches!(other.deed, Deed::Do { key: of, act: Act::Complete { .. } } if of == key);
        completes && other.call != event.call && other.call < event.ret && event.call < other.ret
    })
}

#[cfg(test)]
mod tests {
    use super::super::naive::Said;
    use super::*;

    const RULES: Rules =
        Rules { capacity: 2, per_tenant: None, retention: 60_000, replay: None, interval: None, again: 0 };

    fn event(call: u64, ret: u64, deed: Deed, answer: impl Into<Option<Answer>>) -> Event {
        Event { call, ret, deed, answer: answer.into() }
    }

    fn begin(call: u64, key: usize) -> Event {
        event(call, call + 1, Deed::Begin { key, ttl: 10, context: false }, Answer::Begun(Ok(())))
    }

    fn act(call: u64, ret: u64, act: Act, answer: Answer) -> Event {
        event(call, ret, Deed::Do { key: 0, act }, answer)
    }

    fn holds(events: &[Event]) -> bool {
        History::new(RULES, events.to_vec()).check().is_ok()
    }

    const COMPLETE: Act = Act::Complete { grant: 1 };
    const POLL: Act = Act::Poll { attempt: None };
    const GRANT: Answer = Answer::Polled(Said::Grant(1));

    #[test]
    fn one_of_two_polls_takes_the_grant() {
        let done = act(2, 3, COMPLETE, Answer::Settled(Ok(())));
        let used = Answer::Polled(Said::Not(Is::Redeemed));
        assert!(holds(&[begin(0, 0), done, act(4, 9, POLL, GRANT), act(5, 8, POLL, used)]));
        assert!(!holds(&[begin(0, 0), done, act(4, 9, POLL, GRANT), act(5, 8, POLL, GRANT)]), "twice");
        assert!(
            !holds(&[begin(0, 0), done, act(4, 5, POLL, used), act(6, 8, POLL, GRANT)]),
            "used before it was taken"
        );
        assert!(holds(&[begin(0, 0), done, act(4, 7, POLL, used), act(6, 8, POLL, GRANT)]), "at the same time");
        assert!(!holds(&[begin(0, 0), act(2, 3, POLL, GRANT)]), "out of nothing");
    }

    #[test]
    fn a_session_that_was_told_to_be_over_stays_over() {
        let pending = Answer::Polled(Said::Pending(0));
        let expired = Answer::Polled(Said::Not(Is::Expired));
        let later = event(2, 3, Deed::Advance(10), None);
        assert!(holds(&[begin(0, 0), later, act(4, 5, POLL, expired)]));
        assert!(!holds(&[begin(0, 0), later, act(4, 5, POLL, pending)]), "after its deadline");
        let slow = act(1, 9, COMPLETE, Answer::Settled(Ok(())));
        assert!(holds(&[begin(0, 0), later, slow]), "it read the clock before");
        assert!(holds(&[begin(0, 0), later, act(4, 5, POLL, expired), slow]), "and was done before");
        let stalled = act(1, 9, POLL, GRANT);
        assert!(!holds(&[
            begin(0, 0),
            later,
            act(4, 5, POLL, expired),
            act(6, 7, COMPLETE, Answer::Settled(Ok(()))),
            stalled
        ]));
    }

    #[test]
    fn a_full_store_refuses_only_while_it_is_full() {
        let begin_third = |answer| event(8, 9, Deed::Begin { key: 2, ttl: 10, context: false }, Answer::Begun(answer));
        let denied = act(4, 5, Act::Deny, Answer::Settled(Ok(())));
        assert!(holds(&[begin(0, 0), begin(2, 1), begin_third(Err(Refused::Full(10)))]));
        assert!(!holds(&[begin(0, 0), begin(2, 1), begin_third(Ok(()))]), "a live session gave way");
        assert!(holds(&[begin(0, 0), begin(2, 1), denied, begin_third(Ok(()))]));
        assert!(!holds(&[begin(0, 0), begin(2, 1), denied, begin_third(Err(Refused::Full(10)))]));
        let gone = act(10, 11, POLL, Answer::Polled(Said::Not(Is::Unknown)));
        assert!(holds(&[begin(0, 0), begin(2, 1), denied, begin_third(Ok(())), gone]));
        assert!(!holds(&[begin(0, 0), begin(2, 1), gone]));
    }

    #[test]
    fn a_completion_is_under_way_only_if_there_is_another() {
        let other = act(2, 9, Act::Complete { grant: 2 }, Answer::Settled(Ok(())));
        let pending = Answer::Polled(Said::Pending(0));
        assert!(holds(&[begin(0, 0), other, act(3, 4, COMPLETE, Answer::Completing), act(5, 6, POLL, pending)]));
        assert!(!holds(&[begin(0, 0), other, act(10, 11, COMPLETE, Answer::Completing)]));
        assert!(!holds(&[begin(0, 0), act(3, 4, COMPLETE, Answer::Completing)]));
    }

    #[test]
    fn what_was_lost_may_have_happened() {
        let lost = event(2, u64::MAX, Deed::Do { key: 0, act: COMPLETE }, None);
        assert!(holds(&[begin(0, 0), lost, act(4, 5, POLL, GRANT)]));
        assert!(holds(&[begin(0, 0), lost, act(4, 5, POLL, Answer::Polled(Said::Pending(0)))]));
        assert!(!holds(&[begin(0, 0), act(4, 5, POLL, GRANT)]));
    }
}
