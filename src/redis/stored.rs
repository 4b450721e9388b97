//! What a grant or a context must be, to be kept outside of the process.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::secret::Secret;

/// The bytes are not a value of the type: another version of the program wrote them, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotStored;

impl std::fmt::Display for NotStored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the stored bytes are not a value of this type")
    }
}

impl std::error::Error for NotStored {}

/// A grant or a context that can be kept as bytes. They are sealed before they leave the process.
///
/// ```
/// use counterfoil::{NotStored, Stored};
/// use zeroize::Zeroizing;
///
/// struct Scopes(Vec<String>);
///
/// impl Stored for Scopes {
///     fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
///         self.0.join(" ").into_bytes().into()
///     }
///
///     fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
///         let text = std::str::from_utf8(bytes).map_err(|_| NotStored)?;
///         Ok(Self(text.split(' ').map(str::to_owned).collect()))
///     }
/// }
///
/// let scopes = Scopes(vec!["read".to_owned(), "write".to_owned()]);
/// assert_eq!(Scopes::from_bytes(&scopes.to_bytes())?.0, scopes.0);
/// # Ok::<(), NotStored>(())
/// ```
pub trait Stored: Sized + Send + 'static {
    /// Writes the value. The bytes are wiped when they have been sealed.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>>;

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`NotStored`] if no value was written so.
    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored>;
}

impl<T: Stored + Sync> Stored for Arc<T> {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        T::to_bytes(self)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
        T::from_bytes(bytes).map(Self::new)
    }
}

impl Stored for () {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::default()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
        if bytes.is_empty() { Ok(()) } else { Err(NotStored) }
    }
}

impl Stored for Vec<u8> {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.clone().into()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
        Ok(bytes.to_vec())
    }
}

impl Stored for String {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.clone().into_bytes().into()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| NotStored)
    }
}

impl Stored for Secret {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.expose().as_bytes().to_vec().into()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
        std::str::from_utf8(bytes).map(Self::new).map_err(|_| NotStored)
    }
}

#[cfg(feature = "axum")]
impl Stored for crate::axum::Context {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let text = self.anonymous_token().map_or("", Secret::expose);
        let mut bytes = Vec::with_capacity(1 + text.len());
        bytes.push(b'a');
        bytes.extend_from_slice(text.as_bytes());
        bytes.into()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, NotStored> {
        let (kind, text) = bytes.split_first().ok_or(NotStored)?;
        let text = std::str::from_utf8(text).map_err(|_| NotStored)?;
        match kind {
            b'a' => Ok(Self::anonymous(Secret::new(text))),
            _ => Err(NotStored),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back<T: Stored>(value: &T) -> T {
        T::from_bytes(&value.to_bytes()).unwrap()
    }

    #[test]
    fn values_read_back() {
        assert_eq!(back(&"text".to_owned()), "text");
        assert_eq!(back(&vec![0_u8, 255]), [0, 255]);
        assert_eq!(back(&Secret::new("rt")), Secret::new("rt"));
        back(&());
        assert!(<()>::from_bytes(&[0]).is_err());
        assert!(String::from_bytes(&[255]).is_err());
    }

    #[cfg(feature = "axum")]
    #[test]
    fn contexts_read_back() {
        use crate::axum::Context;
        assert_eq!(back(&Context::anonymous(Secret::new("rt"))).anonymous_token(), Some(&Secret::new("rt")));
        assert!(Context::from_bytes(b"x").is_err());
        assert!(Context::from_bytes(b"").is_err());
    }
}
