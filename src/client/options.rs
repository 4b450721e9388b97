//! Who asks for a login, and how it is presented.

use std::pin::Pin;
use std::time::Duration;
use std::{fmt, io};

use super::prompt::{Present, Prompt};

pub(super) mod device;
pub(super) mod documented;

pub(super) type Cancel = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What [`login`](super::login) needs to know, for one dialect: [`Options::documented`] or [`Options::device`]. The
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

/// The part that every dialect has, without the presentation: plain values.
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

    /// Whether to open the link in a browser: yes unless given. If there is none, or it does not start, the person has
    /// the printed link; the login goes on either way. On Linux and the BSDs `$BROWSER` goes before the desktop's own.
    pub fn open_browser(mut self, open: bool) -> Self {
        self.open_browser = open;
        self
    }

    /// Whether to show a spinner while waiting: yes unless given. It is on standard error, and only on a terminal.
    pub fn spinner(mut self, spinner: bool) -> Self {
        self.spinner = spinner;
        self
    }

    /// Presents link and code in the caller's own way, instead of lines on standard error. An error ends the login
    /// with [`LoginError::Io`](super::LoginError::Io).
    pub fn present(mut self, present: impl FnOnce(&Prompt) -> io::Result<()> + Send + 'static) -> Self {
        self.prompt = Some(Box::new(present));
        self
    }

    /// Whether Ctrl-C cancels the login: no unless given.
    ///
    /// Tokio's handler, once installed, stays: after the login, Ctrl-C no longer ends the process on its own. A tool
    /// that works on for long has to await `tokio::signal::ctrl_c` itself.
    pub fn cancel_on_ctrl_c(mut self, cancel: bool) -> Self {
        self.ctrl_c = cancel;
        self
    }

    /// Cancels the login when this future is done.
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

    /// How long an unreachable or full server is tried before the login has begun: 15 s unless given. What does not pass
    /// on its own ([`NetworkError::is_permanent`](super::NetworkError::is_permanent)) is tried once.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.settings.patience = patience;
        self
    }

    /// The least time from one poll to the next if the server holds no answer back: the server's own interval in
    /// RFC 8628, within 1 s and 60 s, otherwise 2 s (5 s in RFC 8628, section 3.2), unless given. What is given here goes
    /// before the server's, down to 1 ms.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.poll_interval = Some(interval);
        self
    }

    /// How long the server is asked to hold a poll's answer, in whole seconds: 25 s unless given, which most proxies
    /// let pass. Zero asks for nothing, and polls. It is halved whenever something on the way gives up on a held
    /// answer.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.settings.wait = wait;
        self
    }

    /// How long an answer may take, beyond the time that it is held: 10 s unless given.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.settings.request_timeout = timeout;
        self
    }

    /// Allows `http://` to other machines, on a network that is not read by others: no unless given. A link to the base
    /// URL's host is then opened by `http://` as well.
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
