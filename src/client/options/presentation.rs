//! The options of what the user sees, and of the browser.

use std::io;
use std::sync::Arc;

use super::Options;
use crate::client::notice::Notice;
use crate::client::prompt::Prompt;

impl<D> Options<D> {
    /// Sets whether the link is opened in a browser. Default: `true`. If there is no browser, or it does not start, the
    /// login continues and the user has the printed link. On Linux and the BSDs, `$BROWSER` takes precedence over the
    /// desktop's browser.
    ///
    /// In an SSH session, and on a machine without a desktop, no browser is opened, unless `$BROWSER` names one: the
    /// printed text says so.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").open_browser(false);
    /// # let _ = options;
    /// ```
    pub fn open_browser(mut self, open: bool) -> Self {
        self.open_browser = open;
        self
    }

    /// Sets a function that opens the link, instead of the system's browser. It is called once, with an address that
    /// may be opened ([`Prompt::unopened`]), on a thread of its own, in SSH sessions and without a desktop too. If it
    /// fails, the login continues, and the user has the printed link.
    ///
    /// ```
    /// use std::process::Command;
    ///
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal")
    ///     .browser(|link| Command::new("acme-desktop").args(["open", link]).status().map(drop));
    /// # let _ = options;
    /// ```
    pub fn browser(mut self, open: impl FnOnce(&str) -> io::Result<()> + Send + 'static) -> Self {
        self.browser = Some(Box::new(open));
        self
    }

    /// Sets whether a spinner is shown while waiting. Default: `true`. It is written to standard error, only if that is
    /// a terminal.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").spinner(false);
    /// # let _ = options;
    /// ```
    pub fn spinner(mut self, spinner: bool) -> Self {
        self.spinner = spinner;
        self
    }

    /// Sets a function that presents the link and the code, instead of lines on standard error. If it fails, the login
    /// fails with [`LoginError::Io`](crate::client::LoginError::Io).
    ///
    /// With it, a login begins in every place ([`unattended`](Self::unattended)), and notices are not printed
    /// ([`on_notice`](Self::on_notice)).
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").present(|prompt| {
    ///     println!("Open {}", prompt.complete_link());
    ///     Ok(())
    /// });
    /// # let _ = options;
    /// ```
    pub fn present(mut self, present: impl FnOnce(&Prompt) -> io::Result<()> + Send + 'static) -> Self {
        self.prompt = Some(Box::new(present));
        self
    }

    /// Sets whether the printed text has a QR code of the link, for the camera of a phone. Default: `true`. It is printed
    /// if no browser is opened on this machine, standard error is a terminal that is wide enough, and a phone can open
    /// the link: not one to this machine itself.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal").qr_code(false);
    /// # let _ = options;
    /// ```
    #[cfg(feature = "qr")]
    #[cfg_attr(docsrs, doc(cfg(feature = "qr")))]
    pub fn qr_code(mut self, show: bool) -> Self {
        self.qr_code = show;
        self
    }

    /// Sets a function that is given each [`Notice`], such as that the server has not answered for 3 s, instead of a
    /// line on standard error. It runs on the login's task, so it should return soon.
    ///
    /// ```
    /// use counterfoil::client::Options;
    ///
    /// let options = Options::device("https://login.example.com", "internal")
    ///     .on_notice(|notice| eprintln!("acme: {notice}"));
    /// # let _ = options;
    /// ```
    pub fn on_notice(mut self, tell: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.notices = Some(Arc::new(tell));
        self
    }
}
