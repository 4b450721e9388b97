//! `FormKeys`: signs what the pages give to a browser, to know it again.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::code::random::generator;

/// The keys of the signatures: the first makes them, all of them are good.
pub(super) struct FormKeys(Vec<Zeroizing<[u8; 32]>>);

/// What a signature is of: its purpose, the time in seconds since 1970, and the rest.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) purpose: &'static str,
    pub(super) at: u64,
    pub(super) parts: &'a [&'a str],
}

impl FormKeys {
    /// Draws a key for this process alone. Without randomness there is none, and no signature is good.
    pub(super) fn random() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        Self(generator().map(|mut rng| rng.fill_bytes(&mut *key)).map(|()| key).into_iter().collect())
    }

    pub(super) fn given(key: [u8; 32]) -> Self {
        Self(vec![Zeroizing::new(key)])
    }

    pub(super) fn add(&mut self, key: [u8; 32]) {
        self.0.push(Zeroizing::new(key));
    }

    /// Returns a signature, in letters and digits, `-` and `_`.
    pub(super) fn sign(&self, signed: Signed<'_>) -> Option<String> {
        Some(URL_SAFE_NO_PAD.encode(mac(self.0.first()?, signed)?.finalize().into_bytes()))
    }

    /// Returns whether a signature is one of ours, and not older than so many seconds.
    pub(super) fn check(&self, signature: &str, signed: Signed<'_>, now: u64, longest: u64) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let made_by = |key: &Zeroizing<[u8; 32]>| mac(key, signed).is_some_and(|mac| mac.verify_slice(&tag).is_ok());
        // The clocks of two servers may differ: a signature may also be a little early.
        now.abs_diff(signed.at) <= longest && self.0.iter().any(made_by)
    }
}

/// The seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// HMAC-SHA256 (RFC 2104) of all parts, each behind its length.
fn mac(key: &Zeroizing<[u8; 32]>, Signed { purpose, at, parts }: Signed<'_>) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&**key).ok()?;
    for part in [&["counterfoil", purpose], parts].into_iter().flatten() {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.update(&at.to_be_bytes());
    Some(mac)
}
