//! `Client`: an OAuth client, as a server knows it.

/// An OAuth client: whom it acts for, and what people call it.
///
/// Several clients may belong to one tenant. None of them can redeem another's device codes.
///
/// ```
/// use counterfoil::axum::Client;
///
/// let client = Client::new("internal").name("Acme CLI");
/// assert_eq!((&*client.tenant, client.name.as_deref()), ("internal", Some("Acme CLI")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Client {
    /// The tenant that it acts for.
    pub tenant: String,
    /// The name that the pages show for it. Without one they show what the tool says of itself, which may be anything.
    pub name: Option<String>,
}

impl Client {
    /// Takes the tenant of a client without a name.
    #[must_use]
    pub fn new(tenant: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), name: None }
    }

    /// Sets the name that the pages show; 64 bytes of it are kept.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}
