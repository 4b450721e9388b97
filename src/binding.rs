//! What a poll has to carry beside its code, if its login asks for that.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// Thirty-two bytes that a poll has to carry beside its polling code: a digest of something that only the tool knows.
///
/// Over HTTP it is derived from the OAuth client and from the code challenge (RFC 7636), so that a stolen polling code
/// alone is worth nothing. Another use of the same type is the proof that a browser takes back to the tool
/// (RFC 8252, section 7.3). It is compared in constant time, wiped when it is dropped, and never shown.
///
/// ```
/// use counterfoil::{Binding, LoginOptions, PollOptions, Polled, SessionStore};
///
/// let store = SessionStore::<&str>::builder().build()?;
/// let login = store.initiate_with(LoginOptions::new().binding(Binding::new([7; 32])))?;
/// assert!(matches!(store.poll(&login.polling_code), Polled::Unknown));
/// let options = PollOptions::new().binding(Binding::new([7; 32]));
/// assert!(matches!(store.poll_with(&login.polling_code, &options), Polled::Pending { .. }));
/// assert_eq!(Binding::new([7; 32]).as_bytes(), &[7; 32]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Binding([u8; 32]);

impl Binding {
    /// Takes the bytes: a digest, or bytes that cannot be guessed.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns what [`new`](Self::new) took. Copies of it are the caller's to wipe.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the one that is `shown` is the one that is `wanted`. None is wanted: anything will do.
    pub(crate) fn allows(wanted: Option<&Self>, shown: Option<&Self>) -> bool {
        match (wanted, shown) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wanted), Some(shown)) => wanted == shown,
        }
    }
}

impl ConstantTimeEq for Binding {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

/// In constant time.
impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Binding {}

impl Drop for Binding {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Binding(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_wanted_binding_is_allowed() {
        let (one, other) = (Binding::new([1; 32]), Binding::new([2; 32]));
        assert!(Binding::allows(None, None));
        assert!(Binding::allows(None, Some(&one)));
        assert!(!Binding::allows(Some(&one), None));
        assert!(!Binding::allows(Some(&one), Some(&other)));
        assert!(Binding::allows(Some(&one), Some(&one.clone())));
        assert_eq!(format!("{one:?}"), "Binding(redacted)");
    }
}
