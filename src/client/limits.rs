//! Limits on what a server can set. Values outside of them are clamped.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The longest body that is read.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// The lifetime of a login. With 0 it would end before the user has seen the link. If the session has in fact expired,
/// the next poll fails with that.
pub(super) const LIFE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(24 * 60 * 60);

/// The time from one poll to the next. 0 would be a busy loop; a long interval would delay the approval.
pub(super) const INTERVAL: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// The longest interval that `slow_down` adds up to, and the longest `Retry-After` that is obeyed. `Retry-After` never
/// shortens the interval.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The longest lifetime of an access token, so that a caller can add it to the current time.
pub(super) const MAX_TOKEN_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Returns `time` clamped to `bounds`.
pub(super) fn within(bounds: &RangeInclusive<Duration>, time: Duration) -> Duration {
    time.clamp(*bounds.start(), *bounds.end())
}
