//! The parameters of a request (RFC 6749, section 3.2).

use axum::extract::Request;
use axum::http::request::Parts as Head;

use super::refusal::Refusal;
use crate::Secret;
use crate::axum::server::Host;
use crate::axum::wire::{Form, Malformed, body};

impl Form {
    /// Reads a request, whose body must be a form, and the `wanted` fields.
    pub(super) async fn receive(request: Request, wanted: &[&'static str]) -> Result<(Head, Self), Refusal> {
        let (head, body) = request.into_parts();
        // The body is read first: an early response over unread data would be lost with the connection.
        let bytes = body::read(body).await;
        Host::of(&head)?;
        let bytes = bytes?;
        if !body::is_form(&head.headers) {
            let expected = "The body must be a form: content-type application/x-www-form-urlencoded.";
            return Err(Refusal::invalid_request(expected));
        }
        body::expect_identity(&head.headers)?;
        let form = Self::parse(&bytes, wanted).map_err(|malformed| {
            Refusal::invalid_request(match malformed {
                Malformed::NotUtf8 => "The body must be a form in UTF-8.",
                Malformed::Twice => "A parameter is given twice.",
            })
        })?;
        Ok((head, form))
    }

    /// Takes a required parameter.
    pub(super) fn require(&mut self, name: &str, missing: &'static str) -> Result<Secret, Refusal> {
        self.take(name).ok_or_else(|| Refusal::invalid_request(missing))
    }
}
