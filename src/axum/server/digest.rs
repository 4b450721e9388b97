//! `Digest`: secrets of any length, compared in constant time.

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a secret. Comparing two digests takes the same time for all texts, of whatever length; hashing takes
/// time in proportion to the text that the caller sent, whose length the caller knows.
#[derive(Clone, Copy)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    pub(crate) fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }

    /// Returns whether any of `many` matches. All are compared, even after a match.
    pub(crate) fn among(&self, many: &[Self]) -> Choice {
        many.iter().fold(Choice::from(0), |found, one| found | self.matches(one))
    }
}
