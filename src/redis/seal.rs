//! Seals grants, contexts and codes, so that a reader of Redis learns none of them, and a writer can make none.
//!
//! - A **grant** is sealed by HPKE (RFC 9180) to a key pair that is derived from the polling secret. Redis has the public
//!   key. The mode is PSK (section 5.1.2) with a key that is derived from the store's: without it, a grant can neither be
//!   made nor read. What its polls have to carry is part of what is authenticated.
//! - The **stub** has a tag that takes both the login secret and the store's key: a writer cannot put a public key in, nor
//!   give a login another code, tenant or details.
//! - A **copy** of the grant, for an approval that is taken back, the **context** and the **details** are sealed under both,
//!   too. Each key seals one text.
//! - A **user code** names its login under the store's key, since its 34 bits alone would be found by trying them all.
//!
//! There may be several store keys: the first makes, each opens.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use hpke::aead::ChaCha20Poly1305 as HpkeAead;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, PskBundle, Serializable};
use rand::Rng;
use rand::rngs::ThreadRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
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

/// Derives a key.
fn derive(salt: Option<&[u8]>, secret: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are fewer than HKDF's limit, the only thing that it can fail for.
    let _ = Hkdf::<Sha256>::new(salt, secret).expand(purpose.as_bytes(), &mut *key);
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
    X25519HkdfSha256::derive_keypair(&*derive(None, &*secret(polling), "grant"))
}

/// The key that grants are sealed to, as it is kept.
pub(super) fn public_key(polling: &Code) -> [u8; PUBLIC] {
    let mut bytes = [0; PUBLIC];
    bytes.iter_mut().zip(pair(polling).1.to_bytes()).for_each(|(to, from)| *to = from);
    bytes
}

/// What a grant is for: one login of one tenant, and what its polls have to carry.
pub(super) struct Purpose<'a> {
    pub(super) loc: Locator,
    pub(super) tenant: &'a str,
    pub(super) binding: Option<Short>,
    pub(super) proof: Option<Short>,
}

impl Purpose<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.loc.bytes().to_vec();
        for carried in [self.binding, self.proof] {
            bytes.push(u8::from(carried.is_some()));
            bytes.extend_from_slice(&carried.unwrap_or_default());
        }
        bytes.extend_from_slice(self.tenant.as_bytes());
        bytes
    }
}

/// Returns `None` if no holder of one of the store's keys sealed the grant to this polling code, for this purpose.
pub(super) fn open_grant(
    keys: &[StoreKey],
    polling: &Code,
    purpose: &Purpose<'_>,
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (encapped, sealed) = sealed.split_at_checked(PUBLIC)?;
    let encapped = Encapped::from_bytes(encapped).ok()?;
    let (private, purpose) = (pair(polling).0, purpose.bytes());
    keys.iter().find_map(|key| {
        let psk = key.psk();
        let mode = OpModeR::Psk(psk.bundle()?);
        hpke::single_shot_open::<HpkeAead, HkdfSha256, X25519HkdfSha256>(
            &mode, &private, &encapped, INFO, sealed, &purpose,
        )
        .ok()
        .map(Zeroizing::new)
    })
}

/// Whether the tag is that of a stub of this login.
pub(super) fn is_tag(keys: &[StoreKey], login: &Code, stub: &[u8], tag: &Short) -> bool {
    keys.iter().any(|key| key.tag(login, stub).ct_eq(tag).into())
}

/// Opens what one of the keys sealed.
pub(super) fn open(
    keys: &[StoreKey],
    login: &Code,
    purpose: &str,
    sealed: &[u8],
    loc: Locator,
) -> Option<Zeroizing<Vec<u8>>> {
    keys.iter().find_map(|key| key.open(login, purpose, sealed, loc)).map(Zeroizing::new)
}

/// A digest of what a poll has to carry.
pub(super) fn shown(domain: &str, binding: &Binding) -> Short {
    digest(domain, binding.as_bytes())
}

/// A key of the store's, which Redis never sees.
#[derive(Clone)]
pub(super) struct StoreKey(pub(super) Zeroizing<[u8; 32]>);

/// The pre-shared key of HPKE that a store key makes, and what that is named by.
struct Psk(Zeroizing<[u8; 32]>, Short);

impl Psk {
    fn bundle(&self) -> Option<PskBundle<'_>> {
        PskBundle::new(&*self.0, &self.1).ok()
    }
}

impl StoreKey {
    /// Reads 64 hexadecimal digits.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if text.len() != 2 * key.len() {
            return None;
        }
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digit = |digit: &u8| char::from(*digit).to_digit(16);
            let [high, low] = [digits.first().and_then(digit)?, digits.last().and_then(digit)?];
            *byte = (high << 4 | low) as u8;
        }
        Some(Self(key))
    }

    fn psk(&self) -> Psk {
        let derive = |purpose| derive(Some(b"grant"), &*self.0, purpose);
        Psk(derive("psk"), cut(&*derive("psk id")))
    }

    /// A key of whoever has both the login code and the store's key.
    fn with(&self, login: &Code, purpose: &str) -> Zeroizing<[u8; 32]> {
        derive(Some(&*self.0), &*secret(login), purpose)
    }

    /// What nobody else can make for a stub.
    pub(super) fn tag(&self, login: &Code, stub: &[u8]) -> Short {
        mac(&*self.with(login, "stub"), &[stub])
    }

    /// Returns `None` if the public key is none.
    pub(super) fn seal_grant(
        &self,
        public: &[u8],
        purpose: &Purpose<'_>,
        grant: &[u8],
        rng: &mut ThreadRng,
    ) -> Option<Vec<u8>> {
        let public = PublicKey::from_bytes(public).ok()?;
        let psk = self.psk();
        let (encapped, sealed) = hpke::single_shot_seal_with_rng::<HpkeAead, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Psk(psk.bundle()?),
            &public,
            INFO,
            grant,
            &purpose.bytes(),
            rng,
        )
        .ok()?;
        let mut out = encapped.to_bytes().to_vec();
        out.extend_from_slice(&sealed);
        Some(out)
    }

    /// Seals the one text of that purpose that a login has.
    pub(super) fn seal(&self, login: &Code, purpose: &str, text: &[u8], loc: Locator) -> Option<Vec<u8>> {
        let cipher = ChaCha20Poly1305::new(&Key::from(*self.with(login, purpose)));
        cipher.encrypt(&Nonce::from([0; 12]), Payload { msg: text, aad: &loc.bytes() }).ok()
    }

    fn open(&self, login: &Code, purpose: &str, sealed: &[u8], loc: Locator) -> Option<Vec<u8>> {
        let cipher = ChaCha20Poly1305::new(&Key::from(*self.with(login, purpose)));
        cipher.decrypt(&Nonce::from([0; 12]), Payload { msg: sealed, aad: &loc.bytes() }).ok()
    }

    fn cipher(&self, name: &str) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(*derive(Some(b"user code"), &*self.0, name)))
    }

    fn copy_cipher(&self, login: &Code) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(*self.with(login, "copy of the grant")))
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
