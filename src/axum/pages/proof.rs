//! `FormKeys`: a form shows that it is of a page that this server wrote, for this login and this visitor.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;
use crate::code::LoginCode;
use crate::code::random::generator;

/// For how long a page can be sent, in seconds. Later it is shown once more.
const LONGEST: u64 = 60 * 60;

/// The keys of the proofs: the first makes them, all of them are good.
pub(super) struct FormKeys(Vec<Zeroizing<[u8; 32]>>);

/// What a page has named: the login, and who would approve it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) login: &'a LoginCode,
    pub(super) tenant: &'a str,
    pub(super) account: &'a str,
}

impl FormKeys {
    /// Draws a key for this process alone. Without randomness there is none, and no proof is good.
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

    /// Returns the proof for a page's form: text for a hidden field.
    pub(super) fn prove(&self, shown: Shown<'_>) -> Option<Secret> {
        self.prove_at(shown, now())
    }

    /// Returns whether a form has the proof of a page that showed the same.
    pub(super) fn check(&self, proof: &str, shown: Shown<'_>) -> bool {
        self.check_at(proof, shown, now())
    }

    fn prove_at(&self, shown: Shown<'_>, now: u64) -> Option<Secret> {
        let tag = mac(self.0.first()?, shown, now)?.finalize().into_bytes();
        Some(Secret::new(format!("{now:x}.{}", URL_SAFE_NO_PAD.encode(tag))))
    }

    fn check_at(&self, proof: &str, shown: Shown<'_>, now: u64) -> bool {
        let Some((at, tag)) = proof.split_once('.') else { return false };
        let (Ok(at), Ok(tag)) = (u64::from_str_radix(at, 16), URL_SAFE_NO_PAD.decode(tag)) else { return false };
        let made_by = |key: &Zeroizing<[u8; 32]>| mac(key, shown, at).is_some_and(|mac| mac.verify_slice(&tag).is_ok());
        now.abs_diff(at) <= LONGEST && self.0.iter().any(made_by)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// HMAC-SHA256 (RFC 2104) of all parts, each behind its length.
fn mac(key: &Zeroizing<[u8; 32]>, shown: Shown<'_>, at: u64) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&**key).ok()?;
    let code = shown.login.expose();
    for part in ["counterfoil form", &*code, shown.tenant, shown.account] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.update(&at.to_be_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionStore;

    fn codes() -> [LoginCode; 2] {
        let store = SessionStore::<u8>::builder().build().unwrap();
        [(); 2].map(|()| store.initiate().unwrap().login_code)
    }

    #[test]
    fn a_proof_is_of_one_login_and_one_account() {
        let [login, other] = codes();
        let shown = Shown { login: &login, tenant: "internal", account: "alice" };
        let keys = FormKeys::random();
        let proof = keys.prove_at(shown, 1_000_000).unwrap();
        let proof = proof.expose();
        assert!(keys.check_at(proof, shown, 1_000_000));
        for wrong in [
            Shown { login: &other, ..shown },
            Shown { tenant: "internal2", ..shown },
            Shown { account: "mallory", ..shown },
            Shown { tenant: "internala", account: "lice", ..shown },
        ] {
            assert!(!keys.check_at(proof, wrong, 1_000_000));
        }
        for wrong in
            ["", ".", "f4240", "f4240.", &proof[1..], &proof[..proof.len() - 1], "f4241.AAAA", &format!("{proof}A")]
        {
            assert!(!keys.check_at(wrong, shown, 1_000_000), "{wrong}");
        }
    }

    #[test]
    fn a_proof_is_good_for_an_hour() {
        let [login, _] = codes();
        let shown = Shown { login: &login, tenant: "t", account: "a" };
        let keys = FormKeys::random();
        let proof = keys.prove_at(shown, 1_000_000).unwrap();
        let proof = proof.expose();
        for (now, good) in [(996_400, true), (996_399, false), (1_003_600, true), (1_003_601, false), (0, false)] {
            assert_eq!(keys.check_at(proof, shown, now), good, "{now}");
        }
        let later = proof.replacen("f4240", "f4241", 1);
        assert!(!keys.check_at(&later, shown, 1_000_001), "the time is part of it");
    }

    #[test]
    fn the_first_key_makes_proofs_and_all_keys_check_them() {
        let [login, _] = codes();
        let shown = Shown { login: &login, tenant: "t", account: "a" };
        let (old, mut new) = (FormKeys::given([1; 32]), FormKeys::given([2; 32]));
        let proof = old.prove(shown).unwrap();
        let proof = proof.expose();
        assert!(!new.check(proof, shown));
        new.add([1; 32]);
        assert!(new.check(proof, shown) && !old.check(new.prove(shown).unwrap().expose(), shown));
        assert!(!FormKeys::random().check(proof, shown), "each process draws its own");
    }
}
