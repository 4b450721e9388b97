//! The name of an attempt to redeem a login.

use std::fmt;
use std::time::Duration;

use subtle::{Choice, ConstantTimeEq};

/// Names one attempt to redeem a login: sixteen random bytes of the caller's.
///
/// A poll that carries one and redeems the login may be repeated with the same attempt for ten seconds, if its answer was
/// lost: it gets the same grant again. Any other poll is told that the login is redeemed. So a grant is delivered to one
/// caller only, and not lost to it on the way. Over HTTP the attempt is the hash of an `Idempotency-Key`.
///
/// ```
/// use counterfoil::Attempt;
///
/// let attempt = Attempt::new(*b"drawn at random.");
/// assert_eq!(Attempt::new(attempt.to_bytes()), attempt);
/// ```
#[derive(Clone, Copy)]
pub struct Attempt([u8; 16]);

impl Attempt {
    /// For how long a redeemed grant is kept for its attempt, unless a session is remembered for less.
    pub const GRACE: Duration = Duration::from_secs(10);

    /// Takes sixteen bytes, which no other caller can guess.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns what [`new`](Self::new) took.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    pub(crate) fn words(self) -> [u64; 2] {
        let bits = u128::from_le_bytes(self.0);
        [bits as u64, (bits >> 64) as u64]
    }

    pub(crate) fn from_words([low, high]: [u64; 2]) -> Self {
        Self((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
    }
}

impl ConstantTimeEq for Attempt {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

/// In constant time.
impl PartialEq for Attempt {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Attempt {}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_survives_its_words() {
        let bytes = std::array::from_fn(|at| at as u8 * 17);
        assert_eq!(Attempt::from_words(Attempt::new(bytes).words()).to_bytes(), bytes);
        assert_ne!(Attempt::new(bytes), Attempt::new([0; 16]));
    }
}
