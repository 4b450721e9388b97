//! The options for places where no one approves a login: jobs, scripts, machines.

use super::Options;

impl<D> Options<D> {
    /// Sets whether a login begins where no one seems to be there to approve it. Default: `false`, and it fails with
    /// [`LoginError::Unattended`](crate::client::LoginError::Unattended) before anything is sent, instead of waiting
    /// until it expires. That is so if the environment variable `CI` is set (and not `false` or `0`), or if standard
    /// error is no terminal and no browser can be opened. A tool that shows the link itself, by
    /// [`present`](Self::present), decides for itself: its logins always begin.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// // For a tool whose standard error is read by a program that shows it.
    /// let options = Options::device("https://login.example.com", "internal").unattended(true);
    /// # let _ = options;
    /// ```
    pub fn unattended(mut self, allow: bool) -> Self {
        self.unattended = allow;
        self
    }

    /// Sets the name of an environment variable with a token. If it is set and not empty, the login returns that token
    /// without asking the server ([`Tokens::is_given`](crate::client::Tokens::is_given)): as the refresh token in the
    /// documented dialect, as the access token in RFC 8628. It is tried before standard input.
    ///
    /// The login fails with [`LoginError::Given`](crate::client::LoginError::Given) if the value cannot be a token: it
    /// has spaces, or characters other than ASCII. [`LoginError::Unattended`](crate::client::LoginError::Unattended)
    /// names the variable.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").token_from_env("ACME_TOKEN");
    /// # let _ = options;
    /// ```
    pub fn token_from_env(mut self, variable: impl Into<String>) -> Self {
        self.given.variable = Some(variable.into());
        self
    }

    /// Sets whether the token is read from standard input, to its end, instead of a login: for
    /// `acme login --with-token <file`. Default: `false`.
    ///
    /// The login fails with [`LoginError::Given`](crate::client::LoginError::Given) if standard input is a terminal,
    /// and if it has no token, or more than 64 KiB.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let with_token = std::env::args().any(|argument| argument == "--with-token");
    /// let options = Options::device("https://login.example.com", "internal").token_from_stdin(with_token);
    /// # let _ = options;
    /// ```
    pub fn token_from_stdin(mut self, read: bool) -> Self {
        self.given.stdin = read;
        self
    }
}
