//! The forty bits that both codes of a login share, and that its keys are named by.

use crate::code::base32;

/// Forty random bits. They are no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Locator(pub(super) u64);

impl Locator {
    pub(super) const LEN: usize = base32::CHARS;

    pub(super) fn bytes(self) -> [u8; Self::LEN] {
        base32::encode(self.0)
    }

    /// Returns `None` unless the text is eight characters of the alphabet.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (bits, wrong) = base32::decode(text.try_into().ok()?);
        (wrong == 0).then_some(Self(bits))
    }
}
