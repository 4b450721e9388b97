//! The door for fuzzing: bytes that another program, another version or an attacker left in Redis.

use super::locator::Locator;
use super::record;
use super::seal::{Purpose, StoreKey, open, open_grant};
use super::stored::Stored;
use super::value::{Status, Stub};
use crate::code::{Code, Proof};
use crate::secret::Secret;

/// Reads the bytes as each of the values that a store keeps.
///
/// # Panics
/// Panics if a value is read that is written as another.
pub fn read_stored(bytes: &[u8]) {
    let named = bytes.get(1..).and_then(|rest| rest.get(..Locator::LEN)).and_then(Locator::read);
    let loc = named.unwrap_or(Locator(1));
    let _ = Status::read(bytes, loc);
    if let Ok(stub) = Stub::read(bytes, loc) {
        let written = stub.write(loc);
        let again = Stub::read(&written, loc).map(|again| again.write(loc));
        assert!(again.as_ref() == Ok(&written), "a stub is written as another");
    }
    let code = Code { proof: Proof { a: 1, b: 2, c: 3 }, place: loc.0 };
    // Opening a grant takes a thousand times as long as reading a value: only for inputs that ask for it.
    let opens = bytes.first() == Some(&b'g');
    let keys = [StoreKey([7; 32].into())];
    let purpose = Purpose { loc, tenant: "tenant", binding: None, proof: None };
    assert!(!opens || open_grant(&keys, &code, &purpose, bytes).is_none(), "a grant that nobody sealed");
    assert!(open(&keys, &code, "context", bytes, loc).is_none(), "a context that nobody sealed");
    let [key] = &keys;
    assert!(key.open_login("name", bytes).is_none(), "a name that nobody sealed");
    if let Some(details) = record::read(bytes) {
        let again = record::read(&record::write(&details));
        assert!(again.as_ref() == Some(&details), "details are written as others");
    }
    let _ = String::from_bytes(bytes);
    let _ = Secret::from_bytes(bytes);
    let _ = <()>::from_bytes(bytes);
    #[cfg(feature = "axum")]
    if let Ok(context) = crate::axum::Context::from_bytes(bytes) {
        let written = context.to_bytes();
        let again = crate::axum::Context::from_bytes(&written).map(|again| again.to_bytes());
        assert!(again.as_ref() == Ok(&written), "a context is written as another");
    }
}
