//! Whether the servers are in sight: each change is told once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::outage::RedisOutage;
use super::warning::{RedisWarning, Warn};

/// The same is not told again before. Of a cluster some nodes may answer and others not, thousands of times a second.
const QUIET: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Sight {
    /// Whether a call has failed since the last that did not.
    failing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failed: bool,
    told: Option<RedisOutage>,
    /// When each was told last.
    last: [Option<Instant>; RedisOutage::COUNT],
}

impl Sight {
    /// A call has failed. A connection that was closed, and is made anew at once, is not worth a word.
    pub(super) fn failed(&self, why: RedisOutage, now: Instant, warn: &Warn) {
        // ORDERING: Relaxed: the state has its own lock, and a call that misses the flag is followed by others.
        self.failing.store(true, Ordering::Relaxed);
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let first = !std::mem::replace(&mut state.failed, true);
            let last = state.last[why as usize];
            let quiet = last.is_some_and(|last| now.saturating_duration_since(last) < QUIET);
            if state.told == Some(why) || quiet || (first && why == RedisOutage::ConnectionClosed) {
                return;
            }
            state.told = Some(why);
            state.last[why as usize] = Some(now);
        }
        warn.say(&RedisWarning::Unreachable { why });
    }

    /// A call was answered.
    pub(super) fn answered(&self, warn: &Warn) {
        // ORDERING: Relaxed, as in `failed`.
        if !self.failing.load(Ordering::Relaxed) {
            return;
        }
        let told = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            self.failing.store(false, Ordering::Relaxed);
            state.failed = false;
            state.told.take()
        };
        if told.is_some() {
            warn.say(&RedisWarning::Reached);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn each_change_is_told_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = told.clone();
        let warn = Warn(Some(Arc::new(move |warning: &RedisWarning| kept.lock().unwrap().push(warning.to_string()))));
        let (sight, start) = (Sight::default(), Instant::now());
        let failed = |why, secs| sight.failed(why, start + Duration::from_secs(secs), &warn);
        let take = || std::mem::take(&mut *told.lock().unwrap());

        sight.answered(&warn);
        failed(RedisOutage::ConnectionClosed, 0);
        sight.answered(&warn);
        assert!(take().is_empty(), "a connection was made anew");

        failed(RedisOutage::ConnectionRefused, 1);
        failed(RedisOutage::ConnectionRefused, 2);
        failed(RedisOutage::Loading, 3);
        failed(RedisOutage::Loading, 4);
        assert_eq!(take().len(), 2, "each reason once");
        sight.answered(&warn);
        sight.answered(&warn);
        assert_eq!(take(), [RedisWarning::Reached.to_string()]);

        for _ in 0..100 {
            failed(RedisOutage::Loading, 12);
            sight.answered(&warn);
        }
        assert!(take().is_empty(), "one node answers and another does not");
        failed(RedisOutage::Loading, 13);
        assert_eq!(take().len(), 1, "but it is told again after a while");

        failed(RedisOutage::ConnectionClosed, 20);
        assert_eq!(take().len(), 1, "a connection that is not made anew");
    }
}
