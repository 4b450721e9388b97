//! How many wrong user codes may be tried, in every engine.

use std::time::Duration;

/// The window that the bounds count in.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// How many wrong user codes may be tried within a minute (RFC 8628, section 5.1).
///
/// One source has `per_source`; of the wider networks on its [ladder](crate::Source::ladder), each has four times as many
/// as the one below. A source that is out of guesses is refused, with right codes too.
///
/// All sources together have `total`. When they have used it up, only sources that have failed are refused: until the
/// minute is over, each rung has one guess where it had `per_source`. And new user codes have ten letters instead of eight,
/// which makes them 400 times as hard to guess, for as long again as a session lives by default.
///
/// Those whose address is [unknown](crate::Source::UNKNOWN) have no count of their own, which one of them could use up for
/// all others: they have what all have together, and are refused, all of them, when that is used up. So give each request
/// its address.
///
/// A tenant has no count of its own. A wrong code is no login's, and so no tenant's: a code is looked up among the logins of
/// all tenants, since the person who types it names none. And a count for each would let anybody close one tenant's door.
///
/// With `n` live user codes of eight letters, `g` wrong guesses hit one with a chance of `g × n ÷ 25.6 × 10⁹`.
///
/// ```
/// use counterfoil::{GuessLimits, Secret, SessionStore};
///
/// let limits = GuessLimits { per_source: 5, total: 500 };
/// let store = SessionStore::<Secret>::builder().user_code_guesses(limits).build()?;
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessLimits {
    /// By one source. Default 10.
    pub per_source: u32,
    /// By all sources together, before codes get longer and those who have failed are slowed. Default 1000.
    pub total: u32,
}

impl Default for GuessLimits {
    fn default() -> Self {
        Self { per_source: 10, total: 1000 }
    }
}
