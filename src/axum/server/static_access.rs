//! `StaticAccess`: projects whose keys are known when the server starts.

use std::fmt;

use subtle::Choice;

use super::access::{Access, AccessError, Credentials};
use super::client::Client;
use super::digest::Digest;

/// Admits requests with fixed keys. A project's id names its tenant, and an OAuth client without a name; a project may have
/// [further clients](Self::oauth_client).
///
/// Keys are kept as digests and compared in constant time. An unknown project is reported as a wrong key.
///
/// ```
/// use counterfoil::axum::StaticAccess;
///
/// let access = StaticAccess::new()
///     .project("internal", "its secret server key", "its publishable client key")
///     .oauth_client("acme-cli", "internal", "Acme CLI");
/// ```
#[derive(Default)]
#[must_use]
pub struct StaticAccess {
    projects: Vec<Project>,
    clients: Vec<(String, Client)>,
}

struct Project {
    id: String,
    secret_server_key: Digest,
    publishable_client_key: Digest,
}

impl StaticAccess {
    /// Returns an access without projects, which admits no request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a project. If two have the same id, the first counts.
    pub fn project(mut self, id: impl Into<String>, secret_server_key: &str, publishable_client_key: &str) -> Self {
        self.projects.push(Project {
            id: id.into(),
            secret_server_key: Digest::of(secret_server_key),
            publishable_client_key: Digest::of(publishable_client_key),
        });
        self
    }

    /// Adds an OAuth client of a project, with the name that the pages show for it. It comes before a project of the same
    /// id; if two clients have the same id, the first counts.
    ///
    /// ```
    /// # use counterfoil::axum::{Access, AccessError, StaticAccess};
    /// # async fn test() -> Result<(), AccessError> {
    /// let access = StaticAccess::new().project("internal", "its secret server key", "its publishable client key");
    /// let access = access.oauth_client("acme-cli", "internal", "Acme CLI");
    /// assert_eq!(access.client("acme-cli").await?.tenant, "internal");
    /// # Ok(())
    /// # }
    /// # pollster::block_on(test()).unwrap();
    /// ```
    pub fn oauth_client(self, client_id: impl Into<String>, project_id: &str, name: impl Into<String>) -> Self {
        self.with_client(client_id, Client::new(project_id).name(name))
    }

    /// Adds an OAuth client with settings of its own, in the same way.
    ///
    /// ```
    /// use counterfoil::axum::{Client, StaticAccess};
    ///
    /// let access = StaticAccess::new().project("internal", "its secret server key", "its publishable client key");
    /// // The project's id is a client, too.
    /// let desktop = Client::new("internal").name("Acme for the desktop").requires_hand_back(true);
    /// let access = access.with_client("acme-desktop", desktop.clone()).with_client("internal", desktop);
    /// # let _ = access;
    /// ```
    pub fn with_client(mut self, client_id: impl Into<String>, client: Client) -> Self {
        self.clients.push((client_id.into(), client));
        self
    }
}

impl Access for StaticAccess {
    async fn admit(&self, credentials: &Credentials<'_>) -> Result<String, AccessError> {
        let project = self.projects.iter().find(|project| project.id == credentials.project_id);
        let project = project.ok_or(AccessError::WrongKey)?;
        let good =
            |sent: Option<&str>, key: &Digest| sent.map_or(Choice::from(1), |sent| Digest::of(sent).matches(key));
        let all_good = good(credentials.secret_server_key, &project.secret_server_key)
            & good(credentials.publishable_client_key, &project.publishable_client_key);
        if all_good.into() { Ok(project.id.clone()) } else { Err(AccessError::WrongKey) }
    }

    async fn client(&self, client_id: &str) -> Result<Client, AccessError> {
        if let Some((_, client)) = self.clients.iter().find(|(id, _)| id == client_id) {
            return Ok(client.clone());
        }
        let project = self.projects.iter().find(|project| project.id == client_id);
        project.map(|project| Client::new(&project.id)).ok_or(AccessError::UnknownProject)
    }
}

impl fmt::Debug for StaticAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticAccess")
            .field("projects", &self.projects.iter().map(|project| &project.id).collect::<Vec<_>>())
            .field("clients", &self.clients)
            .finish()
    }
}
