//! `Link`: an address for the user's browser, and whether to open it automatically.

use reqwest::Url;

use super::base::Base;
use super::host::Host;

/// Less than the limit of any browser, and more than a login page needs.
const MAX_LENGTH: usize = 2048;

/// An `http` or `https` address without user name and password. It has no control characters, since it was parsed.
#[derive(Clone)]
pub(super) struct Link {
    text: String,
    other_host: Option<String>,
    unopened: Option<&'static str>,
    #[cfg(feature = "qr")]
    here: bool,
}

impl Link {
    /// Fails, with the reason, if the address must be neither opened nor shown.
    pub(super) fn new(url: &Url, base: &Base) -> Result<Self, &'static str> {
        let Some(host) = Host::of(url).filter(|_| matches!(url.scheme(), "http" | "https")) else {
            return Err("a link that is not http or https");
        };
        if !url.username().is_empty() || url.password().is_some() {
            // `https://login.example.com@evil.example/` is a page of evil.example.
            return Err("a link with a user name or a password in it");
        }
        if url.as_str().len() > MAX_LENGTH {
            return Err("a link of more than 2048 characters");
        }
        let same = Host::of(&base.url).is_some_and(|own| own.is(&host));
        let unopened = if url.scheme() == "http" && !host.is_loopback() && !(same && base.insecure_http) {
            Some("others in the network can read and change what it shows (http)")
        } else if host.is_private() && !same {
            Some("it leads into this machine's own network")
        } else {
            None
        };
        let other_host = if same { None } else { url.host_str().map(str::to_owned) };
        Ok(Self {
            text: url.as_str().to_owned(),
            other_host,
            unopened,
            #[cfg(feature = "qr")]
            here: host.is_loopback(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns `true` if it leads to this machine, so that no other can open it.
    #[cfg(feature = "qr")]
    pub(super) fn is_here(&self) -> bool {
        self.here
    }

    /// Returns the link's host if it is not the base URL's.
    pub(super) fn other_host(&self) -> Option<&str> {
        self.other_host.as_deref()
    }

    /// Returns the reason why the link is shown but not opened, if it is not opened.
    pub(super) fn unopened(&self) -> Option<&'static str> {
        self.unopened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str, base: &str) -> Result<Link, &'static str> {
        link_of(text, base, false)
    }

    fn link_of(text: &str, base: &str, insecure_http: bool) -> Result<Link, &'static str> {
        Link::new(&Url::parse(text).unwrap(), &Base { url: Url::parse(base).unwrap(), insecure_http })
    }

    const HERE: &str = "http://127.0.0.1:8102";
    const THERE: &str = "https://login.example.com/auth";

    #[test]
    fn what_no_browser_should_see_is_refused() {
        for refused in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "ftp://login.example.com/",
            "vscode://x/y",
            "https://login.example.com@evil.example/",
            "https://login.example.com:443@evil.example/",
            "https://:secret@login.example.com/",
            "https:\\\\login.example.com@evil.example",
            &format!("https://login.example.com/{}", "x".repeat(2048)),
        ] {
            assert!(link(refused, THERE).is_err() && link_of(refused, HERE, true).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_page_of_the_servers_own_or_of_the_webs_is_opened() {
        for (opened, base) in [
            ("https://login.example.com/device", THERE),
            ("https://LOGIN.example.com.:8443/device", THERE),
            ("https://app.example.net/device", THERE),
            ("http://127.0.0.1:8102/device", HERE),
            ("http://localhost:3000/device", HERE),
            ("https://app.example.net/device", HERE),
            ("https://192.168.0.7/device", "https://192.168.0.7:8443"),
            ("https://intranet/device", "https://intranet"),
        ] {
            assert_eq!(link(opened, base).map(|link| link.unopened()), Ok(None), "{opened} from {base}");
        }
        assert_eq!(link_of("http://10.0.0.9:81/", "http://10.0.0.9", true).map(|link| link.unopened()), Ok(None));
    }

    #[test]
    fn plain_http_and_the_own_network_are_not_opened() {
        for (shown, base) in [
            ("http://login.example.com/device", THERE),
            ("http://app.example.net/device", HERE),
            ("http://192.168.0.7/device", "http://192.168.0.7"),
            ("https://192.168.0.1/device", THERE),
            ("https://192.168.0.1/device", "https://192.168.0.7"),
            ("https://3232235521/device", THERE),
            ("https://[::ffff:10.0.0.1]/device", HERE),
            ("https://169.254.169.254/latest", HERE),
            ("https://0/device", HERE),
            ("http://localhost.:8080/device", THERE),
            ("http://127.0.0.1:9/device", THERE),
            ("https://router/device", THERE),
        ] {
            assert!(link(shown, base).unwrap().unopened().is_some(), "{shown} from {base}");
        }
        // What the caller allows for its own server, it allows for that one only.
        assert!(link_of("http://10.0.0.8/", "http://10.0.0.9", true).unwrap().unopened().is_some());
    }

    #[test]
    fn another_host_is_named() {
        for (text, base, other) in [
            ("https://login.example.com/device", THERE, None),
            ("https://login.example.com:8443/device", THERE, None),
            ("https://login.example.com.evil.example/", THERE, Some("login.example.com.evil.example")),
            ("https://login.exаmple.com/", THERE, Some("login.xn--exmple-4nf.com")),
            ("http://localhost:3000/", HERE, None),
            ("https://app.example.net/", HERE, Some("app.example.net")),
        ] {
            assert_eq!(link(text, base).unwrap().other_host(), other, "{text}");
        }
    }
}
