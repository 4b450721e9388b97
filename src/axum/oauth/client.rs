//! `ClientId`: the client that sends a request (RFC 6749, sections 2.3 and 3.2.1).

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::refusal::Refusal;
use crate::Secret;
use crate::axum::server::AccessError;
use crate::axum::wire::{Differ, Form, agreed, decode};
use crate::details::MAX_CLIENT;

/// Base64 with or without padding: clients differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A client's id. All clients are public (RFC 6749, section 2.1): they have no secret, and a request that sends one is
/// refused.
pub(super) struct ClientId(String);

impl ClientId {
    /// Reads the parameter `client_id`, or HTTP Basic credentials with an empty password. Both may be sent, and the
    /// header may come twice, if they agree.
    pub(super) fn read(headers: &HeaderMap, form: &mut Form) -> Result<Self, Refusal> {
        let id = form.take("client_id").map(|id| id.expose().to_owned());
        let secret = form.take("client_secret");
        let given = agreed(headers, AUTHORIZATION).map_err(|Differ| {
            Refusal::invalid_request("The header Authorization is given twice, with different values.")
        })?;
        let Some(header) = given else {
            let id = id.ok_or_else(|| Refusal::invalid_request("client_id is required."))?;
            return if secret.is_some() { Err(secretive()) } else { Self::checked(id) };
        };
        let (by_header, password) = basic(header).ok_or_else(|| {
            Refusal::invalid_client("The header Authorization must hold Basic credentials, or be left out.")
        })?;
        if secret.is_some() || id.is_some_and(|id| id != by_header) {
            return Err(Refusal::invalid_request("The client is named in two ways; use one."));
        }
        if password.expose().is_empty() { Self::checked(by_header) } else { Err(secretive()) }
    }

    /// Fails if the id is longer than any client's: a login keeps it.
    fn checked(id: String) -> Result<Self, Refusal> {
        if id.len() > MAX_CLIENT { Err(unknown()) } else { Ok(Self(id)) }
    }

    pub(super) fn id(&self) -> &str {
        &self.0
    }
}

/// The response to an [`Access`](crate::axum::Access) that refused a client.
impl From<AccessError> for Refusal {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::UnknownProject | AccessError::WrongKey => unknown(),
            AccessError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

fn unknown() -> Refusal {
    Refusal::invalid_client("There is no such client; check the client_id.")
}

fn secretive() -> Refusal {
    Refusal::invalid_client("Clients are public here: send the client_id alone, without a secret.")
}

/// Returns the id and the password of Basic credentials, both decoded as in a form (RFC 6749, section 2.3.1).
fn basic(header: &HeaderValue) -> Option<(String, Secret)> {
    let (scheme, credentials) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = Secret::new(String::from_utf8(BASE64.decode(credentials.trim()).ok()?).ok()?);
    let (id, password) = text.expose().split_once(':')?;
    Some((decode(id)?, Secret::new(decode(password)?)))
}
