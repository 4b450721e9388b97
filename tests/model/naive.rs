//! The store as one would explain it: a list of sessions, one thread, no slots, no books, no codes.
//!
//! The laws that follow from it, and that a comparison of a store with it checks:
//! 1. A session is what its verbs have made it; from its deadline on, to the tick, it is expired unless it has ended. A
//!    verb that finds it expired, or its replay window over, makes that final: what is in it is dropped.
//! 2. An end stays the answer until its retention is over; then the session is unknown, swept or not.
//! 3. Of `complete`, `deny` and `cancel` the first wins, and the others are told what it was.
//! 4. A grant comes out once, or again within the replay window; a context once, while pending.
//! 5. A full store forgets the session that ended first; with none that has, it refuses until the next deadline.
//! 6. A tenant has no more live sessions than its bound.
//! 7. Polls of a pending session that come too soon lengthen the interval, others shorten it; one that comes again at
//!    once is told what the one before was; nothing else is paced.
//! 8. The store holds the grants and contexts that are here, and no others.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Is {
    Pending,
    Completed,
    Redeemed,
    Denied,
    Cancelled,
    Expired,
    Unknown,
}
use Is::{Completed, Expired, Pending, Redeemed, Unknown};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Pending(u64),
    SlowDown(u64),
    Grant(u64),
    Not(Is),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Full(u64),
    TenantFull(u64),
}

/// All times are in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) capacity: usize,
    pub(crate) per_tenant: Option<usize>,
    pub(crate) retention: u64,
    pub(crate) replay: Option<u64>,
    pub(crate) interval: Option<u64>,
    /// Polls so soon after one that counted are that one again; zero where all count.
    pub(crate) again: u64,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) tenant: usize,
    pub(crate) deadline: u64,
    pub(crate) grant: Option<u64>,
    pub(crate) context: bool,
    /// As it was last written down; `Unknown` where it has been forgotten.
    state: Is,
    ended: u64,
    polled: Option<u64>,
    hasty: bool,
    strikes: u64,
}

#[derive(Debug)]
pub(crate) struct Naive {
    pub(crate) rules: Rules,
    pub(crate) now: u64,
    pub(crate) sessions: Vec<Session>,
}

impl Naive {
    pub(crate) fn is(&self, i: usize) -> Is {
        let s = &self.sessions[i];
        let state = match s.state {
            Pending | Completed if self.now >= s.deadline => Expired,
            state => state,
        };
        if self.ended(i).is_some_and(|ended| self.now >= ended + self.rules.retention) { Unknown } else { state }
    }

    pub(crate) fn ended(&self, i: usize) -> Option<u64> {
        let s = &self.sessions[i];
        match s.state {
            Pending | Completed => (self.now >= s.deadline).then_some(s.deadline),
            _ => Some(s.ended),
        }
    }

    /// What a verb finds that looks at a session by one of its codes.
    pub(crate) fn look(&mut self, i: usize) -> Is {
        let (is, window) = (self.is(i), self.rules.replay.unwrap_or(0));
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

    fn next(&self) -> u64 {
        let live = (0..self.sessions.len()).filter(|i| self.ended(*i).is_none());
        live.map(|i| self.sessions[i].deadline - self.now).min().unwrap_or(1)
    }

    fn too_many(&self, tenant: usize) -> bool {
        let live = self.sessions.iter().filter(|s| s.tenant == tenant && matches!(s.state, Pending | Completed));
        self.rules.per_tenant.is_some_and(|bound| live.count() >= bound)
    }

    pub(crate) fn initiate(&mut self, tenant: usize, deadline: u64, context: bool) -> Result<(), Refused> {
        if self.too_many(tenant) {
            for i in 0..self.sessions.len() {
                let s = &self.sessions[i];
                if matches!(s.state, Pending | Completed) && self.now >= s.deadline {
                    self.end(i, Expired, s.deadline);
                }
            }
            if self.too_many(tenant) {
                return Err(Refused::TenantFull(self.next()));
            }
        }
        let known: Vec<usize> = (0..self.sessions.len()).filter(|i| self.sessions[*i].state != Unknown).collect();
        if known.len() == self.rules.capacity {
            let over = known.into_iter().filter(|i| self.ended(*i).is_some());
            let oldest = over.min_by_key(|i| self.ended(*i)).ok_or(Refused::Full(self.next()))?;
            self.end(oldest, Unknown, 0);
        }
        let (state, grant, polled) = (Pending, None, None);
        self.sessions.push(Session {
            tenant,
            deadline,
            grant,
            context,
            state,
            ended: 0,
            polled,
            hasty: false,
            strikes: 0,
        });
        Ok(())
    }

    pub(crate) fn poll(&mut self, i: usize) -> Said {
        let (now, is, rules) = (self.now, self.look(i), self.rules);
        let s = &mut self.sessions[i];
        match is {
            Pending => {
                let Some(interval) = rules.interval else { return Said::Pending(0) };
                if rules.again == 0 || s.polled.is_none_or(|at| now > at + rules.again) {
                    s.hasty = s.polled.is_some_and(|at| now < at + interval + 5000 * s.strikes);
                    s.strikes = if s.hasty { (s.strikes + 1).min(12) } else { s.strikes.saturating_sub(1) };
                    s.polled = Some(now);
                }
                let wait = interval + 5000 * s.strikes;
                return if s.hasty { Said::SlowDown(wait) } else { Said::Pending(wait) };
            }
            Completed => {
                let grant = s.grant;
                s.grant = grant.filter(|_| rules.replay.is_some_and(|window| window > 0));
                self.end(i, Redeemed, now);
                return Said::Grant(grant.unwrap());
            }
            Redeemed if rules.replay.is_some_and(|window| now < s.ended + window) => {
                return s.grant.map_or(Said::Not(Redeemed), Said::Grant);
            }
            _ => {}
        }
        Said::Not(is)
    }

    /// `complete`, `deny` or `cancel`.
    pub(crate) fn settle(&mut self, i: usize, to: Is, grant: Option<u64>) -> Result<(), Is> {
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

    /// Whether there was one; an error where the session is not pending.
    pub(crate) fn claim(&mut self, i: usize) -> Result<bool, Is> {
        match self.look(i) {
            Pending => Ok(std::mem::take(&mut self.sessions[i].context)),
            other => Err(other),
        }
    }

    pub(crate) fn sweep(&mut self) {
        for i in 0..self.sessions.len() {
            let s = &self.sessions[i];
            let window = self.rules.replay.unwrap_or(0);
            match self.is(i) {
                Unknown => self.end(i, Unknown, 0),
                Expired => self.end(i, Expired, s.deadline),
                Redeemed if self.now >= s.ended + window => self.sessions[i].grant = None,
                _ => {}
            }
        }
    }
}
