//! `Key`: a project's key.

use crate::Secret;

/// The key that a tool sends in the documented dialect.
///
/// ```
/// use counterfoil::client::Key;
///
/// let key = Key::PublishableClient("pck_1234".into());
/// assert!(!format!("{key:?}").contains("1234"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The publishable client key, sent as `x-stack-publishable-client-key`. For tools that are distributed to users.
    PublishableClient(Secret),
    /// The secret server key, sent as `x-stack-secret-server-key`. Only for tools that run on the project's own
    /// machines: it can be extracted from a tool that is distributed.
    SecretServer(Secret),
}
