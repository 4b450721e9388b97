//! What a server may make the tool do: no more, and no less. Whatever it sets is brought into these bounds.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A body above this is no login server's.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// How long a login may take. A server that says *0* would end it before a person has seen the link; whether it has
/// really expired, the polls tell.
pub(super) const LIFE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(24 * 60 * 60);

/// From one poll to the next. *0* would make a loop of it; a long one would let an approval go unseen.
pub(super) const INTERVAL: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// The longest interval that `slow_down` adds up to, and the longest `Retry-After` that is obeyed. A short one shortens
/// nothing.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How long an access token may be good for. More is not a time that a caller could add to the present.
pub(super) const MAX_TOKEN_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The bound that is nearer, if the time is outside of them.
pub(super) fn within(bounds: &RangeInclusive<Duration>, time: Duration) -> Duration {
    time.clamp(*bounds.start(), *bounds.end())
}
