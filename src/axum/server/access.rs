//! `Access`: who may call the endpoints. The first of the two traits that a server implements.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::client::Client;
use crate::Unavailable;

/// Decides who may call the endpoints, and for which tenant.
///
/// ```
/// use counterfoil::axum::{Access, AccessError, Credentials};
///
/// struct Projects;
///
/// impl Access for Projects {
///     async fn admit(&self, credentials: &Credentials<'_>) -> Result<String, AccessError> {
///         // Ask a database here. Compare keys in constant time.
///         match credentials.project_id {
///             "internal" => Ok("internal".to_owned()),
///             _ => Err(AccessError::UnknownProject),
///         }
///     }
/// }
/// ```
///
/// A test of an implementation builds the [`Credentials`] itself:
///
/// ```
/// # async fn test() -> Result<(), counterfoil::axum::AccessError> {
/// use counterfoil::axum::{Access, AccessError, AccessType, Credentials, StaticAccess};
///
/// let access = StaticAccess::new().project("internal", "its secret server key", "its publishable client key");
/// let server = Credentials::new("internal", AccessType::Server);
/// assert_eq!(access.admit(&server.secret_server_key("its secret server key")).await?, "internal");
/// assert_eq!(access.admit(&server.secret_server_key("another")).await, Err(AccessError::WrongKey));
/// let client = Credentials::new("internal", AccessType::Client).publishable_client_key("its publishable client key");
/// assert_eq!(access.admit(&client).await?, "internal");
/// assert_eq!(access.client("another").await.err(), Some(AccessError::UnknownProject), "an OAuth client's id");
/// # Ok(())
/// # }
/// # pollster::block_on(test()).unwrap();
/// ```
pub trait Access: Send + Sync + 'static {
    /// Returns the tenant that the request acts for, usually the project id itself. Sessions of other tenants are
    /// unknown to the request.
    ///
    /// The credentials have been checked for completeness: there is a project id, and the key that the access type
    /// needs. What remains to be checked is that the project exists, and that **every** key that was sent belongs to
    /// it.
    ///
    /// # Errors
    /// [`AccessError`]; each variant names the response.
    fn admit(&self, credentials: &Credentials<'_>) -> impl Future<Output = Result<String, AccessError>> + Send;

    /// Returns an OAuth client: the tenant that it acts for, and its name for people. Several clients may belong to one
    /// tenant; one cannot redeem another's device codes. The default knows no clients.
    ///
    /// It is told by its `client_id` alone: clients of the RFC 8628 dialect are public (RFC 6749, section 2.1), so that a
    /// request proves nothing about its client.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`], for a 503; the others, for a 401 `invalid_client`.
    fn client(&self, client_id: &str) -> impl Future<Output = Result<Client, AccessError>> + Send {
        let _ = client_id;
        std::future::ready(Err(AccessError::UnknownProject))
    }
}

/// An implementation that is shared with the rest of the server.
impl<T: Access> Access for Arc<T> {
    async fn admit(&self, credentials: &Credentials<'_>) -> Result<String, AccessError> {
        (**self).admit(credentials).await
    }

    async fn client(&self, client_id: &str) -> Result<Client, AccessError> {
        (**self).client(client_id).await
    }
}

/// Why a request is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessError {
    /// There is no such project: 400 `CURRENT_PROJECT_NOT_FOUND`. Return [`WrongKey`](Self::WrongKey) instead if
    /// project ids are not public.
    UnknownProject,
    /// A key is not the project's: 401 `INVALID_PUBLISHABLE_CLIENT_KEY` or `INVALID_SECRET_SERVER_KEY`.
    WrongKey,
    /// Temporarily unavailable: 503 with `Retry-After`.
    Unavailable(Unavailable),
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProject => f.write_str("there is no such project; check the project id"),
            Self::WrongKey => f.write_str("a key is not one of this project's; check the project id and the key"),
            Self::Unavailable(unavailable) => unavailable.fmt(f),
        }
    }
}

impl std::error::Error for AccessError {}

impl From<Unavailable> for AccessError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

/// The kind of caller that a request claims (`x-stack-access-type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccessType {
    /// A client, which sends the publishable client key.
    Client,
    /// A server, which sends the secret server key.
    Server,
    /// An administrator, which sends the secret server key too: there is no stronger one.
    Admin,
}

/// The credentials of a request, from its headers. `Debug` shows no key.
///
/// ```
/// use counterfoil::axum::{AccessType, Credentials};
///
/// let server = Credentials::new("internal", AccessType::Server).secret_server_key("its secret server key");
/// assert_eq!(server.secret_server_key, Some("its secret server key"));
/// let client = Credentials::new("internal", AccessType::Client).publishable_client_key("its publishable client key");
/// assert!(client.secret_server_key.is_none() && !format!("{client:?}").contains("its publishable"));
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Credentials<'a> {
    /// `x-stack-project-id`.
    pub project_id: &'a str,
    /// `x-stack-access-type`; if it is absent, the access type of the key that was sent.
    pub access_type: AccessType,
    /// `x-stack-publishable-client-key`; always present if the access type is [`Client`](AccessType::Client).
    pub publishable_client_key: Option<&'a str>,
    /// `x-stack-secret-server-key`; always present if it is another.
    pub secret_server_key: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Takes the project id and the access type of a request without a key; for tests of an [`Access`].
    #[must_use]
    pub fn new(project_id: &'a str, access_type: AccessType) -> Self {
        Self { project_id, access_type, publishable_client_key: None, secret_server_key: None }
    }

    /// Adds the publishable client key.
    #[must_use]
    pub fn publishable_client_key(self, key: &'a str) -> Self {
        Self { publishable_client_key: Some(key), ..self }
    }

    /// Adds the secret server key.
    #[must_use]
    pub fn secret_server_key(self, key: &'a str) -> Self {
        Self { secret_server_key: Some(key), ..self }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("project_id", &self.project_id)
            .field("access_type", &self.access_type)
            .finish_non_exhaustive()
    }
}
