//! `Pace`: when to poll again.

use std::time::Duration;

use rand::RngExt;

use super::limits::{LIFE, MAX_PAUSE};

/// RFC 8628 section 3.5: "the interval MUST be increased by 5 seconds".
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest interval after doubling.
const MAX_BACKOFF: Duration = Duration::from_secs(30);
/// The longest time from a lost answer to the first repetition of its request, if the interval allows it. A server that
/// knows `Idempotency-Key` keeps a token for 10 s after it was redeemed.
const MAX_REPETITION: Duration = Duration::from_secs(4);
/// The shortest interval that a caller can set. The server's has a higher limit, in `limits`.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// The interval from one request to the next, how it grows, and how long to ask the server to hold its answer.
pub(super) struct Pace {
    interval: Duration,
    wait: Duration,
    /// Faults in a row.
    faults: u32,
}

impl Pace {
    pub(super) fn new(interval: Duration, wait: Duration) -> Self {
        Self { interval: interval.clamp(MIN_INTERVAL, *LIFE.end()), wait, faults: 0 }
    }

    /// Returns the `N` of `Prefer: wait=N`, in seconds: at most the time that the session has left.
    pub(super) fn wait(&self, left: Duration) -> u64 {
        self.wait.as_secs().min(left.as_secs() + 1)
    }

    /// Returns the delay after *pending*. The interval counts from the request: after an answer that was held for that
    /// long the next poll follows at once, and a server that ignores `Prefer` is polled.
    pub(super) fn pending(&mut self, since_request: Duration, retry_after: Option<Duration>) -> Duration {
        self.faults = 0;
        self.interval.saturating_sub(since_request).max(retry_after.unwrap_or_default())
    }

    /// Returns the delay after `slow_down` or 429.
    pub(super) fn slow_down(&mut self, retry_after: Option<Duration>) -> Duration {
        self.faults = 0;
        self.interval = (self.interval + SLOW_DOWN).min(MAX_PAUSE.max(self.interval));
        self.interval.max(retry_after.unwrap_or_default())
    }

    /// Halves the time that answers are held, since a connection failed during it.
    pub(super) fn shorten_wait(&mut self) {
        self.wait /= 2;
    }

    /// Returns the delay after a request whose answer was lost. It may have been the token, so the first repetition
    /// comes soon: when the interval since the request is over, and after a random part of it, at most 4 s. Another one
    /// in a row comes as after any fault.
    pub(super) fn lost(&mut self, since_request: Duration, retry_after: Option<Duration>) -> Duration {
        if self.faults > 0 {
            return self.fault(retry_after);
        }
        self.faults = 1;
        let most = self.interval.min(MAX_REPETITION);
        let pause = rand::rng().random_range(most / 2..=most);
        self.interval.saturating_sub(since_request).max(pause).max(retry_after.unwrap_or_default())
    }

    /// Returns the delay after a failed connection: RFC 8628 section 3.5 recommends to double the interval. Half of
    /// the delay is random, so that clients do not all return at once when a server restarts.
    pub(super) fn fault(&mut self, retry_after: Option<Duration>) -> Duration {
        self.faults = (self.faults + 1).min(16);
        let doubled = self.interval.saturating_mul(1 << self.faults).min(MAX_BACKOFF).max(self.interval);
        let least = (doubled / 2).max(self.interval);
        rand::rng().random_range(least..=doubled).max(retry_after.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_answer_that_was_held_is_followed_up_at_once() {
        let mut pace = Pace::new(5 * SECOND, 25 * SECOND);
        assert_eq!(pace.pending(25 * SECOND, None), Duration::ZERO);
        assert_eq!(pace.pending(SECOND, None), 4 * SECOND);
        assert_eq!(pace.pending(25 * SECOND, Some(7 * SECOND)), 7 * SECOND);
    }

    #[test]
    fn slow_down_adds_five_seconds_each_time_for_good() {
        let mut pace = Pace::new(5 * SECOND, 25 * SECOND);
        assert_eq!(pace.slow_down(None), 10 * SECOND);
        assert_eq!(pace.slow_down(Some(60 * SECOND)), 60 * SECOND);
        assert_eq!(pace.pending(Duration::ZERO, None), 15 * SECOND);
    }

    #[test]
    fn an_interval_out_of_all_proportion_stays_in_range() {
        let mut pace = Pace::new(Duration::MAX, Duration::MAX);
        assert!(pace.slow_down(None) <= *LIFE.end() && pace.fault(None) <= *LIFE.end());
        let mut slowed = Pace::new(5 * SECOND, SECOND);
        assert!((0..1000).all(|_| slowed.slow_down(None) <= MAX_PAUSE));
        assert_eq!(pace.wait(SECOND), 2);
        assert!(Pace::new(Duration::ZERO, SECOND).pending(Duration::ZERO, None) > Duration::ZERO);
    }

    #[test]
    fn faults_double_the_interval_up_to_the_cap_and_an_answer_resets_it() {
        let mut pace = Pace::new(2 * SECOND, 25 * SECOND);
        for most in [4, 8, 16, 30, 30, 30] {
            let delay = pace.fault(None);
            assert!(delay >= most * SECOND / 2 && delay <= most * SECOND, "{delay:?} for {most}");
        }
        assert_eq!(pace.fault(Some(90 * SECOND)), 90 * SECOND);
        pace.pending(Duration::ZERO, None);
        assert!(pace.fault(None) <= 4 * SECOND);
        // An interval above the cap is never shortened by a fault.
        assert_eq!(Pace::new(60 * SECOND, SECOND).fault(None), 60 * SECOND);
    }

    #[test]
    fn a_lost_answer_is_soon_asked_for_again_and_no_sooner_than_the_interval() {
        for (interval, held, least, most) in [
            (5 * SECOND, 25 * SECOND, 2 * SECOND, 4 * SECOND),
            (5 * SECOND, SECOND, 4 * SECOND, 4 * SECOND),
            (2 * SECOND, Duration::ZERO, 2 * SECOND, 2 * SECOND),
            (2 * SECOND, 25 * SECOND, SECOND, 2 * SECOND),
            (60 * SECOND, 25 * SECOND, 35 * SECOND, 35 * SECOND),
        ] {
            let mut pace = Pace::new(interval, 25 * SECOND);
            let delay = pace.lost(held, None);
            assert!((least..=most).contains(&delay), "{delay:?} for {interval:?}, held for {held:?}");
            assert!(pace.lost(held, None) >= interval, "the second in a row backs off");
            pace.pending(Duration::ZERO, None);
            assert_eq!(pace.lost(held, Some(90 * SECOND)), 90 * SECOND);
        }
    }

    #[test]
    fn a_wait_that_something_gives_up_on_is_halved_until_it_polls() {
        let mut pace = Pace::new(2 * SECOND, 25 * SECOND);
        let waits: Vec<u64> = (0..6).map(|_| (pace.wait(1000 * SECOND), pace.shorten_wait()).0).collect();
        assert_eq!(waits, [25, 12, 6, 3, 1, 0]);
        assert_eq!(Pace::new(SECOND, 25 * SECOND).wait(3 * SECOND), 4);
    }
}
