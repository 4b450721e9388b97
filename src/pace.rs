//! How fast a client may poll: the `interval` and the `slow_down` of RFC 8628, section 3.5, as a pure function that all
//! engines share.
//!
//! ```
//! use counterfoil::pace::{Note, Pacing, judge};
//! use std::time::Duration;
//!
//! let pacing = Pacing::new(Duration::from_secs(5));
//! let (first, note) = judge(Note::default(), 0, pacing);
//! assert!(!first.too_soon, "the first poll is always welcome");
//! let (second, _) = judge(note, 2_000, pacing);
//! assert_eq!((second.too_soon, second.interval), (true, Duration::from_secs(10)));
//! ```

use std::time::Duration;

/// What each strike adds to the interval (RFC 8628, section 3.5: "increased by 5 seconds").
const STEP: Duration = Duration::from_secs(5);
/// The interval grows by a minute at the most; a client that keeps to it works the strikes off one by one.
pub const MOST_STRIKES: u32 = 12;

/// What polls are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pacing {
    /// The least time between two polls.
    pub interval: Duration,
    /// How far the clock may be behind: a poll that may have come in time, as far as the clock can tell, has.
    pub lag: Duration,
    /// Polls that come so soon after another are part of it. Zero: none is.
    pub again: Duration,
}

impl Pacing {
    /// An interval on an exact clock.
    #[must_use]
    pub const fn new(interval: Duration) -> Self {
        Self { interval, lag: Duration::ZERO, again: Duration::ZERO }
    }
}

/// What an engine keeps of the polls of a pending session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Note {
    /// When the last poll came that was noted, in milliseconds of the engine's clock.
    pub last: Option<u64>,
    /// How often polls came too soon, less how often they came in time; from zero to [`MOST_STRIKES`].
    pub strikes: u32,
    /// Whether the last one came too soon.
    pub hasty: bool,
}

/// The judgement on a poll of a pending session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// Whether the poll came before the interval was over.
    pub too_soon: bool,
    /// The time until the next poll is welcome.
    pub interval: Duration,
}

/// Judges a poll at `now`, in milliseconds, and returns the note to keep.
///
/// The first poll is always welcome. One that comes too soon lengthens the interval by five seconds, up to a minute more;
/// one that comes in time shortens it again. One within [`again`](Pacing::again) of the last that was noted is part of
/// that one: it is judged alike, and the note stays as it is.
#[must_use]
pub fn judge(note: Note, now: u64, pacing: Pacing) -> (Pace, Note) {
    let asked = |strikes: u32| pacing.interval.saturating_add(STEP * strikes);
    let lag = millis(pacing.lag);
    let since = note.last.map(|last| now.saturating_sub(last));
    if !pacing.again.is_zero() && since.is_some_and(|since| since <= millis(pacing.again).saturating_add(lag)) {
        return (Pace { too_soon: note.hasty, interval: asked(note.strikes) }, note);
    }
    let too_soon = since.is_some_and(|since| since.saturating_add(lag) < millis(asked(note.strikes)));
    let strikes = if too_soon { (note.strikes + 1).min(MOST_STRIKES) } else { note.strikes.saturating_sub(1) };
    (Pace { too_soon, interval: asked(strikes) }, Note { last: Some(now), strikes, hasty: too_soon })
}

/// Rounded up: an interval is over when all of it has passed.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn polls(pacing: Pacing, times: &[u64]) -> Vec<(bool, u64)> {
        let mut note = Note::default();
        let judged = |now: &u64| {
            let (pace, next) = judge(note, *now, pacing);
            note = next;
            (pace.too_soon, pace.interval.as_secs())
        };
        times.iter().map(judged).collect()
    }

    #[test]
    fn each_hasty_poll_costs_five_seconds_and_each_patient_one_gives_them_back() {
        let judged = polls(Pacing::new(SECOND * 5), &[0, 4_999, 14_998, 29_997, 44_996, 54_996, 59_996]);
        assert_eq!(judged, [(false, 5), (true, 10), (true, 15), (true, 20), (true, 25), (true, 30), (true, 35)]);
        let judged = polls(Pacing::new(SECOND * 5), &[0, 1, 10_001, 15_001, 20_000]);
        assert_eq!(judged, [(false, 5), (true, 10), (false, 5), (false, 5), (true, 10)]);
    }

    #[test]
    fn the_interval_grows_by_a_minute_at_the_most() {
        let judged = polls(Pacing::new(SECOND), &[1; 40]);
        assert_eq!(judged.last(), Some(&(true, 61)));
    }

    #[test]
    fn a_clock_that_lags_makes_no_poll_hasty() {
        let pacing = Pacing { lag: SECOND / 250, ..Pacing::new(SECOND) };
        assert_eq!(polls(pacing, &[0, 996]), [(false, 1), (false, 1)]);
        assert_eq!(polls(pacing, &[0, 995]), [(false, 1), (true, 6)]);
    }

    #[test]
    fn what_comes_twice_at_once_is_one_poll() {
        let pacing = Pacing { again: SECOND / 4, ..Pacing::new(SECOND) };
        let judged = polls(pacing, &[0, 250, 1_000, 1_251, 1_400]);
        assert_eq!(judged, [(false, 1), (false, 1), (false, 1), (true, 6), (true, 6)]);
    }
}
