//! `Keyring`: keeps the token in the system's keyring.

use std::fmt;

use keyring_core::Entry;

use crate::Secret;

/// A place for one token in the system's keyring: the Keychain on macOS, the Credential Manager on Windows, the Secret
/// Service (GNOME Keyring, `KWallet` and others) on Linux and the BSDs.
///
/// Each call is a request to another process, which may ask the user to unlock the keyring: it blocks its thread for as
/// long as that takes. In async code, call it by `tokio::task::spawn_blocking`.
///
/// A program that wants another store sets it by `keyring_core::set_default_store` before its first call
/// ([`keyring_core`] is exported here), as tests do:
///
/// ```
/// use counterfoil::Secret;
/// use counterfoil::client::Keyring;
/// use counterfoil::client::keyring_core::{mock, set_default_store};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// set_default_store(mock::Store::new()?);
/// let keyring = Keyring::new("acme-cli", "https://login.example.com internal");
/// assert_eq!(keyring.load()?, None);
/// keyring.save(&Secret::new("rt_1234"))?;
/// assert_eq!(keyring.load()?, Some(Secret::new("rt_1234")));
/// keyring.forget()?;
/// assert_eq!(keyring.load()?, None);
/// # Ok(())
/// # }
/// ```
///
/// [`keyring_core`]: super::keyring_core
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyring {
    service: String,
    account: String,
}

/// Why the keyring could not be used. Its text says what to do, and has no secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no keyring: a machine without a desktop, a container, or a system that has none.
    Missing(Box<dyn std::error::Error + Send + Sync>),
    /// It is locked, or the user or the system refused.
    Locked(Box<dyn std::error::Error + Send + Sync>),
    /// There is something else in the place: no token.
    NoToken,
    /// It takes no such token: it is longer than the system allows (about 2,500 bytes on Windows).
    TooLong,
    /// Anything else.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl Keyring {
    /// Creates the place. `service` is the tool's name, as users see it in the keyring. `account` tells tokens of one
    /// tool apart: one for each server and project, say.
    ///
    /// ```
    /// use counterfoil::client::Keyring;
    ///
    /// let keyring = Keyring::new("acme-cli", "https://login.example.com internal");
    /// # let _ = keyring;
    /// ```
    #[must_use]
    pub fn new(service: impl Into<String>, account: impl Into<String>) -> Self {
        Self { service: service.into(), account: account.into() }
    }

    /// Returns the token, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`KeyringError::Missing`] and [`KeyringError::Locked`] are for the user to mend;
    /// [`NoToken`](KeyringError::NoToken) if another program has put something else there.
    pub fn load(&self) -> Result<Option<Secret>, KeyringError> {
        match self.entry()?.get_password() {
            Ok(token) => Ok(Some(Secret::new(token))),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores the token, in place of the one that is there.
    ///
    /// # Errors
    ///
    /// If it fails, the token is not stored, and should be revoked or kept elsewhere: a login returns it only once.
    pub fn save(&self, token: &Secret) -> Result<(), KeyringError> {
        Ok(self.entry()?.set_password(token.expose())?)
    }

    /// Removes the token. No error if there is none.
    ///
    /// # Errors
    ///
    /// If it fails, the token is still there.
    pub fn forget(&self) -> Result<(), KeyringError> {
        match self.entry()?.delete_credential() {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the entry, in the program's store or else in the system's.
    fn entry(&self) -> Result<Entry, KeyringError> {
        if keyring_core::get_default_store().is_none()
            && let Err(error) = keyring::v1::Entry::store_status()
        {
            return Err(KeyringError::Missing(error.to_string().into()));
        }
        Ok(Entry::new(&self.service, &self.account)?)
    }
}

impl From<keyring_core::Error> for KeyringError {
    fn from(error: keyring_core::Error) -> Self {
        use keyring_core::Error as E;
        match error {
            E::NoDefaultStore => Self::Missing(error.into()),
            E::NoStorageAccess(error) => Self::Locked(error),
            // These two carry what is stored.
            E::BadEncoding(_) | E::BadDataFormat(..) => Self::NoToken,
            E::TooLong(..) => Self::TooLong,
            E::PlatformFailure(error) => Self::Failed(error),
            other => Self::Failed(other.into()),
        }
    }
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(error) => write!(
                f,
                "there is no keyring on this machine ({error}); start a desktop's keyring, or give the token to the tool \
                 in an environment variable"
            ),
            Self::Locked(error) => write!(f, "the keyring is locked or refuses ({error}); unlock it, and try again"),
            Self::NoToken => f.write_str("the keyring's entry is not a token; remove it, and log in again"),
            Self::TooLong => f.write_str("the token is longer than this system's keyring takes; keep it in a file"),
            Self::Failed(error) => write!(f, "the keyring failed: {error}"),
        }
    }
}

impl std::error::Error for KeyringError {}
