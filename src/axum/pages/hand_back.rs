//! The address on the visitor's own machine that the browser is led to after an approval (RFC 8252, section 7.3).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

use crate::axum::wire::hand_back;
use crate::code::random::generator;
use crate::{Binding, Details, Secret, Unavailable};

/// A proof for the tool that listens there: what its poll has to carry, and the address that brings it.
pub(super) struct HandBack {
    pub(super) proof: Binding,
    pub(super) url: Secret,
}

impl HandBack {
    /// Draws a proof, if the login asks for one. Only a loopback address is ever led to, whatever the login says.
    ///
    /// # Errors
    /// [`Unavailable`] without randomness.
    pub(super) fn draw(details: Option<&Details>) -> Result<Option<Self>, Unavailable> {
        let address = details.and_then(|details| details.hand_back.as_deref()).map(Secret::new);
        let Some(address) = address.as_ref().and_then(|address| hand_back(address).ok()) else { return Ok(None) };
        let mut bytes = [0; 32];
        generator().map_err(|_| Unavailable::new(Duration::from_secs(5)))?.fill_bytes(&mut bytes);
        let join = if address.contains('?') { '&' } else { '?' };
        let url = Secret::new(format!("{address}{join}proof={}", URL_SAFE_NO_PAD.encode(bytes)));
        Ok(Some(Self { proof: Binding::new(bytes), url }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(hand_back: &str) -> Option<String> {
        let drawn = HandBack::draw(Some(&Details::new().hand_back(hand_back))).unwrap();
        drawn.map(|drawn| drawn.url.expose().to_owned())
    }

    #[test]
    fn the_proof_is_in_the_address_and_never_the_same() {
        let details = Details::new().hand_back("http://127.0.0.1:4711/done");
        let [one, other] = [(); 2].map(|()| HandBack::draw(Some(&details)).unwrap().unwrap());
        assert_ne!(one.proof, other.proof);
        let (address, proof) = one.url.expose().split_once("?proof=").unwrap();
        assert_eq!(address, "http://127.0.0.1:4711/done");
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(proof).unwrap().try_into().unwrap();
        assert_eq!(one.proof, Binding::new(bytes));
        assert!(url("http://[::1]:1/?a=b").unwrap().starts_with("http://[::1]:1/?a=b&proof="));
        assert!(HandBack::draw(None).unwrap().is_none() && HandBack::draw(Some(&Details::new())).unwrap().is_none());
    }

    #[test]
    fn nothing_but_loopback_is_led_to() {
        for other in [
            "",
            "http://127.0.0.1/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:80@evil.example/",
            "http://127.0.0.1:80.evil.example/",
            "http://127.0.0.1.evil.example:80/",
            "http://localhost:80/",
            "https://127.0.0.1:80/",
            "HTTP://127.0.0.1:80/",
            "http://127.0.0.2:80/",
            "http://[::1]:80@evil.example/",
            "http://127.0.0.1:80/\r\nset-cookie: a=b",
            "http://127.0.0.1:80/a b",
            "http://127.0.0.1:80/;url=http://evil.example",
            "http://127.0.0.1:80/#a",
            "http://127.0.0.1:80\\@evil.example",
            "javascript:alert(1)",
            "//evil.example/",
        ] {
            assert_eq!(url(other), None, "{other}");
        }
    }
}
