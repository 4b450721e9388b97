//! Finds the proxy of a request, for error texts.

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

/// Returns the proxy for this address, from the environment or the system's settings as `reqwest` finds it: scheme,
/// host and port, without credentials.
pub(super) fn proxy(url: &Url) -> Option<String> {
    named(&Matcher::from_system(), url)
}

fn named(proxies: &Matcher, url: &Url) -> Option<String> {
    let proxy = proxies.intercept(&url.as_str().parse::<Uri>().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_credentials() {
        let proxies = Matcher::builder().https("http://user:pa%40ss@proxy.example:3128/x").no("direct.example").build();
        let named = |url: &str| named(&proxies, &Url::parse(url).unwrap());
        assert_eq!(named("https://login.example/").as_deref(), Some("http://proxy.example:3128"));
        assert_eq!(named("https://direct.example/"), None);
        assert_eq!(named("http://login.example/"), None);
    }
}
