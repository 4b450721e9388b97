//! `Documented`: the options of the documented dialect.

use std::fmt;
use std::time::Duration;

use super::Options;
use crate::Secret;
use crate::client::key::Key;

/// The documented dialect, under `/api/v1`. [`Options::documented`] creates its options.
pub struct Documented {
    pub(in crate::client) project_id: String,
    pub(in crate::client) key: Key,
    pub(in crate::client) anon_refresh_token: Option<Secret>,
    pub(in crate::client) expires_in: Option<Duration>,
    pub(in crate::client) confirm_page: String,
}

impl Options<Documented> {
    /// Creates the options of a login in the documented dialect, at the server at `base_url`, for the project
    /// `project_id` with its `key`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use counterfoil::client::{Key, Options};
    ///
    /// let key = Key::PublishableClient("pck_1234".into());
    /// let options = Options::documented("https://login.example.com", "internal", key)
    ///     .expires_in(Duration::from_secs(600))
    ///     .cancel_on_ctrl_c(true);
    /// # let _ = options;
    /// ```
    pub fn documented(base_url: impl Into<String>, project_id: impl Into<String>, key: Key) -> Self {
        Self::new(
            base_url.into(),
            Documented {
                project_id: project_id.into(),
                key,
                anon_refresh_token: None,
                expires_in: None,
                confirm_page: "/handler/cli-auth-confirm".into(),
            },
        )
    }

    /// Sets the refresh token of the anonymous user that the tool has acted for. The user can take over its data when
    /// approving.
    ///
    /// ```
    /// # use counterfoil::Secret;
    /// # use counterfoil::client::{Key, Options};
    /// # let key = Key::PublishableClient("pck_1".into());
    /// let options = Options::documented("https://login.example.com", "internal", key);
    /// let options = options.anon_refresh_token(Secret::new("rt_of_a_visitor"));
    /// # let _ = options;
    /// ```
    pub fn anon_refresh_token(mut self, token: impl Into<Secret>) -> Self {
        self.dialect.anon_refresh_token = Some(token.into());
        self
    }

    /// Sets the lifetime of the login: 1 ms to 24 h. Default: 2 h. The server may shorten it.
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        self.dialect.expires_in = Some(expires_in);
        self
    }

    /// Sets the address of the confirm page: a path below the base URL, or a whole address if the page is on another
    /// host. Default: `/handler/cli-auth-confirm`. `login_code` is added to its query.
    ///
    /// ```
    /// use counterfoil::client::{Key, Options};
    ///
    /// let key = Key::PublishableClient("pck_1234".into());
    /// let options = Options::documented("https://api.example.com", "internal", key)
    ///     .confirm_page("https://app.example.com/handler/cli-auth-confirm");
    /// # let _ = options;
    /// ```
    pub fn confirm_page(mut self, page: impl Into<String>) -> Self {
        self.dialect.confirm_page = page.into();
        self
    }
}

/// Without the key and the token, and without addresses, which may carry a password.
impl fmt::Debug for Documented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documented").field("project_id", &self.project_id).finish_non_exhaustive()
    }
}
