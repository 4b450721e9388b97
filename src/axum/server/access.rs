//! Who may call: the first of the two traits that a server implements.

use crate::Unavailable;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

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
/// Its tests build [`Credentials`] themselves:
///
/// ```
/// # async fn test() -> Result<(), counterfoil::axum::AccessError> {
/// use counterfoil::axum::{Access, AccessError, AccessType, Credentials, StaticAccess};
///
/// let access = StaticAccess::new().project("internal", "its secret server key", "its publishable client key");
/// let server = Credentials::new("internal", AccessType::Server);
/// assert_eq!(access.admit(&server.secret_server_key("its secret server key")).await?, "internal");
/// assert_eq!(access.admit(&server.secret_server_key("another")).await, Err(AccessError::WrongKey));
/// # Ok(())
/// # }
/// # pollster::block_on(test()).unwrap();
/// ```
pub trait Access: Send + Sync + 'static {
    /// The tenant that the request acts for; usually the project id itself. Sessions of other tenants are unknown to
    /// it.
    ///
    /// The credentials are complete when they come here: there is a project id, and the key that the access type
    /// needs. What is left to tell is whether the project exists and **every** key that was given is its own.
    ///
    /// # Errors
    /// [`AccessError`], answered as each variant says.
    fn admit(&self, credentials: &Credentials<'_>) -> impl Future<Output = Result<String, AccessError>> + Send;

    /// The tenant that an OAuth client acts for, by its `client_id` alone: clients of the RFC 8628 dialect are public
    /// (RFC 6749, section 2.1), so that nobody who uses this id has to prove anything. Unless it is implemented there
    /// are none.
    ///
    /// Two ids should have two tenants: within one, either client can redeem the other's device codes.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`], answered 503; the others alike 401 `invalid_client`.
    fn client(&self, client_id: &str) -> impl Future<Output = Result<String, AccessError>> + Send {
        let _ = client_id;
        std::future::ready(Err(AccessError::UnknownProject))
    }
}

/// Shared with the rest of the server.
impl<T: Access> Access for Arc<T> {
    async fn admit(&self, credentials: &Credentials<'_>) -> Result<String, AccessError> {
        (**self).admit(credentials).await
    }

    async fn client(&self, client_id: &str) -> Result<String, AccessError> {
        (**self).client(client_id).await
    }
}

/// Why a request is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessError {
    /// There is no such project: answered 400 `CURRENT_PROJECT_NOT_FOUND`. Say [`WrongKey`](Self::WrongKey) instead
    /// where project ids are not public.
    UnknownProject,
    /// A key is not the project's: answered 401 `INVALID_PUBLISHABLE_CLIENT_KEY` or `INVALID_SECRET_SERVER_KEY`.
    WrongKey,
    /// It cannot be told right now: answered 503 with `Retry-After`.
    Unavailable(Unavailable),
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProject => f.write_str("there is no such project; check the project id"),
            Self::WrongKey => f.write_str("a key is not the project's; check the project id and the key"),
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

/// What a caller claims to be (`x-stack-access-type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccessType {
    /// A client: it shows the publishable client key.
    Client,
    /// A server: it shows the secret server key.
    Server,
    /// An administrator: it shows the secret server key too, there being no stronger one.
    Admin,
}

/// The credentials of a request, from its headers. `Debug` shows no key.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Credentials<'a> {
    /// `x-stack-project-id`.
    pub project_id: &'a str,
    /// `x-stack-access-type`; where it is not given, what the key stands for.
    pub access_type: AccessType,
    /// `x-stack-publishable-client-key`; present where the access type is [`Client`](AccessType::Client).
    pub publishable_client_key: Option<&'a str>,
    /// `x-stack-secret-server-key`; present where the access type is another.
    pub secret_server_key: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Takes the project id and the access type of a request that has shown no key; for a server's own tests.
    #[must_use]
    pub fn new(project_id: &'a str, access_type: AccessType) -> Self {
        Self { project_id, access_type, publishable_client_key: None, secret_server_key: None }
    }

    /// The same with this publishable client key.
    #[must_use]
    pub fn publishable_client_key(self, key: &'a str) -> Self {
        Self { publishable_client_key: Some(key), ..self }
    }

    /// The same with this secret server key.
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
