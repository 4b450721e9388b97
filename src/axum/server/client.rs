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
    /// Whether its logins must be [handed back](Self::requires_hand_back) to the machine that began them.
    pub requires_hand_back: bool,
}

impl Client {
    /// Takes the tenant of a client without a name.
    #[must_use]
    pub fn new(tenant: impl Into<String>) -> Self {
        Self { tenant: tenant.into(), name: None, requires_hand_back: false }
    }

    /// Sets the name that the pages show; 64 bytes of it are kept.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets whether its logins must be handed back to the machine that began them (RFC 8252, section 7.3; see
    /// [`Routes::hand_back`](crate::axum::Routes::hand_back), which need not be set for it). A login that begins without
    /// `hand_back` is then refused with `invalid_request`, and one that has it is approved on the
    /// [pages](crate::axum::Pages) alone. The default is `false`: the tool decides, and so does somebody who begins a
    /// login to talk another into it.
    ///
    /// With it, this client gets no token for a login that was begun on another machine than the one that approves. It cannot
    /// be used over SSH, in a container, or without a browser beside it. Clients are public: whoever lures begins with one
    /// that does not require it, if the tenant has one, and the page then names that one. So set it on all clients that may
    /// have much, the project's own id included.
    ///
    /// ```
    /// let desktop = counterfoil::axum::Client::new("internal").name("Acme for the desktop").requires_hand_back(true);
    /// assert!(desktop.requires_hand_back);
    /// ```
    #[must_use]
    pub fn requires_hand_back(mut self, requires: bool) -> Self {
        self.requires_hand_back = requires;
        self
    }
}
