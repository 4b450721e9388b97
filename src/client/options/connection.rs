//! The options of the connection to the server, and of its times.

use std::time::Duration;

use super::Options;

impl<D> Options<D> {
    /// Sets how long the first request is retried if the server is unreachable or full. Default: 15 s. A permanent
    /// fault ([`NetworkError::is_permanent`](crate::client::NetworkError::is_permanent)) is not retried.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use counterfoil::client::Options;
    ///
    /// // For a machine whose network comes up after the tool has started.
    /// let options = Options::device("https://login.example.com", "internal").patience(Duration::from_secs(120));
    /// # let _ = options;
    /// ```
    pub fn patience(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// Sets the least time from one poll to the next, at least 1 ms. Default: the server's interval in RFC 8628, within
    /// 1 s and 60 s, or 5 s if it gives none (section 3.2); 2 s in the documented dialect.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").poll_interval(Duration::from_secs(10));
    /// # let _ = options;
    /// ```
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.poll_interval = Some(interval);
        self
    }

    /// Sets how long the server is asked to hold a poll's answer, in whole seconds. Default: 25 s, which most proxies
    /// allow. With zero the server is not asked to, and is polled. It is halved each time that the connection fails
    /// while an answer is held.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use counterfoil::client::Options;
    ///
    /// // Behind a proxy that ends connections that are silent for 20 s.
    /// let options = Options::device("https://login.example.com", "internal").wait(Duration::from_secs(15));
    /// # let _ = options;
    /// ```
    pub fn wait(mut self, wait: Duration) -> Self {
        self.settings.wait = wait;
        self
    }

    /// Sets how long an answer may take, in addition to the time that it is held. Default: 10 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").request_timeout(Duration::from_secs(30));
    /// # let _ = options;
    /// ```
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.settings.request_timeout = timeout;
        self
    }

    /// Sets whether `http://` to other machines is allowed, for a network that can be trusted. Default: `false`. A link
    /// to the base URL's host is then opened by `http://` as well.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("http://login.test-cluster", "internal").insecure_http(true);
    /// # let _ = options;
    /// ```
    pub fn insecure_http(mut self, allow: bool) -> Self {
        self.settings.insecure_http = allow;
        self
    }

    /// Adds certificate authorities to those that the system trusts: one or more certificates in PEM, for a server whose
    /// certificate is signed by an authority of the organisation's own. May be called more than once.
    ///
    /// The login fails with [`LoginError::Options`](crate::client::LoginError::Options) if there is no certificate in
    /// it, or one that cannot be read, and if there is an [`http_client`](Self::http_client) too, which brings its own.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// # fn options() -> std::io::Result<()> {
    /// let pem = std::fs::read("/etc/acme/authority.pem")?;
    /// let options = Options::device("https://login.acme.internal", "internal").root_certificates(pem);
    /// # let _ = options;
    /// # Ok(())
    /// # }
    /// ```
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.settings.root_certificates.extend_from_slice(pem.as_ref());
        // So that the next one begins on a line of its own.
        self.settings.root_certificates.push(b'\n');
        self
    }

    /// Sets the HTTP client, for a tool that has one: with its proxies, client certificates, resolver, DNS cache and
    /// connections. Default: one for this login.
    ///
    /// Build it with `redirect(Policy::none())`: the login ends with
    /// [`LoginError::Options`](crate::client::LoginError::Options) when a redirect was followed, since the codes were
    /// sent to a server that was not configured. Its timeouts hold beside [`request_timeout`](Self::request_timeout),
    /// so a total timeout should be longer than [`wait`](Self::wait). Errors cannot name its proxies.
    ///
    /// ```
    /// use counterfoil::client::{Options, reqwest};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = reqwest::Client::builder()
    ///     .user_agent("acme-cli/1.0")
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .proxy(reqwest::Proxy::https("http://proxy.acme.internal:3128")?)
    ///     .build()?;
    /// let options = Options::device("https://login.example.com", "internal").http_client(client);
    /// # let _ = options;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.settings.http_client = Some(client);
        self
    }
}
