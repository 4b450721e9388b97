//! `Attempt`: the idempotency key of a login's polls.

use rand::RngExt;
use reqwest::RequestBuilder;
use reqwest::header::{HeaderName, HeaderValue};

/// The header's name.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The `Idempotency-Key` of all polls of one login (draft-ietf-httpapi-idempotency-key-header-07): 128 random bits. A
/// server that knows the header gives a token again to the key that it was given to, so that a poll can be repeated
/// after its answer was lost. Every other request gets *used*.
///
/// The key is per login and not per poll: after a broken connection the server may still hold the old poll, and redeem
/// the token for that one while a newer poll waits.
pub(super) struct Attempt([u8; 16]);

impl Attempt {
    pub(super) fn new() -> Self {
        Self(rand::rng().random())
    }

    /// Adds the header, as a structured field's string (RFC 9651 section 3.3.3). It is left out of `Debug` texts.
    pub(super) fn name(&self, request: RequestBuilder) -> RequestBuilder {
        let text = format!("\"{:032x}\"", u128::from_be_bytes(self.0));
        match HeaderValue::try_from(text) {
            Ok(mut value) => {
                value.set_sensitive(true);
                request.header(IDEMPOTENCY_KEY, value)
            }
            Err(_) => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::http::Http;

    #[test]
    fn the_key_is_in_no_debug_text() {
        let http = Http::at("https://a.example");
        let attempt = Attempt::new();
        let request = attempt.name(http.post("/x"));
        let text = format!("{request:?}");
        let request = request.build().unwrap();
        let value = request.headers()[IDEMPOTENCY_KEY].to_str().unwrap();
        assert!(value.len() == 34 && value.starts_with('"') && value.ends_with('"'), "{value}");
        assert!(!format!("{text} {request:?}").contains(value.trim_matches('"')), "{text}");
    }
}
