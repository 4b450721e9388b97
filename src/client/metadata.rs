//! `revocation_endpoint`: where the server takes tokens back, from its metadata (RFC 8414).

use reqwest::Url;

use super::base::Base;
use super::error::LoginError;
use super::host::Host;
use super::http::Http;
use super::options::Settings;
use super::patience::{Kind, patiently};

/// RFC 8414 section 3.
const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// Returns the address of the revocation endpoint. Fails if the metadata names none, or one that a token must not be
/// sent to.
pub(super) async fn revocation_endpoint(http: &Http, settings: &Settings) -> Result<Url, LoginError> {
    let metadata = address(http.base());
    let answer = patiently(http, settings, Kind::Repeatable, || http.get(metadata.clone())).await?;
    let unsupported = LoginError::Unsupported { what: "revocation (RFC 7009)" };
    if answer.status == 404 {
        return Err(unsupported);
    }
    let Some(members) = answer.members().filter(|_| answer.is_success()) else { return Err(answer.refusal()) };
    let Some(text) = members.text("revocation_endpoint") else { return Err(unsupported) };
    let url = Url::parse(&text).ok().filter(|url| is_safe(url, http.base()));
    url.ok_or(LoginError::Malformed { what: "a revocation_endpoint that a token must not be sent to" })
}

/// RFC 8414 section 3.1: the well-known path comes before the issuer's own.
fn address(base: &Base) -> Url {
    let mut url = base.url.clone();
    url.set_path(&format!("{WELL_KNOWN}{}", base.url.path().trim_end_matches('/')));
    url
}

/// Returns `true` for `https`, and for `http` to the base URL's own host if that is plain too.
fn is_safe(url: &Url, base: &Base) -> bool {
    let own =
        || base.is_plain_http() && Host::of(url).zip(Host::of(&base.url)).is_some_and(|(host, own)| host.is(&own));
    url.username().is_empty()
        && url.password().is_none()
        && match url.scheme() {
            "https" => true,
            "http" => own(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_comes_first() {
        for (base, expected) in [
            ("https://a.example", "https://a.example/.well-known/oauth-authorization-server"),
            ("https://a.example/", "https://a.example/.well-known/oauth-authorization-server"),
            ("https://a.example:8443/t/1/", "https://a.example:8443/.well-known/oauth-authorization-server/t/1"),
        ] {
            assert_eq!(address(&Base::new(base, false).unwrap()).as_str(), expected);
        }
    }

    #[test]
    fn a_token_goes_by_tls_or_stays_on_this_machine() {
        for (base, endpoint, expected) in [
            ("https://a.example", "https://a.example/revoke", true),
            ("https://a.example", "https://tokens.a.example/revoke", true),
            ("https://a.example", "http://a.example/revoke", false),
            ("https://a.example", "http://127.0.0.1/revoke", false),
            ("https://a.example", "https://u:p@a.example/revoke", false),
            ("https://a.example", "ftp://a.example/revoke", false),
            ("http://127.0.0.1:1", "http://localhost:2/revoke", true),
            ("http://127.0.0.1:1", "http://a.example/revoke", false),
        ] {
            let base = Base::new(base, false).unwrap();
            assert_eq!(is_safe(&Url::parse(endpoint).unwrap(), &base), expected, "{endpoint}");
        }
    }
}
