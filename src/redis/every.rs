//! At most once in a period, whoever asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Something that is done now and then.
pub(super) struct Every {
    period: u64,
    made: Instant,
    /// When it was done last, in milliseconds since this was made.
    last: AtomicU64,
}

impl Every {
    /// Due for the first time when the period is over.
    pub(super) fn new(period: Duration) -> Self {
        Self { period: millis(period), made: Instant::now(), last: AtomicU64::new(0) }
    }

    /// Whether it is due now. Of those who ask at once, one is told so.
    pub(super) fn due(&self, now: Instant) -> bool {
        let now = millis(now.saturating_duration_since(self.made));
        // ORDERING: Relaxed: a number of its own; the exchange lets one caller through.
        let last = self.last.load(Ordering::Relaxed);
        now.saturating_sub(last) >= self.period
            && self.last.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_in_a_period() {
        let every = Every::new(Duration::from_secs(5));
        let at = |millis| every.made + Duration::from_millis(millis);
        let due = [0, 4_999, 5_000, 5_001, 9_999, 10_000, 10_000, 30_000, 34_999].map(|millis| every.due(at(millis)));
        assert_eq!(due, [false, false, true, false, false, true, false, true, false]);
    }
}
