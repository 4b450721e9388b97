//! `Prompt`: what the user is shown.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use super::link::Link;

/// A function of the caller's that shows a prompt.
pub(super) type Present = Box<dyn FnOnce(&Prompt) -> io::Result<()> + Send>;

/// What the user needs to approve the login. `Debug` shows neither the link nor the code, since either is enough
/// to approve or deny it.
///
/// ```
/// use counterfoil::client::{Options, Prompt};
///
/// fn show(prompt: &Prompt) -> std::io::Result<()> {
///     println!("Open {} within {} s.", prompt.complete_link(), prompt.expires_in().as_secs());
///     if prompt.complete_link() != prompt.link() {
///         println!("On another device: {}", prompt.link());
///     }
///     if let Some(code) = prompt.user_code() {
///         println!("The page shows {code}.");
///     }
///     if let Some(word) = prompt.check_word() {
///         println!("If it asks for a word: {word}.");
///     }
///     if let Some(host) = prompt.other_host() {
///         println!("It leads to {host}.");
///     }
///     if let Some(reason) = prompt.unopened() {
///         println!("No browser was opened: {reason}.");
///     }
///     if prompt.hand_back() {
///         println!("Open it on this machine.");
///     }
///     Ok(())
/// }
///
/// let options = Options::device("https://login.example.com", "internal").present(show);
/// # let _ = options;
/// ```
#[must_use]
pub struct Prompt {
    pub(super) link: Link,
    pub(super) complete_link: Option<Link>,
    pub(super) user_code: Option<String>,
    /// The host of the base URL.
    pub(super) server: String,
    pub(super) expires_in: Duration,
    /// Why no browser is opened here, if none is.
    pub(super) no_browser: Option<&'static str>,
    pub(super) check_word: Option<String>,
    /// The browser has to hand the login back to this machine.
    pub(super) hand_back: bool,
}

impl Prompt {
    /// Returns the address to open: `http` or `https`, at most 2048 ASCII characters, without control characters, a
    /// user name or a password. In RFC 8628 this is `verification_uri`, short enough to be typed on another device.
    #[must_use]
    pub fn link(&self) -> &str {
        self.link.as_str()
    }

    /// Returns the address that contains the code, so that it need not be typed: `verification_uri_complete` (RFC 8628
    /// section 3.3.1) if the server gives one, otherwise the same as [`link`](Self::link).
    #[must_use]
    pub fn complete_link(&self) -> &str {
        self.shown().as_str()
    }

    /// Returns the host of [`complete_link`](Self::complete_link) if it is not the base URL's. The user should be shown
    /// it, since the server may send them to any site.
    #[must_use]
    pub fn other_host(&self) -> Option<&str> {
        self.shown().other_host()
    }

    /// Returns the reason why the link is not opened in a browser, if it is not: it is plain `http` to another machine,
    /// it is a private address other than the base URL's, or there is no browser in front of the user (an SSH session,
    /// a machine without a desktop). `None` if the caller wants no browser.
    #[must_use]
    pub fn unopened(&self) -> Option<&str> {
        self.may_open().err().or(self.no_browser)
    }

    /// Fails, with the reason, if the link must not be opened by any means.
    pub(super) fn may_open(&self) -> Result<&str, &'static str> {
        match self.shown().unopened() {
            Some(reason) => Err(reason),
            None => Ok(self.complete_link()),
        }
    }

    /// Returns the code to type in the browser, or to compare there if the link contains it: at most 32 visible
    /// characters. Only in the RFC 8628 dialect.
    #[must_use]
    pub fn user_code(&self) -> Option<&str> {
        self.user_code.as_deref()
    }

    /// Returns the check word: four letters that the page asks for if its visitor may have come from another site than
    /// this tool's link ([`LoginCode::check_word`](crate::LoginCode::check_word)). `None` if the server is not of this
    /// kind. In the RFC 8628 dialect such a page takes the last four letters of the user code as well.
    #[must_use]
    pub fn check_word(&self) -> Option<&str> {
        self.check_word.as_deref()
    }

    /// Returns `true` if the link has to be opened on this machine: its browser hands the login back
    /// ([`Options::hand_back`](super::Options::hand_back)).
    #[must_use]
    pub fn hand_back(&self) -> bool {
        self.hand_back
    }

    /// Returns [`complete_link`](Self::complete_link) as a QR code, for a terminal whose text is lighter than its
    /// background: lines of half blocks, each with its line break but the last, all of one width. `None` if a phone
    /// could not open the link: it leads to this machine, or the login has to be [handed back](Self::hand_back).
    ///
    /// ```
    /// # fn show(prompt: &counterfoil::client::Prompt) {
    /// if let Some(code) = prompt.qr_code() {
    ///     eprintln!("{code}");
    /// }
    /// # }
    /// ```
    #[cfg(feature = "qr")]
    #[cfg_attr(docsrs, doc(cfg(feature = "qr")))]
    #[must_use]
    pub fn qr_code(&self) -> Option<String> {
        self.qr().map(super::qr::Qr::text)
    }

    #[cfg(feature = "qr")]
    fn qr(&self) -> Option<super::qr::Qr> {
        if self.hand_back || self.shown().is_here() { None } else { super::qr::Qr::new(self.complete_link()) }
    }

    /// Returns the time that is left for the approval.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    pub(super) fn present(&self, own: Option<Present>) -> io::Result<()> {
        match own {
            Some(present) => present(self),
            None => self.write(&mut io::stderr().lock()),
        }
    }

    /// Shows the QR code on standard error, if it is of use there.
    #[cfg(feature = "qr")]
    pub(super) fn present_qr(&self) -> io::Result<()> {
        self.write_qr(super::qr::columns(), &mut io::stderr().lock())
    }

    #[cfg(feature = "qr")]
    fn write_qr(&self, columns: Option<u16>, out: &mut impl Write) -> io::Result<()> {
        match self.qr().filter(|qr| qr.fits(columns)) {
            Some(qr) => qr.write(out),
            None => Ok(()),
        }
    }

    fn shown(&self) -> &Link {
        self.complete_link.as_ref().unwrap_or(&self.link)
    }

    /// Writes the lines that are shown by default.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let place = if self.hand_back { "a browser on this machine" } else { "a browser" };
        writeln!(out, "To log in, open this address in {place}:\n\n    {}\n", self.complete_link())?;
        if let Some(host) = self.other_host() {
            writeln!(
                out,
                "Note: it is on another host, {host}, than the server that this tool asks, {}.\n",
                self.server
            )?;
        }
        if let Some(reason) = self.unopened() {
            writeln!(out, "It is not opened for you: {reason}.\n")?;
        }
        if let Some(code) = &self.user_code {
            if self.complete_link.is_some() {
                writeln!(out, "It shows this code, which must be the same there:\n\n    {code}\n")?;
                if !self.hand_back {
                    writeln!(out, "On another device, open {} and type the code.\n", self.link())?;
                }
            } else {
                writeln!(out, "It asks for this code:\n\n    {code}\n")?;
            }
        }
        if let Some(word) = self.check_word() {
            writeln!(out, "If the page asks for a check word, type {word}.\n")?;
        }
        out.flush()
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use reqwest::Url;

    use crate::client::base::Base;

    fn link(text: &str) -> Link {
        Link::new(&Url::parse(text).unwrap(), &Base::new("https://a.example", false).unwrap()).unwrap()
    }

    fn written(page: &str, complete: Option<&str>) -> String {
        let prompt = Prompt {
            link: link(page),
            complete_link: complete.map(link),
            user_code: Some("BCDF-GHJK".into()),
            server: "a.example".into(),
            expires_in: Duration::from_secs(600),
            no_browser: None,
            check_word: Some("MJHT".into()),
            hand_back: false,
        };
        assert!(!format!("{prompt:?}").contains("BCDF"));
        let mut out = Vec::new();
        prompt.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn both_addresses_and_the_code_are_shown() {
        let text = written("https://a.example/device", Some("https://a.example/device?user_code=BCDF-GHJK"));
        assert!(text.contains("    https://a.example/device?user_code=BCDF-GHJK\n"), "{text}");
        assert!(text.contains("    BCDF-GHJK\n") && text.contains("open https://a.example/device and"), "{text}");
        assert!(!text.contains("another host") && !text.contains("not opened"), "{text}");
    }

    #[cfg(feature = "qr")]
    #[test]
    fn a_link_that_a_phone_cannot_open_has_no_qr_code() {
        let prompt = |page: &str, hand_back| Prompt {
            link: link(page),
            complete_link: None,
            user_code: None,
            server: "a.example".into(),
            expires_in: Duration::from_secs(600),
            no_browser: None,
            check_word: None,
            hand_back,
        };
        let printed = |prompt: &Prompt, columns| {
            let mut out = Vec::new();
            prompt.write_qr(columns, &mut out).unwrap();
            !out.is_empty()
        };
        let shown = prompt("https://a.example/device", false);
        assert!(shown.qr_code().is_some() && printed(&shown, Some(200)));
        // A narrow terminal, and none at all.
        assert!(!printed(&shown, Some(20)) && !printed(&shown, None));
        let back = prompt("https://a.example/device", true);
        assert!(back.qr_code().is_none() && !printed(&back, Some(200)), "a phone has no way back to this machine");
        for here in ["http://127.0.0.1:8102/device", "http://localhost:8102/device", "http://[::1]:8102/device"] {
            let base = Base::new(here, false).unwrap();
            let prompt = Prompt {
                link: Link::new(&Url::parse(here).unwrap(), &base).unwrap(),
                ..prompt("https://a.example/", false)
            };
            assert!(prompt.qr_code().is_none() && !printed(&prompt, Some(200)), "{here} is another machine to a phone");
        }
    }

    #[test]
    fn another_host_and_a_link_that_is_not_opened_are_named() {
        let text = written("https://b.example/device", None);
        assert!(text.contains("another host, b.example, than the server that this tool asks, a.example"), "{text}");
        assert!(text.contains("asks for this code") && !text.contains("not opened"), "{text}");
        let text = written("http://192.168.0.1/device", None);
        assert!(text.contains("another host, 192.168.0.1,") && text.contains("It is not opened for you"), "{text}");
    }
}
