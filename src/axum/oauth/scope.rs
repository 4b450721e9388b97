//! `scope` (RFC 6749, section 3.3).

use super::refusal::Refusal;
use crate::axum::server::Settings;
use crate::axum::wire::Form;

/// The longest `scope`: a login that is never approved must not cost much memory.
pub(super) const LONGEST: usize = crate::details::MAX_SCOPE;

/// Reads the requested scope. Fails if it is not a list of scope tokens, too long, or not allowed.
pub(super) fn read(form: &mut Form, settings: &Settings) -> Result<Option<Box<str>>, Refusal> {
    let Some(scope) = form.take("scope") else { return Ok(None) };
    let scope = scope.expose();
    let token = |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b));
    if scope.len() > LONGEST {
        return Err(Refusal::invalid_scope("The scope is too long: at most 256 characters."));
    }
    if !scope.split(' ').all(token) {
        return Err(Refusal::invalid_scope("The scope must be names of printable ASCII with one space between two."));
    }
    let allowed = |asked: &str| settings.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|one| **one == *asked));
    if !scope.split(' ').all(allowed) {
        return Err(Refusal::invalid_scope("A scope is not one that this server offers; see scopes_supported."));
    }
    Ok(Some(scope.into()))
}
