//! `Base`: the server's base URL.

use reqwest::Url;

use super::error::LoginError;
use super::host::Host;

/// A base URL that has been checked.
pub(super) struct Base {
    pub(super) url: Url,
    /// Plain `http` is allowed to any host.
    pub(super) insecure_http: bool,
}

impl Base {
    pub(super) fn new(text: &str, insecure_http: bool) -> Result<Self, LoginError> {
        let refused = |reason| Err(LoginError::Options { reason });
        let Ok(url) = Url::parse(text) else {
            return refused("the base URL does not parse; give one like https://host");
        };
        let base = Self { url, insecure_http };
        let url = &base.url;
        match url.scheme() {
            "https" => {}
            "http" if base.is_loopback() || insecure_http => {}
            "http" => return refused("the base URL is http, which would expose the token on the network; use https"),
            _ => return refused("the base URL is neither https nor http"),
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("the base URL has a query or a fragment; leave them out");
        }
        if !url.username().is_empty() || url.password().is_some() {
            // It would be part of the link that is printed.
            return refused("the base URL has a user name or a password; leave them out");
        }
        Ok(base)
    }

    /// Returns `true` if the host is this machine, so that requests stay on it.
    pub(super) fn is_loopback(&self) -> bool {
        Host::of(&self.url).is_some_and(|host| host.is_loopback())
    }

    pub(super) fn is_plain_http(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// Returns the host, for texts.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Returns host and port, for texts.
    pub(super) fn authority(&self) -> String {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.host())
    }

    /// Returns the address of a path below the base URL.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, insecure_http: bool) -> Option<&'static str> {
        match Base::new(text, insecure_http) {
            Err(LoginError::Options { reason }) => Some(reason),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_allowed() {
        for local in [
            "http://127.0.0.1:8102",
            "http://[::1]:1/",
            "http://localhost:8102/stack",
            "http://localhost.:1",
            "http://[::ffff:127.0.0.1]",
            "https://example.com",
        ] {
            assert_eq!(refused(local, false), None, "{local}");
        }
        for remote in ["http://example.com", "http://localhost.example.com", "http://192.168.0.1", "http://0.0.0.0"] {
            assert!(refused(remote, false).unwrap().contains("use https"), "{remote}");
            assert_eq!(refused(remote, true), None, "{remote}");
        }
    }

    #[test]
    fn what_is_no_base_is_refused() {
        for text in [
            "example.com",
            "ftp://example.com",
            "https://example.com?a",
            "https://example.com/#a",
            "https://user:secret@example.com",
            "https://user@example.com",
            "",
        ] {
            assert!(refused(text, true).is_some(), "{text}");
        }
    }

    #[test]
    fn paths_come_after_the_base_path() {
        let base = Base::new("https://example.com:8443/stack/", false).unwrap();
        assert_eq!(base.address("/api"), "https://example.com:8443/stack/api");
        assert_eq!((base.host(), base.authority().as_str()), ("example.com", "example.com:8443"));
    }
}
