//! `Options`: the settings of a login.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::browser::Opener;
use super::given::Given;
use super::notice::Tell;
use super::prompt::Present;

mod connection;
pub(super) mod device;
pub(super) mod documented;
mod presentation;
mod unattended;

pub(super) type Cancel = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The settings of a [`login`](super::login), for one dialect: [`Options::documented`] or [`Options::device`]. The
/// setters never fail; `login` checks the options before it sends anything.
///
/// ```
/// use std::time::Duration;
///
/// use counterfoil::client::Options;
///
/// let options = Options::device("https://login.example.com", "internal")
///     .spinner(false)
///     .patience(Duration::from_secs(60))
///     .token_from_env("ACME_TOKEN")
///     .cancel_on_ctrl_c(true);
/// # let _ = options;
/// ```
///
/// An option that a dialect does not have cannot be set on it:
///
/// ```compile_fail,E0599
/// # use counterfoil::client::Options;
/// # use std::time::Duration;
/// // In RFC 8628 the server decides how long a login lives.
/// let options = Options::device("https://login.example.com", "internal").expires_in(Duration::from_secs(60));
/// ```
#[must_use]
// Switches that do not depend on each other.
#[allow(clippy::struct_excessive_bools)]
pub struct Options<D> {
    pub(super) dialect: D,
    pub(super) settings: Settings,
    pub(super) prompt: Option<Present>,
    pub(super) notices: Option<Tell>,
    pub(super) cancel: Option<Cancel>,
    pub(super) ctrl_c: bool,
    pub(super) open_browser: bool,
    pub(super) browser: Option<Opener>,
    pub(super) spinner: bool,
    pub(super) unattended: bool,
    pub(super) given: Given,
    pub(super) client_name: Option<String>,
    pub(super) hand_back: bool,
    #[cfg(feature = "qr")]
    pub(super) qr_code: bool,
}

/// The settings that are plain values and the same in every dialect.
pub(super) struct Settings {
    pub(super) base_url: String,
    pub(super) insecure_http: bool,
    pub(super) root_certificates: Vec<u8>,
    pub(super) http_client: Option<reqwest::Client>,
    pub(super) patience: Duration,
    pub(super) poll_interval: Option<Duration>,
    pub(super) wait: Duration,
    pub(super) request_timeout: Duration,
}

impl<D> Options<D> {
    fn new(base_url: String, dialect: D) -> Self {
        Self {
            dialect,
            settings: Settings {
                base_url,
                insecure_http: false,
                root_certificates: Vec::new(),
                http_client: None,
                patience: Duration::from_secs(15),
                poll_interval: None,
                wait: Duration::from_secs(25),
                request_timeout: Duration::from_secs(10),
            },
            prompt: None,
            notices: None,
            cancel: None,
            ctrl_c: false,
            open_browser: true,
            browser: None,
            spinner: true,
            unattended: false,
            given: Given::default(),
            client_name: None,
            hand_back: false,
            #[cfg(feature = "qr")]
            qr_code: true,
        }
    }

    /// Sets the tool's name, which the page shows to the person who approves, if the server knows `client_name`: at most
    /// 64 bytes of it. It is a claim of the tool's, and the page says so.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").client_name("acme-cli");
    /// # let _ = options;
    /// ```
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.client_name = Some(name.into());
        self
    }

    /// Sets whether the browser that approves hands the login back to this machine. Default: `false`.
    ///
    /// The tool then listens on `127.0.0.1`, at a random port and path, and tells the server this address. The approved
    /// page leads the browser there, with a proof that is good for this login alone, and the token is handed out to the
    /// poll that carries it (RFC 8252 section 7.3).
    ///
    /// Somebody who sends the link of a login of their own to a victim (phishing) uses no such option. Where the server
    /// requires it of this tool's logins, they get nothing from the victim's approval, since their machine gets no proof;
    /// without it, no login then begins, and the error says so.
    ///
    /// The link must then be opened on this machine; the printed text says so. It has no effect where no browser is
    /// opened (SSH, no desktop, `open_browser(false)`), and with a server that does not know it: the login continues
    /// without.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").hand_back(true);
    /// # let _ = options;
    /// ```
    pub fn hand_back(mut self, hand_back: bool) -> Self {
        self.hand_back = hand_back;
        self
    }

    /// Sets whether Ctrl-C cancels the login. Default: `false`.
    ///
    /// Tokio's handler stays installed: after the login, Ctrl-C no longer ends the process by default. A tool that runs
    /// on has to await `tokio::signal::ctrl_c` itself.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").cancel_on_ctrl_c(true);
    /// # let _ = options;
    /// ```
    pub fn cancel_on_ctrl_c(mut self, cancel: bool) -> Self {
        self.ctrl_c = cancel;
        self
    }

    /// Cancels the login when this future completes.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let (cancel, cancelled) = tokio::sync::oneshot::channel::<()>();
    /// let options = Options::device("https://login.example.com", "internal").cancel_when(async {
    ///     let _ = cancelled.await;
    /// });
    /// # let _ = (cancel, options);
    /// ```
    pub fn cancel_when(mut self, done: impl Future<Output = ()> + Send + 'static) -> Self {
        self.cancel = Some(Box::pin(done));
        self
    }
}

impl<D: fmt::Debug> fmt::Debug for Options<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}
