//! `scope` (RFC 6749, section 3.3).

use super::refusal::Refusal;
use crate::axum::wire::Form;

/// The longest `scope`: a login that is never approved must not cost much memory.
const LONGEST: usize = 1024;

/// Reads the requested scope. Fails if it is not a list of scope tokens, or too long.
pub(super) fn read(form: &mut Form) -> Result<Option<Box<str>>, Refusal> {
    let Some(scope) = form.take("scope") else { return Ok(None) };
    let scope = scope.expose();
    let token = |token: &str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b));
    if scope.len() > LONGEST {
        return Err(Refusal::invalid_scope("The scope is too long: at most 1024 characters."));
    }
    if !scope.split(' ').all(token) {
        return Err(Refusal::invalid_scope("The scope must be names of printable ASCII with one space between two."));
    }
    Ok(Some(scope.into()))
}
