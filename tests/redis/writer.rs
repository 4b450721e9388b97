//! Somebody who reads and writes all of Redis, knows the program and has logins of their own, but not the store key.
//!
//! Each forgery is tried under the right store key, too, where it must succeed: so it fails for want of the key alone.

use counterfoil::{Backend, Binding, Details, Initiated, LoginCode, LoginOptions, PollOptions};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeS, PskBundle, Serializable};
use sha2::{Digest, Sha256};

use crate::server::Server;
use crate::support::{Store, builder, complete, poll, unavailable, warned, word};

/// The stores' key, and one of the writer's own.
const KEYS: [[u8; 32]; 2] = [[7; 32], [8; 32]];
/// The parts of a state and of a stub, each after the version and the locator.
const LETTER: usize = 9;
const BOUND: usize = 10;
const HAND_BACK: usize = 11;
const LOGIN: usize = 25;
const PUBLIC: usize = 57;
const BEGAN: usize = 16;
const TAG: usize = 16;

/// All that there is of one session.
struct Writer {
    connection: redis::Connection,
    stem: [String; 2],
}

impl Writer {
    /// Of the only session that the server has.
    fn before(server: &Server) -> Self {
        let [key] = &server.keys("*:s:*")[..] else { panic!("one session") };
        let (before, after) = key.split_once(":s:").unwrap();
        let connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
        Self { connection, stem: [format!("{before}:"), format!(":{after}")] }
    }

    fn key(&self, kind: &str) -> String {
        format!("{}{kind}{}", self.stem[0], self.stem[1])
    }

    fn loc(&self) -> &[u8] {
        &self.stem[1].as_bytes()[1..]
    }

    fn get(&mut self, kind: &str) -> Vec<u8> {
        redis::cmd("GET").arg(self.key(kind)).query(&mut self.connection).unwrap()
    }

    fn put(&mut self, kind: &str, value: &[u8]) {
        let key = self.key(kind);
        let () = redis::cmd("SET").arg(key).arg(value).arg("PX").arg(600_000).query(&mut self.connection).unwrap();
    }

    fn put_byte(&mut self, kind: &str, at: usize, byte: u8) {
        let mut value = self.get(kind);
        assert_ne!(value[at], byte);
        value[at] = byte;
        self.put(kind, &value);
    }
}

/// The secret half of a code: four words of forty bits in base32, and as bytes, the lowest first.
fn secret(code: &str) -> Vec<u8> {
    let digit = |c: u8| if c.is_ascii_lowercase() { c - b'a' } else { c - b'2' + 26 };
    let word = |word: &[u8]| word.iter().fold(0_u64, |bits, c| bits << 5 | u64::from(digit(*c)));
    code.as_bytes()[..32].chunks(8).flat_map(|chars| word(chars).to_le_bytes()[..5].to_vec()).collect()
}

fn short(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update([&(part.len() as u64).to_le_bytes(), *part].concat()));
    hash.finalize()[..16].to_vec()
}

fn derived(salt: &[u8], secret: &[u8], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), secret).expand(purpose.as_bytes(), &mut key).unwrap();
    key
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(&[&(part.len() as u64).to_le_bytes(), *part].concat()));
    mac.finalize().into_bytes()[..16].to_vec()
}

/// A grant of one's own, sealed to the login's tool.
fn sealed(stub: &[u8], loc: &[u8], key: Option<&[u8; 32]>, grant: &str) -> Vec<u8> {
    type K = X25519HkdfSha256;
    let psk = key.map(|key| [derived(b"grant", key, "psk"), derived(b"grant", key, "psk id")]);
    let mode = match &psk {
        None => OpModeS::<K>::Base,
        Some([psk, id]) => OpModeS::Psk(PskBundle::new(psk, &id[..16]).unwrap()),
    };
    let public = <K as Kem>::PublicKey::from_bytes(&stub[PUBLIC..PUBLIC + 32]).unwrap();
    // Its polls have to carry neither a binding nor a proof.
    let about = [loc, &[0; 34], b"default"].concat();
    let info = b"counterfoil grant 1";
    let (encapped, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &mode,
        &public,
        info,
        grant.as_bytes(),
        &about,
        &mut rand::rng(),
    )
    .unwrap();
    let sealed = [&encapped.to_bytes()[..], &sealed].concat();
    [loc, sealed.len().to_string().as_bytes(), b":", &sealed].concat()
}

/// A writer that wants the victim's tool logged in as somebody else puts a grant of its own in.
#[tokio::test]
async fn a_grant_of_a_writers_own_is_refused() {
    let server = Server::start(&[]);
    for (key, told) in [(Some(&KEYS[0]), "planted"), (Some(&KEYS[1]), "unavailable"), (None, "unavailable")] {
        server.cli(&["flushall"]);
        let (store, warnings) = warned(builder(&server.url()));
        let login = store.initiate(LoginOptions::new()).await.unwrap();
        let mut writer = Writer::before(&server);
        let grant = sealed(&writer.get("m"), writer.loc(), key, "planted");
        writer.put("g", &grant);
        writer.put_byte("s", LETTER, b'C');
        assert_eq!(poll(&store, &login).await, told, "{key:?}");
        assert_eq!(warnings.lock().unwrap().is_empty(), told == "planted");
    }
}

/// A login code of one's own that names another's session.
fn forged(own: &Initiated, writer: &Writer) -> LoginCode {
    let own = own.login_code.expose();
    LoginCode::parse([&own.as_bytes()[..32], writer.loc()].concat()).unwrap()
}

/// A writer that may sign in itself makes a victim's login its own, and approves it.
#[tokio::test]
async fn a_stub_of_a_writers_own_is_refused() {
    let server = Server::start(&[]);
    for (key, right) in KEYS.iter().zip([true, false]) {
        server.cli(&["flushall"]);
        let (store, warnings) = warned(builder(&server.url()));
        let own = store.initiate(LoginOptions::new()).await.unwrap();
        server.cli(&["flushall"]);
        let login = store.initiate(LoginOptions::new()).await.unwrap();
        let mut writer = Writer::before(&server);
        let code = forged(&own, &writer);
        let own = secret(&code.expose());
        let mut stub = writer.get("m");
        stub.splice(LOGIN..LOGIN + 16, short(&[b"login", &own]));
        let body = stub.len() - BEGAN - TAG;
        let tag = mac(&derived(key, &own, "stub"), &[&stub[..body]]);
        stub.splice(body..body + TAG, tag);
        writer.put("m", &stub);
        assert_eq!(store.inspect(&code).await.is_ok(), right);
        let approved = store.complete(&code, "planted".to_owned(), None).await;
        assert_eq!(approved.is_ok(), right);
        assert_eq!(poll(&store, &login).await, if right { "planted" } else { "pending" });
        assert_eq!(warnings.lock().unwrap().is_empty(), right);
        for told in [store.deny(&login.login_code).await, store.deny(&code).await] {
            assert!(told.is_err());
        }
    }
}

/// A writer strips what the polls of a login have to carry, to redeem it with a stolen polling code alone.
#[tokio::test]
async fn what_polls_carry_is_not_stripped() {
    let server = Server::start(&[]);
    let binding = || Binding::new([3; 32]);
    let proof = || Binding::new([4; 32]);
    let (bound, proven) = (PollOptions::new().binding(binding()), PollOptions::new().hand_back(proof()));
    for of_binding in [true, false] {
        for before_approval in [true, false] {
            server.cli(&["flushall"]);
            let (store, warnings): (Store, _) = warned(builder(&server.url()));
            let begin = || match of_binding {
                true => LoginOptions::new().binding(binding()),
                false => LoginOptions::new().details(Details::new().hand_back("http://127.0.0.1:1/")),
            };
            let login = store.initiate(begin()).await.unwrap();
            let mut writer = Writer::before(&server);
            let strip = |writer: &mut Writer| {
                writer.put_byte("s", if of_binding { BOUND } else { HAND_BACK }, b'-');
            };
            if before_approval {
                strip(&mut writer);
            }
            let proof = (!of_binding).then(proof);
            store.complete(&login.login_code, "grant".to_owned(), proof).await.map_err(|error| error.reason).unwrap();
            if !before_approval {
                strip(&mut writer);
            }
            assert_eq!(poll(&store, &login).await, "unavailable", "{of_binding} {before_approval}");
            assert!(!warnings.lock().unwrap().is_empty());
            // Untouched, it is redeemed by whoever carries it.
            let login = store.initiate(begin()).await.unwrap();
            let proof = (!of_binding).then(|| Binding::new([4; 32]));
            store.complete(&login.login_code, "grant".to_owned(), proof).await.map_err(|error| error.reason).unwrap();
            assert_ne!(poll(&store, &login).await, "grant");
            let carried = if of_binding { &bound } else { &proven };
            assert_eq!(word(store.poll(&login.polling_code, carried).await), "grant");
        }
    }
    // In the stub, it is noticed at the approval.
    server.cli(&["flushall"]);
    let (store, _) = warned(builder(&server.url()));
    let login = store.initiate(LoginOptions::new().binding(binding())).await.unwrap();
    let mut writer = Writer::before(&server);
    writer.put_byte("s", BOUND, b'-');
    writer.put_byte("m", 89, b'-');
    assert!(complete(&store, &login, "grant").await.is_err());
    assert!(unavailable(&store.deny(&login.login_code).await));
}
