//! `Surroundings`: what this process runs in, as far as a login is concerned.

use std::env;
use std::io::{self, IsTerminal};

/// Why no one seems to be there to approve a login: the reason of
/// [`LoginError::Unattended`](super::LoginError::Unattended).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unattended {
    /// The environment variable `CI` is set: this is a continuous integration job.
    Ci,
    /// Standard error is no terminal, and no browser can be opened, so that no one sees the link.
    NoTerminal,
}

/// Read once, when a login begins.
// Facts that do not depend on each other.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Surroundings {
    /// This is an SSH session.
    ssh: bool,
    /// There is a desktop, on which a browser opens.
    desktop: bool,
    /// `$BROWSER` names a program for links.
    browser: bool,
    ci: bool,
    /// Standard error is a terminal.
    terminal: bool,
}

impl Surroundings {
    pub(super) fn here() -> Self {
        Self::read(|name| env::var(name).unwrap_or_default(), io::stderr().is_terminal())
    }

    /// Reads the variables, where one that is empty is as one that is not set.
    fn read(variable: impl Fn(&str) -> String, terminal: bool) -> Self {
        let set = |name: &&str| !variable(name).is_empty();
        Self {
            // Set by sshd, for a session with a terminal and for one without.
            ssh: ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter().any(set),
            // WSL has no display of its own, and opens Windows' browser.
            desktop: cfg!(any(windows, target_os = "macos"))
                || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(set),
            browser: cfg!(all(unix, not(target_os = "macos"))) && set(&"BROWSER"),
            ci: !matches!(variable("CI").to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off"),
            terminal,
        }
    }

    /// Returns the reason why no browser is opened, if none is. A program in `$BROWSER` is started everywhere: editors
    /// that work on a remote machine set it to one that opens the link on the machine in front of the user.
    pub(super) fn no_browser(&self) -> Option<&'static str> {
        if self.browser {
            None
        } else if self.ssh {
            // A display that is forwarded by SSH would show the remote machine's browser.
            Some("this is an SSH session, and the browser in front of you is on another machine")
        } else if !self.desktop {
            Some("this machine has no desktop")
        } else {
            None
        }
    }

    /// Returns the reason why no one would approve a login, if there is one. `opens` is whether a browser is opened.
    pub(super) fn unattended(&self, opens: bool) -> Option<Unattended> {
        if self.ci {
            Some(Unattended::Ci)
        } else if !self.terminal && !opens {
            Some(Unattended::NoTerminal)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(variables: &[(&str, &str)], terminal: bool) -> Surroundings {
        let variable = |name: &str| variables.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value);
        Surroundings::read(|name| variable(name).to_owned(), terminal)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_browser_opens_on_a_desktop_and_not_on_a_remote_one() {
        let reason = |variables: &[(&str, &str)]| surroundings(variables, true).no_browser().unwrap_or_default();
        for desktop in [("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0"), ("WSL_DISTRO_NAME", "Debian")] {
            assert_eq!(reason(&[desktop]), "");
            for ssh in ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"] {
                assert!(reason(&[desktop, (ssh, "10.0.0.1 5 10.0.0.2 22")]).contains("SSH"), "{ssh}");
            }
        }
        assert!(reason(&[]).contains("no desktop") && reason(&[("DISPLAY", "")]).contains("no desktop"));
        // What an editor's terminal on a remote machine has.
        assert_eq!(reason(&[("BROWSER", "/opt/editor/browser.sh"), ("SSH_CONNECTION", "x")]), "");
    }

    #[test]
    fn someone_is_there_with_a_terminal_or_a_browser_and_never_in_ci() {
        for (variables, terminal, opens, expected) in [
            (&[][..], true, false, None),
            (&[], false, true, None),
            (&[], false, false, Some(Unattended::NoTerminal)),
            (&[("CI", "true")], true, true, Some(Unattended::Ci)),
            (&[("CI", "1")], true, false, Some(Unattended::Ci)),
            (&[("CI", "False")], true, false, None),
            (&[("CI", "")], true, false, None),
        ] {
            assert_eq!(surroundings(variables, terminal).unattended(opens), expected, "{variables:?}");
        }
    }
}
