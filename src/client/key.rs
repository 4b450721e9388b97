//! The key of a project.

use crate::Secret;

/// The key that a project's tools present in the documented dialect.
///
/// ```
/// use counterfoil::client::Key;
///
/// let key = Key::PublishableClient("pck_1234".into());
/// assert!(!format!("{key:?}").contains("1234"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The publishable client key, sent as `x-stack-publishable-client-key`. For tools that are given away.
    PublishableClient(Secret),
    /// The secret server key, sent as `x-stack-secret-server-key`. Only for tools that run on machines of the
    /// project's own: it can be read out of a tool that is given away.
    SecretServer(Secret),
}
