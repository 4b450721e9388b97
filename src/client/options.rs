//! Who asks for a login, and how it is presented.

use std::pin::Pin;
use std::time::Duration;
use std::{fmt, io};

use super::Prompt;
use crate::Secret;

pub(super) type Present = Box<dyn FnOnce(&Prompt) -> io::Result<()> + Send>;
pub(super) type Cancel = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What [`login`](super::login) needs to know. The setters never fail; `login` checks them before it sends anything.
#[must_use]
pub struct Options {
    pub(super) settings: Settings,
    pub(super) prompt: Option<Present>,
    pub(super) cancel: Option<Cancel>,
    pub(super) ctrl_c: bool,
    pub(super) open_browser: bool,
    pub(super) spinner: bool,
}

/// The part that outlives the presentation: plain values.
pub(super) struct Settings {
    pub(super) dialect: Dialect,
    pub(super) insecure_http: bool,
    pub(super) patience: Duration,
    pub(super) poll_interval: Option<Duration>,
    pub(super) wait: Duration,
    pub(super) request_timeout: Duration,
}

pub(super) enum Dialect {
    Documented(Documented),
    Device(Device),
}

pub(super) struct Documented {
    pub(super) project_id: String,
    pub(super) publishable_client_key: Option<Secret>,
    pub(super) secret_server_key: Option<Secret>,
    pub(super) anon_refresh_token: Option<Secret>,
    pub(super) expires_in: Option<Duration>,
    pub(super) confirm_page: String,
}

pub(super) struct Device {
    pub(super) client_id: String,
    pub(super) scope: Option<String>,
    pub(super) authorization_path: String,
    pub(super) token_path: String,
}

impl Options {
    /// A login in the documented dialect, for the project `project_id`. It needs a key as well.
    pub fn new(project_id: impl Into<String>) -> Self {
        Self::of(Dialect::Documented(Documented {
            project_id: project_id.into(),
            publishable_client_key: None,
            secret_server_key: None,
            anon_refresh_token: None,
            expires_in: None,
            confirm_page: "/handler/cli-auth-confirm".into(),
        }))
    }

    /// A login in the RFC 8628 dialect, as the public client `client_id` (RFC 6749 section 2.1).
    pub fn device(client_id: impl Into<String>) -> Self {
        Self::of(Dialect::Device(Device {
            client_id: client_id.into(),
            scope: None,
            authorization_path: "/oauth/device_authorization".into(),
            token_path: "/oauth/token".into(),
        }))
    }

    fn of(dialect: Dialect) -> Self {
        Self {
            settings: Settings {
                dialect,
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

    /// The project's publishable client key, sent as `x-stack-publishable-client-key`. Documented dialect only.
    pub fn publishable_client_key(mut self, key: impl Into<Secret>) -> Self {
        if let Dialect::Documented(documented) = &mut self.settings.dialect {
            documented.publishable_client_key = Some(key.into());
        }
        self
    }

    /// The project's secret server key, sent as `x-stack-secret-server-key`; it goes before a publishable one. For
    /// tools that run where nobody else reads along, never for tools that are given away. Documented dialect only.
    pub fn secret_server_key(mut self, key: impl Into<Secret>) -> Self {
        if let Dialect::Documented(documented) = &mut self.settings.dialect {
            documented.secret_server_key = Some(key.into());
        }
        self
    }

    /// The refresh token of the anonymous user that the tool has acted for, whose data the person may take over when
    /// they approve. Documented dialect only.
    pub fn anon_refresh_token(mut self, token: impl Into<Secret>) -> Self {
        if let Dialect::Documented(documented) = &mut self.settings.dialect {
            documented.anon_refresh_token = Some(token.into());
        }
        self
    }

    /// How long the login is to live: 1 ms to 24 h, 2 h unless given. Documented dialect only; in RFC 8628 the server
    /// decides.
    pub fn expires_in(mut self, expires_in: Duration) -> Self {
        if let Dialect::Documented(documented) = &mut self.settings.dialect {
            documented.expires_in = Some(expires_in);
        }
        self
    }

    /// Where the confirm page is: a path below the base URL, or a whole address where the page lives elsewhere.
    /// `/handler/cli-auth-confirm` unless given. `login_code` is added to its query. Documented dialect only.
    pub fn confirm_page(mut self, page: impl Into<String>) -> Self {
        if let Dialect::Documented(documented) = &mut self.settings.dialect {
            documented.confirm_page = page.into();
        }
        self
    }

    /// The scope to ask for, words parted by spaces (RFC 6749 section 3.3). RFC 8628 dialect only.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        if let Dialect::Device(device) = &mut self.settings.dialect {
            device.scope = Some(scope.into());
        }
        self
    }

    /// The paths of the device authorization endpoint and of the token endpoint, below the base URL.
    /// `/oauth/device_authorization` and `/oauth/token` unless given. RFC 8628 dialect only.
    pub fn endpoints(mut self, device_authorization: impl Into<String>, token: impl Into<String>) -> Self {
        if let Dialect::Device(device) = &mut self.settings.dialect {
            device.authorization_path = device_authorization.into();
            device.token_path = token.into();
        }
        self
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
    pub fn cancel_when(mut self, done: impl Future<Output = ()> + Send + 'static) -> Self {
        self.cancel = Some(Box::pin(done));
        self
    }

    /// How long an unreachable or full server is tried before the login has begun: 15 s unless given. What does not pass
    /// on its own ([`Fault::is_permanent`](super::Fault::is_permanent)) is tried once.
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

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dialect, id) = match &self.settings.dialect {
            Dialect::Documented(documented) => ("documented", &documented.project_id),
            Dialect::Device(device) => ("RFC 8628", &device.client_id),
        };
        f.debug_struct("Options").field("dialect", &dialect).field("id", id).finish_non_exhaustive()
    }
}
