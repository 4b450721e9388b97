//! Seals grants, contexts and codes, so that a reader or a writer of Redis learns none of them.
//!
//! - A **grant** is sealed by HPKE (RFC 9180, base mode) to a key pair that is derived from the polling secret. Redis has
//!   the public key, under a tag that only the login secret makes: a writer cannot put its own key in.
//! - A **copy** of the grant, for an approval that is taken back, is sealed under both the login secret and the store's key.
//! - A **context** and the details are sealed under keys derived from the login secret. Each key seals one text.
//! - A **user code** names its login under the store's key, since its 34 bits alone would be found by trying them all.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use hpke::aead::ChaCha20Poly1305 as HpkeAead;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand::Rng;
use rand::rngs::ThreadRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::locator::Locator;
use crate::binding::Binding;
use crate::code::{Code, Proof};

pub(super) const DIGEST: usize = 16;
pub(super) type Short = [u8; DIGEST];
/// What a rung of a source is counted under.
pub(super) type Account = [u8; 8];

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

const INFO: &[u8] = b"counterfoil grant 1";
const PUBLIC: usize = 32;

fn secret(code: &Code) -> Zeroizing<[u8; 20]> {
    let Proof { a, b, c } = code.proof;
    let mut bytes = Zeroizing::new([0; 20]);
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..16].copy_from_slice(&b.to_le_bytes());
    bytes[16..].copy_from_slice(&c.to_le_bytes());
    bytes
}

fn short(parts: &[&[u8]]) -> Short {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    cut(&hash.finalize())
}

fn cut(bytes: &[u8]) -> Short {
    let mut out = [0; DIGEST];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}

/// A tenant's polling code by this digest; with another tenant's name it is another.
pub(super) fn polling_digest(tenant: &str, code: &Code) -> Short {
    short(&[b"poll", tenant.as_bytes(), &*secret(code)])
}

pub(super) fn login_digest(code: &Code) -> Short {
    short(&[b"login", &*secret(code)])
}

/// A digest of what must not be found in Redis as it is, and need not be secret.
pub(super) fn digest(domain: &str, bytes: &[u8]) -> Short {
    short(&[domain.as_bytes(), bytes])
}

fn derive(code: &Code, purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are fewer than HKDF's limit, the only thing that it can fail for.
    let _ = Hkdf::<Sha256>::new(None, &*secret(code)).expand(purpose.as_bytes(), &mut *key);
    key
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Short {
    // HMAC takes keys of any length.
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return [0; DIGEST] };
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    cut(&mac.finalize().into_bytes())
}

fn pair(polling: &Code) -> (PrivateKey, PublicKey) {
    X25519HkdfSha256::derive_keypair(&*derive(polling, "grant"))
}

/// The key that grants are sealed to, as it is kept.
pub(super) fn public_key(polling: &Code) -> [u8; PUBLIC] {
    let mut bytes = [0; PUBLIC];
    bytes.iter_mut().zip(pair(polling).1.to_bytes()).for_each(|(to, from)| *to = from);
    bytes
}

/// What a writer in Redis cannot make for a key of its own.
pub(super) fn key_tag(login: &Code, public: &[u8], loc: Locator, tenant: &str) -> Short {
    mac(&*derive(login, "tag"), &[public, &loc.bytes(), tenant.as_bytes()])
}

fn about(loc: Locator, tenant: &str) -> Vec<u8> {
    let mut about = loc.bytes().to_vec();
    about.extend_from_slice(tenant.as_bytes());
    about
}

/// Returns `None` if the key is none.
pub(super) fn seal_grant(
    public: &[u8],
    loc: Locator,
    tenant: &str,
    grant: &[u8],
    rng: &mut ThreadRng,
) -> Option<Vec<u8>> {
    let public = PublicKey::from_bytes(public).ok()?;
    let (encapped, sealed) = hpke::single_shot_seal_with_rng::<HpkeAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        INFO,
        grant,
        &about(loc, tenant),
        rng,
    )
    .ok()?;
    let mut out = encapped.to_bytes().to_vec();
    out.extend_from_slice(&sealed);
    Some(out)
}

/// Returns `None` if the grant was not sealed to this polling code, for this tenant.
pub(super) fn open_grant(polling: &Code, loc: Locator, tenant: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (encapped, sealed) = sealed.split_at_checked(PUBLIC)?;
    let encapped = Encapped::from_bytes(encapped).ok()?;
    hpke::single_shot_open::<HpkeAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &pair(polling).0,
        &encapped,
        INFO,
        sealed,
        &about(loc, tenant),
    )
    .ok()
    .map(Zeroizing::new)
}

/// Seals the one text of that purpose under the login secret.
pub(super) fn seal(login: &Code, purpose: &str, text: &[u8], loc: Locator) -> Option<Vec<u8>> {
    let cipher = ChaCha20Poly1305::new(&Key::from(*derive(login, purpose)));
    cipher.encrypt(&Nonce::from([0; 12]), Payload { msg: text, aad: &loc.bytes() }).ok()
}

pub(super) fn open(login: &Code, purpose: &str, sealed: &[u8], loc: Locator) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = ChaCha20Poly1305::new(&Key::from(*derive(login, purpose)));
    cipher.decrypt(&Nonce::from([0; 12]), Payload { msg: sealed, aad: &loc.bytes() }).ok().map(Zeroizing::new)
}

/// A digest of what a poll has to carry.
pub(super) fn shown(domain: &str, binding: &Binding) -> Short {
    digest(domain, binding.as_bytes())
}

/// A key of the store's, which Redis never sees.
#[derive(Clone)]
pub(super) struct StoreKey(pub(super) Zeroizing<[u8; 32]>);

impl StoreKey {
    fn cipher(&self, name: &str) -> ChaCha20Poly1305 {
        let mut key = Zeroizing::new([0; 32]);
        let _ = Hkdf::<Sha256>::new(Some(b"user code"), &*self.0).expand(name.as_bytes(), &mut *key);
        ChaCha20Poly1305::new(&Key::from(*key))
    }

    /// The key of what whoever has both the login code and the store's key may read.
    fn copy_cipher(&self, login: &Code) -> ChaCha20Poly1305 {
        let mut key = Zeroizing::new([0; 32]);
        let _ = Hkdf::<Sha256>::new(Some(&*self.0), &*secret(login)).expand(b"copy of the grant", &mut *key);
        ChaCha20Poly1305::new(&Key::from(*key))
    }

    /// Seals the copy of a grant that an approval can be taken back by. There is one grant for a login code that is ever
    /// read: of two approvals one counts.
    pub(super) fn seal_copy(&self, login: &Code, grant: &[u8], loc: Locator, rng: &mut ThreadRng) -> Option<Vec<u8>> {
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: grant, aad: &loc.bytes() };
        let sealed = self.copy_cipher(login).encrypt(&Nonce::from(nonce), payload).ok()?;
        let mut out = nonce.to_vec();
        out.extend_from_slice(&sealed);
        Some(out)
    }

    pub(super) fn open_copy(&self, login: &Code, sealed: &[u8], loc: Locator) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<12>()?;
        let payload = Payload { msg: sealed, aad: &loc.bytes() };
        self.copy_cipher(login).decrypt(&Nonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    /// What a rung of a source is counted under: under the store's key, since there are few addresses.
    pub(super) fn account(&self, rung: &[u8]) -> Account {
        let mut account = Account::default();
        let name = mac(&*self.0, &[b"source", rung]);
        account.iter_mut().zip(name).for_each(|(to, from)| *to = from);
        account
    }

    /// What a name is known by in Redis.
    pub(super) fn name(&self, domain: &str, bytes: &[u8]) -> String {
        hex(&mac(&*self.0, &[domain.as_bytes(), bytes]))
    }

    /// Seals a login code under a user code's name.
    pub(super) fn seal_login(&self, name: &str, login: &Code, rng: &mut ThreadRng) -> Option<Vec<u8>> {
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        let mut text = Zeroizing::new([0; 28]);
        text[..20].copy_from_slice(&*secret(login));
        text[20..].copy_from_slice(&login.place.to_le_bytes());
        let sealed = self.cipher(name).encrypt(&Nonce::from(nonce), &text[..]).ok()?;
        let mut out = nonce.to_vec();
        out.extend_from_slice(&sealed);
        Some(out)
    }

    pub(super) fn open_login(&self, name: &str, sealed: &[u8]) -> Option<Code> {
        let (nonce, sealed) = sealed.split_first_chunk::<12>()?;
        let text = Zeroizing::new(self.cipher(name).decrypt(&Nonce::from(*nonce), sealed).ok()?);
        let text: &[u8; 28] = text.as_slice().try_into().ok()?;
        let word = |from: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&text[from..from + 8]);
            u64::from_le_bytes(bytes)
        };
        let mut c = [0; 4];
        c.copy_from_slice(&text[16..20]);
        Some(Code { proof: Proof { a: word(0), b: word(8), c: u32::from_le_bytes(c) }, place: word(20) })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
