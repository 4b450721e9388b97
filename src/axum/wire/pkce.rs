//! `Challenge`: proof of possession for a polling code, as RFC 7636 has it for an authorization code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::{Binding, Secret};

/// What a request must not be for, as the text of an error.
pub(crate) type Malformed = &'static str;

/// A code challenge of the method `S256` (RFC 7636, section 4.2): the digest of a verifier that the client keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Challenge([u8; 32]);

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method` (RFC 7636, section 4.3). `None` if there is none.
    ///
    /// # Errors
    /// A text, if they are malformed, or of another method: `plain` would protect nothing here, since an attacker who sees the
    /// requests sees the verifier.
    pub(crate) fn read(challenge: Option<&Secret>, method: Option<&Secret>) -> Result<Option<Self>, Malformed> {
        let Some(challenge) = challenge else {
            return if method.is_some() {
                Err("code_challenge is required with code_challenge_method.")
            } else {
                Ok(None)
            };
        };
        if method.is_none_or(|method| method.expose() != "S256") {
            return Err("code_challenge_method must be S256.");
        }
        let digest = digest(challenge).ok_or("code_challenge must be 43 characters of base64url without padding.")?;
        Ok(Some(Self(digest)))
    }

    /// Reads `code_verifier` (RFC 7636, sections 4.1 and 4.5). `None` if there is none.
    ///
    /// # Errors
    /// A text, if it is malformed. Whether it is the right one does not show in that.
    pub(crate) fn of_verifier(verifier: Option<&Secret>) -> Result<Option<Self>, Malformed> {
        let Some(verifier) = verifier.map(Secret::expose) else { return Ok(None) };
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
            return Err("code_verifier must be 43 to 128 letters, digits, hyphens, dots, underscores or tildes.");
        }
        Ok(Some(Self(Sha256::digest(verifier).into())))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Reads `hand_back_proof`: what the browser brought back to the tool (RFC 8252, section 7.3). `None` if there is none.
///
/// # Errors
/// A text, if it is malformed.
pub(crate) fn hand_back_proof(proof: Option<&Secret>) -> Result<Option<Binding>, Malformed> {
    let Some(proof) = proof else { return Ok(None) };
    let bytes = digest(proof).ok_or("hand_back_proof must be 43 characters of base64url without padding.")?;
    Ok(Some(Binding::new(bytes)))
}

/// Returns the 32 bytes of 43 characters of base64url, of which there is one spelling.
fn digest(text: &Secret) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text.expose()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_rfc_fits_its_challenge() {
        let method = Secret::new("S256");
        let challenge = Challenge::read(Some(&Secret::new(CHALLENGE)), Some(&method));
        assert_eq!(challenge, Challenge::of_verifier(Some(&Secret::new(VERIFIER))));
        assert!(challenge.is_ok_and(|challenge| challenge.is_some()));
        assert_eq!(Challenge::read(None, None), Ok(None));
        assert_eq!(Challenge::of_verifier(None), Ok(None));
    }

    #[test]
    fn another_spelling_is_malformed() {
        let read = |challenge: &str, method: Option<&str>| {
            let (challenge, method) = (Secret::new(challenge), method.map(Secret::new));
            Challenge::read(Some(&challenge), method.as_ref())
        };
        for method in [None, Some("plain"), Some("s256"), Some("S512")] {
            assert!(read(CHALLENGE, method).is_err(), "{method:?}");
        }
        assert!(Challenge::read(None, Some(&Secret::new("S256"))).is_err());
        // Short, long, padded, the other alphabet, bits to spare that are set.
        let [short, long] = [&CHALLENGE[1..], &format!("{CHALLENGE}A")];
        let padded = format!("{CHALLENGE}=");
        let (plain, spare) = (CHALLENGE.replace('-', "+"), CHALLENGE.replace("cM", "cN"));
        for text in [short, long, &padded, &plain, &spare, &format!(" {CHALLENGE}")] {
            assert!(read(text, Some("S256")).is_err(), "{text}");
        }
        for verifier in [&VERIFIER[1..], &"a".repeat(129), &format!("{VERIFIER}="), &format!("{VERIFIER}+"), "\u{e4}"] {
            assert!(Challenge::of_verifier(Some(&Secret::new(verifier))).is_err(), "{verifier}");
        }
        assert!(Challenge::of_verifier(Some(&Secret::new("~".repeat(128)))).is_ok());
    }
}
