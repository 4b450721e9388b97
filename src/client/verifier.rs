//! `Verifier`: what binds the polls of a login to the request that began it (PKCE, RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Secret;

/// The code verifier of one login: 256 random bits (RFC 7636 section 4.1). The request that begins the login carries
/// its digest, and each poll carries itself, so that a polling code or device code that was stolen on the way is
/// worth nothing without it.
pub(super) struct Verifier(Secret);

impl Verifier {
    pub(super) fn new() -> Self {
        Self::of(&Zeroizing::new(rand::rng().random()))
    }

    fn of(bytes: &[u8; 32]) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Returns the `code_verifier`: 43 characters.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the `code_challenge` of the method `S256` (RFC 7636 section 4.2).
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.expose()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        let bytes = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = Verifier::of(&bytes);
        assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_ne!(Verifier::new().expose(), Verifier::new().expose());
    }
}
