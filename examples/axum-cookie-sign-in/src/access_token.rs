//! `Signer`: access tokens, as JWTs that the tool's other servers check by themselves.

use std::time::Duration;

use counterfoil::Secret;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::users::Granted;

/// How long one is good. Short: it cannot be revoked.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What one says (RFC 9068, in part).
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    pub sub: String,
    pub scope: String,
    pub exp: u64,
}

#[derive(Clone)]
pub struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Signer {
    /// A key for this process alone. Servers that others trust have a key pair, in a secret store.
    pub fn random() -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self { encoding: EncodingKey::from_secret(&key), decoding: DecodingKey::from_secret(&key) }
    }

    pub fn sign(&self, granted: &Granted) -> Result<Secret, jsonwebtoken::errors::Error> {
        let exp = get_current_timestamp() + LIFETIME.as_secs();
        let claims = Claims { sub: granted.user.clone(), scope: granted.scope.clone(), exp };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map(Secret::new)
    }

    /// What a good one says; for the endpoints that the tool calls with it.
    pub fn check(&self, token: &Secret) -> Result<Claims, jsonwebtoken::errors::Error> {
        decode(token.expose(), &self.decoding, &Validation::new(Algorithm::HS256)).map(|token| token.claims)
    }
}
