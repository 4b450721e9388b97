//! An engine as one would explain it: a list of sessions, one thread, no slots, no books, no codes.
//!
//! The laws that follow from it, and that a comparison checks:
//! 1. A session is what its verbs have made it; from its deadline on, to the tick, it is expired unless it has ended. A
//!    verb that finds it expired, or its replay window over, makes that final: what is in it is dropped.
//! 2. An end stays the answer until its retention is over; then the session is unknown, swept or not.
//! 3. Of `complete`, `deny` and `cancel` the first wins, and the others are told what it was.
//! 4. A grant comes out once, or again within the replay window, or again for its attempt; a context once, while pending.
//! 5. A full store forgets the session that ended first; if none has, it refuses until the next deadline. In an engine
//!    without eviction, remembered sessions take no room, and only live ones fill it.
//! 6. A tenant has no more live sessions than its bound.
//! 7. Polls of a pending session are judged by [`judge`]; nothing else is paced.
//! 8. The engine holds the grants and contexts that are here, and no others.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::attempt::Attempt;
use crate::pace::{Note, Pacing, judge};

/// For how long a grant is kept for the attempt that redeemed it.
const GRACE: u64 = Attempt::GRACE.as_millis() as u64;

/// The state of a session; *unknown* once it is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the states are those of `State`")]
pub enum Is {
    Pending,
    Completed,
    Redeemed,
    Denied,
    Cancelled,
    Expired,
    Unknown,
}
use Is::{Completed, Expired, Pending, Redeemed, Unknown};

/// What a poll returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Said {
    /// Pending; poll again after so long.
    Pending(u64),
    /// Too soon; leave so much time between polls.
    SlowDown(u64),
    /// The grant of that number.
    Grant(u64),
    /// No grant, since the session is something else.
    Not(Is),
}

/// Why a login does not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// All sessions are live; the next falls due after so long.
    Full(u64),
    /// The tenant has all that it may; the next of all tenants' falls due after so long.
    TenantFull(u64),
}

/// The settings. All times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The bound on live and remembered sessions together.
    pub capacity: usize,
    /// The bound on one tenant's live sessions.
    pub per_tenant: Option<usize>,
    /// How long an end is remembered.
    pub retention: u64,
    /// How long a grant is handed out again to any poll.
    pub replay: Option<u64>,
    /// The least time between two polls.
    pub interval: Option<u64>,
    /// Polls so soon after one that was noted are part of it. Zero: none is.
    pub again: u64,
}

/// A session of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Session {
    pub(super) tenant: usize,
    pub(super) deadline: u64,
    pub(super) grant: Option<u64>,
    pub(super) context: bool,
    /// As it was last written down; `Unknown` once it has been forgotten.
    state: Is,
    ended: u64,
    note: Note,
    attempt: Option<u8>,
}

/// The model: sessions by the numbers of their beginning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Naive {
    pub(super) rules: Rules,
    /// Whether remembered sessions take room, and give it up.
    evicts: bool,
    pub(super) now: u64,
    pub(super) sessions: Vec<Session>,
}

impl Naive {
    /// A model without sessions.
    #[must_use]
    pub fn new(mut rules: Rules) -> Self {
        // A window of no length is none.
        rules.replay = rules.replay.filter(|window| *window > 0);
        Self { rules, evicts: true, now: 0, sessions: Vec::new() }
    }

    /// The same, of an engine that lacks [`Capability::Eviction`](super::super::Capability::Eviction).
    #[must_use]
    pub fn without_eviction(mut self) -> Self {
        self.evicts = false;
        self
    }

    /// Returns how many grants it holds at the least and at the most: those of sessions whose time is over, and of which no
    /// verb or sweep has noted it, an engine may have dropped.
    #[must_use]
    pub fn grants(&self) -> RangeInclusive<usize> {
        self.held(|session| session.grant.is_some())
    }

    /// Returns how many contexts it holds, in the same way.
    #[must_use]
    pub fn contexts(&self) -> RangeInclusive<usize> {
        self.held(|session| session.context)
    }

    fn held(&self, has: impl Fn(&Session) -> bool) -> RangeInclusive<usize> {
        let all = self.sessions.iter().filter(|session| has(session));
        let over = |session: &&Session| matches!(session.state, Pending | Completed) && self.now >= session.deadline;
        let (all, unnoted) = (all.clone().count(), all.filter(over).count());
        all - unnoted..=all
    }

    fn is(&self, i: usize) -> Is {
        let s = &self.sessions[i];
        let state = match s.state {
            Pending | Completed if self.now >= s.deadline => Expired,
            state => state,
        };
        if self.ended(i).is_some_and(|ended| self.now >= ended + self.rules.retention) { Unknown } else { state }
    }

    pub(super) fn ended(&self, i: usize) -> Option<u64> {
        let s = &self.sessions[i];
        match s.state {
            Pending | Completed => (self.now >= s.deadline).then_some(s.deadline),
            _ => Some(s.ended),
        }
    }

    /// How long a grant is handed out again after its redemption.
    pub(super) fn window(&self) -> u64 {
        self.rules.replay.unwrap_or(GRACE.min(self.rules.retention))
    }

    /// What a verb finds that looks at a session by one of its codes.
    pub(super) fn look(&mut self, i: usize) -> Is {
        let (is, window) = (self.is(i), self.window());
        let s = &mut self.sessions[i];
        match s.state {
            Pending | Completed if self.now >= s.deadline => self.end(i, Expired, self.sessions[i].deadline),
            Redeemed if self.now >= s.ended + window => s.grant = None,
            _ => {}
        }
        is
    }

    fn end(&mut self, i: usize, state: Is, ended: u64) {
        let s = &mut self.sessions[i];
        (s.state, s.ended, s.context) = (state, ended, false);
        if state != Redeemed {
            s.grant = None;
        }
    }

    /// The time until the next live session falls due, the tenant's or any.
    fn next(&self, tenant: Option<usize>) -> u64 {
        let of = |i: &usize| tenant.is_none_or(|tenant| self.sessions[*i].tenant == tenant);
        let live = (0..self.sessions.len()).filter(of).filter(|i| self.ended(*i).is_none());
        live.map(|i| self.sessions[i].deadline - self.now).min().unwrap_or(1)
    }

    fn too_many(&self, tenant: usize) -> bool {
        let live = (0..self.sessions.len()).filter(|i| self.sessions[*i].tenant == tenant && self.ended(*i).is_none());
        self.rules.per_tenant.is_some_and(|bound| live.count() >= bound)
    }

    pub(super) fn initiate(&mut self, tenant: usize, deadline: u64, context: bool) -> Result<(), Refused> {
        let oldest = self.gives_way(tenant)?.into_iter().min_by_key(|i| self.ended(*i));
        self.begin(tenant, deadline, context, oldest);
        Ok(())
    }

    /// The sessions of which one gives way to a new login; none if there is room.
    pub(super) fn gives_way(&self, tenant: usize) -> Result<Vec<usize>, Refused> {
        if self.too_many(tenant) {
            return Err(Refused::TenantFull(self.next(Some(tenant))));
        }
        let takes_room = |i: &usize| {
            if self.evicts { self.sessions[*i].state != Unknown } else { self.ended(*i).is_none() }
        };
        let known: Vec<usize> = (0..self.sessions.len()).filter(takes_room).collect();
        if known.len() < self.rules.capacity {
            return Ok(Vec::new());
        }
        let over: Vec<usize> = known.into_iter().filter(|i| self.ended(*i).is_some()).collect();
        if over.is_empty() { Err(Refused::Full(self.next(None))) } else { Ok(over) }
    }

    /// Begins a session, in the place of another if there is no room.
    pub(super) fn begin(&mut self, tenant: usize, deadline: u64, context: bool, forgotten: Option<usize>) {
        if let Some(forgotten) = forgotten {
            self.end(forgotten, Unknown, 0);
        }
        let (state, note) = (Pending, Note::default());
        self.sessions.push(Session { tenant, deadline, grant: None, context, state, ended: 0, note, attempt: None });
    }

    pub(super) fn poll(&mut self, i: usize, attempt: Option<u8>) -> Said {
        let (now, is, rules, window) = (self.now, self.look(i), self.rules, self.window());
        let s = &mut self.sessions[i];
        match is {
            Pending => {
                let Some(interval) = rules.interval else { return Said::Pending(0) };
                let mut pacing = Pacing::new(Duration::from_millis(interval));
                pacing.again = Duration::from_millis(rules.again);
                let (pace, note) = judge(s.note, now, pacing);
                s.note = note;
                let wait = pace.interval.as_millis() as u64;
                if pace.too_soon { Said::SlowDown(wait) } else { Said::Pending(wait) }
            }
            Completed => {
                let grant = s.grant;
                s.attempt = attempt.filter(|_| rules.replay.is_none());
                s.grant = grant.filter(|_| rules.replay.is_some() || s.attempt.is_some());
                self.end(i, Redeemed, now);
                grant.map_or(Said::Not(Completed), Said::Grant)
            }
            Redeemed if now < s.ended + window && s.attempt.is_none_or(|redeeming| attempt == Some(redeeming)) => {
                s.grant.map_or(Said::Not(Redeemed), Said::Grant)
            }
            other => Said::Not(other),
        }
    }

    /// `complete`, `deny` or `cancel`.
    pub(super) fn settle(&mut self, i: usize, to: Is, grant: Option<u64>) -> Result<(), Is> {
        match (self.look(i), to) {
            (Pending, Completed) => {
                let s = &mut self.sessions[i];
                (s.state, s.grant, s.context) = (Completed, grant, false);
            }
            (Pending, _) => self.end(i, to, self.now),
            (other, _) => return Err(other),
        }
        Ok(())
    }

    /// Whether there was one; an error if the session is not pending.
    pub(super) fn claim(&mut self, i: usize) -> Result<bool, Is> {
        match self.look(i) {
            Pending => Ok(std::mem::take(&mut self.sessions[i].context)),
            other => Err(other),
        }
    }

    pub(super) fn sweep(&mut self) {
        let window = self.window();
        for i in 0..self.sessions.len() {
            let s = &self.sessions[i];
            match self.is(i) {
                Unknown => self.end(i, Unknown, 0),
                Expired => self.end(i, Expired, s.deadline),
                Redeemed if self.now >= s.ended + window => self.sessions[i].grant = None,
                _ => {}
            }
        }
    }
}
