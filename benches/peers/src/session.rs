//! What the hand-written peers keep of a session.

use std::time::{Duration, Instant};

use crate::peer::Answer;

#[derive(Debug, Clone)]
pub enum Step {
    Pending,
    Completed(String),
    Used,
}

impl Step {
    /// Answers a poll, and takes the grant where there is one.
    pub fn poll(&mut self) -> Answer<String> {
        match self {
            Self::Pending => Answer::Pending,
            Self::Used => Answer::Used,
            Self::Completed(_) => match std::mem::replace(self, Self::Used) {
                Self::Completed(grant) => Answer::Completed(grant),
                _ => Answer::Used,
            },
        }
    }

    pub fn complete(&mut self, grant: String) -> bool {
        let pending = matches!(self, Self::Pending);
        if pending {
            *self = Self::Completed(grant);
        }
        pending
    }
}

/// A session with its deadline, on the clock that everybody reaches for.
#[derive(Debug, Clone)]
pub struct Timed {
    pub step: Step,
    deadline: Instant,
}

impl Timed {
    pub fn new(ttl: Duration) -> Self {
        Self { step: Step::Pending, deadline: Instant::now() + ttl }
    }

    pub fn is_live(&self, now: Instant) -> bool {
        now < self.deadline
    }

    /// The answer to a poll that changes nothing; `None` where it must redeem.
    pub fn look(&self) -> Option<Answer<String>> {
        match self.step {
            Step::Used => Some(Answer::Used),
            _ if !self.is_live(Instant::now()) => Some(Answer::Expired),
            Step::Pending => Some(Answer::Pending),
            Step::Completed(_) => None,
        }
    }

    pub fn poll(&mut self) -> Answer<String> {
        self.look().unwrap_or_else(|| self.step.poll())
    }

    pub fn complete(&mut self, grant: String) -> bool {
        self.is_live(Instant::now()) && self.step.complete(grant)
    }
}
