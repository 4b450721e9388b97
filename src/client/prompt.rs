//! What the person is shown.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use super::options::Present;

/// What the person needs in order to approve the login. The link and the code let whoever has them answer it, so
/// `Debug` shows neither.
#[must_use]
pub struct Prompt {
    pub(super) link: String,
    pub(super) complete_link: Option<String>,
    pub(super) user_code: Option<String>,
    pub(super) expires_in: Duration,
}

impl Prompt {
    /// The address to open: `http` or `https`, without control characters. In RFC 8628 this is `verification_uri`,
    /// short enough to be typed on another device.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.link
    }

    /// The address that carries the code already, so that nobody types it: `verification_uri_complete` (RFC 8628
    /// section 3.3.1) where the server gives one, otherwise the same as [`link`](Self::link).
    #[must_use]
    pub fn complete_link(&self) -> &str {
        self.complete_link.as_deref().unwrap_or(&self.link)
    }

    /// The code to type in the browser, or to compare there if the link carries it. RFC 8628 dialect only.
    #[must_use]
    pub fn user_code(&self) -> Option<&str> {
        self.user_code.as_deref()
    }

    /// How long there is to approve it.
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

    /// The lines shown unless the caller presents it.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.user_code {
            None => writeln!(out, "To log in, open this address in a browser:\n\n    {}\n", self.link)?,
            Some(code) => {
                writeln!(out, "To log in, open this address in a browser:\n\n    {}\n", self.complete_link())?;
                writeln!(out, "It shows this code, which must be the same there:\n\n    {code}\n")?;
                if self.complete_link.is_some() {
                    writeln!(out, "On another device, open {} and type the code.\n", self.link)?;
                }
            }
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

    #[test]
    fn both_addresses_and_the_code_are_shown() {
        let prompt = Prompt {
            link: "https://a.example/device".into(),
            complete_link: Some("https://a.example/device?user_code=BCDF-GHJK".into()),
            user_code: Some("BCDF-GHJK".into()),
            expires_in: Duration::from_secs(600),
        };
        let mut out = Vec::new();
        prompt.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("    https://a.example/device?user_code=BCDF-GHJK\n"), "{text}");
        assert!(text.contains("    BCDF-GHJK\n") && text.contains("open https://a.example/device and"), "{text}");
        assert!(!format!("{prompt:?}").contains("BCDF"));
    }
}
