//! `Device`: the options of the RFC 8628 dialect.

use std::fmt;

use super::Options;

/// The RFC 8628 dialect, under `/oauth`. [`Options::device`] creates its options.
pub struct Device {
    pub(in crate::client) client_id: String,
    pub(in crate::client) scope: Option<String>,
    pub(in crate::client) authorization_path: String,
    pub(in crate::client) token_path: String,
    pub(in crate::client) revocation_path: Option<String>,
}

impl Device {
    pub(in crate::client) fn paths(&self) -> impl Iterator<Item = &String> {
        [&self.authorization_path, &self.token_path].into_iter().chain(&self.revocation_path)
    }
}

impl Options<Device> {
    /// Creates the options of a login in the RFC 8628 dialect, at the server at `base_url`, as the public client
    /// `client_id` (RFC 6749 section 2.1).
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").scope("openid profile");
    /// # let _ = options;
    /// ```
    pub fn device(base_url: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(
            base_url.into(),
            Device {
                client_id: client_id.into(),
                scope: None,
                authorization_path: "/oauth/device_authorization".into(),
                token_path: "/oauth/token".into(),
                revocation_path: None,
            },
        )
    }

    /// Sets the scope to request: words separated by spaces (RFC 6749 section 3.3). In a
    /// [`refresh`](crate::client::refresh), a part of the scope that was granted.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").scope("openid profile");
    /// # let _ = options;
    /// ```
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.dialect.scope = Some(scope.into());
        self
    }

    /// Sets the paths of the device authorization endpoint and of the token endpoint, below the base URL. Default:
    /// `/oauth/device_authorization` and `/oauth/token`.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal")
    ///     .endpoints("/login/device/code", "/login/oauth/access_token");
    /// # let _ = options;
    /// ```
    pub fn endpoints(mut self, device_authorization: impl Into<String>, token: impl Into<String>) -> Self {
        self.dialect.authorization_path = device_authorization.into();
        self.dialect.token_path = token.into();
        self
    }

    /// Sets the path of the revocation endpoint (RFC 7009), below the base URL, for [`logout`](crate::client::logout).
    /// Default: the one that the server's metadata names.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").revocation_endpoint("/oauth/revoke");
    /// # let _ = options;
    /// ```
    pub fn revocation_endpoint(mut self, path: impl Into<String>) -> Self {
        self.dialect.revocation_path = Some(path.into());
        self
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
