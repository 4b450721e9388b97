//! `Options`: the settings of a login.

use std::pin::Pin;
use std::time::Duration;
use std::{fmt, io};

use super::prompt::{Present, Prompt};

pub(super) mod device;
pub(super) mod documented;

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
pub struct Options<D> {
    pub(super) dialect: D,
    pub(super) settings: Settings,
    pub(super) prompt: Option<Present>,
    pub(super) cancel: Option<Cancel>,
    pub(super) ctrl_c: bool,
    pub(super) open_browser: bool,
    pub(super) spinner: bool,
}

/// The settings that are plain values and the same in every dialect.
pub(super) struct Settings {
    pub(super) base_url: String,
    pub(super) insecure_http: bool,
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
                patience: Duration::from_secs(15),
                poll_interval: None,
                wait: Duration::from_secs(25),
                request_timeout: Duration::from_secs(10),
            },
            prompt: None,
            cancel: None,
            ctrl_c: false,
            open_browser: true,
            spinner: true,
        }
    }

    /// Sets whether the link is opened in a browser. Default: `true`. If there is no browser, or it does not start, the
    /// login continues and the user has the printed link. On Linux and the BSDs, `$BROWSER` takes precedence over the
    /// desktop's browser.
    pub fn open_browser(mut self, open: bool) -> Self {
        self.open_browser = open;
        self
    }

    /// Sets whether a spinner is shown while waiting. Default: `true`. It is written to standard error, only if that is
    /// a terminal.
    pub fn spinner(mut self, spinner: bool) -> Self {
        self.spinner = spinner;
        self
    }

    /// Sets a function that presents the link and the code, instead of lines on standard error. If it fails, the login
    /// fails with [`LoginError::Io`](super::LoginError::Io).
    pub fn present(mut self, present: impl FnOnce(&Prompt) -> io::Result<()> + Send + 'static) -> Self {
        self.prompt = Some(Box::new(present));
        self
    }

    /// Sets whether Ctrl-C cancels the login. Default: `false`.
    ///
    /// Tokio's handler stays installed: after the login, Ctrl-C no longer ends the process by default. A tool that runs
    /// on has to await `tokio::signal::ctrl_c` itself.
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

    /// Sets how long the first request is retried if the server is unreachable or full. Default: 15 s. A permanent
    /// fault ([`NetworkError::is_permanent`](super::NetworkError::is_permanent)) is not retried.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// Sets the least time from one poll to the next, at least 1 ms. Default: the server's interval in RFC 8628, within
    /// 1 s and 60 s, or 5 s if it gives none (section 3.2); 2 s in the documented dialect.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.poll_interval = Some(interval);
        self
    }

    /// Sets how long the server is asked to hold a poll's answer, in whole seconds. Default: 25 s, which most proxies
    /// allow. With zero the server is not asked to, and is polled. It is halved each time that the connection fails
    /// while an answer is held.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.settings.wait = wait;
        self
    }

    /// Sets how long an answer may take, in addition to the time that it is held. Default: 10 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.settings.request_timeout = timeout;
        self
    }

    /// Sets whether `http://` to other machines is allowed, for a network that can be trusted. Default: `false`. A link
    /// to the base URL's host is then opened by `http://` as well.
    pub fn insecure_http(mut self, allow: bool) -> Self {
        self.settings.insecure_http = allow;
        self
    }
}

impl<D: fmt::Debug> fmt::Debug for Options<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}
