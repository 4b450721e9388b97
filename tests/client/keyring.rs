//! The token in a keyring. There is none where tests run: the store is a mock.

use counterfoil::Secret;
use counterfoil::client::keyring_core::mock::Store;
use counterfoil::client::keyring_core::{Entry, Error, set_default_store};
use counterfoil::client::{Keyring, KeyringError};

// One test, since the store is the process's.
#[test]
fn a_token_is_stored_replaced_and_forgotten() {
    let store = Store::new().unwrap();
    set_default_store(store);
    let keyring = Keyring::new("acme", "https://a.example internal");
    let other = Keyring::new("acme", "https://b.example internal");
    assert!(keyring.load().unwrap().is_none());
    keyring.forget().unwrap();
    for token in ["rt_1", "rt_2"] {
        keyring.save(&Secret::new(token)).unwrap();
        assert_eq!(keyring.load().unwrap().unwrap().expose(), token);
    }
    assert!(other.load().unwrap().is_none());
    keyring.forget().unwrap();
    keyring.forget().unwrap();
    assert!(keyring.load().unwrap().is_none());

    // What another program has put there is not shown.
    let entry = Entry::new("acme", "https://a.example internal").unwrap();
    entry.set_secret(b"\xffsecret").unwrap();
    let error = keyring.load().unwrap_err();
    assert!(matches!(error, KeyringError::NoToken), "{error:?}");
    for (error, text) in [
        (Error::NoStorageAccess("no prompt".into()), "unlock it"),
        (Error::NoDefaultStore, "there is no keyring on this machine"),
        (Error::TooLong("password".into(), 2560), "keep it in a file"),
        (Error::PlatformFailure("bus".into()), "the keyring failed: bus"),
        (Error::BadEncoding(b"secret".to_vec()), "log in again"),
    ] {
        let error = KeyringError::from(error);
        let shown = error.to_string();
        assert!(shown.contains(text) && !format!("{error:?}{shown}").contains("secret"), "{shown}");
    }
}
