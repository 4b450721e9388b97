//! Which client asks (RFC 6749, sections 2.3 and 3.2.1).

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::form::{Form, decode};
use super::refusal::Refusal;
use crate::Secret;
use crate::axum::access::AccessError;

/// With padding or without: clients differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A client by its id. All are public (RFC 6749, section 2.1): there is no secret to show, and one that is shown is
/// refused rather than taken on trust.
pub(super) struct ClientId {
    id: String,
    /// It came in the header Authorization.
    by_header: bool,
}

impl ClientId {
    /// From the parameter `client_id`, or from HTTP Basic credentials with an empty password.
    pub(super) fn read(headers: &HeaderMap, form: &mut Form) -> Result<Self, Refusal> {
        let id = form.take("client_id").map(|id| id.expose().to_owned());
        let secret = form.take("client_secret");
        let mut header = headers.get_all(AUTHORIZATION).iter();
        match (header.next(), header.next()) {
            (None, _) => {
                let id = id.ok_or_else(|| Refusal::invalid_request("client_id is required."))?;
                if secret.is_some() { Err(secretive(false)) } else { Ok(Self { id, by_header: false }) }
            }
            (Some(header), None) => {
                let (by_header, password) = basic(header).ok_or_else(|| {
                    Refusal::invalid_client(
                        "The header Authorization must hold Basic credentials, or be left out.",
                        true,
                    )
                })?;
                if secret.is_some() || id.is_some_and(|id| id != by_header) {
                    return Err(Refusal::invalid_request("The client is named in two ways; use one."));
                }
                if password.expose().is_empty() {
                    Ok(Self { id: by_header, by_header: true })
                } else {
                    Err(secretive(true))
                }
            }
            (Some(_), Some(_)) => Err(Refusal::invalid_request("The header Authorization is given twice.")),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What [`Access`](crate::axum::Access) said to it.
    pub(super) fn refusal(&self, error: AccessError) -> Refusal {
        match error {
            AccessError::UnknownProject | AccessError::WrongKey => {
                Refusal::invalid_client("There is no such client; check the client_id.", self.by_header)
            }
            AccessError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

fn secretive(challenge: bool) -> Refusal {
    Refusal::invalid_client("Clients are public here: send the client_id alone, without a secret.", challenge)
}

/// The two halves of Basic credentials, each encoded as in a form (RFC 6749, section 2.3.1).
fn basic(header: &HeaderValue) -> Option<(String, Secret)> {
    let (scheme, credentials) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = Secret::new(String::from_utf8(BASE64.decode(credentials.trim()).ok()?).ok()?);
    let (id, password) = text.expose().split_once(':')?;
    Some((decode(id)?, Secret::new(decode(password)?)))
}
