//! What the types of the client promise, whatever the server does.

use std::fmt::Debug;

use counterfoil::client::{Cause, Certificate, Device, Documented, Key, LoginError, NetworkError, Options};
use counterfoil::client::{Prompt, Tokens, login};

fn send<T: Send>(_: &T) {}
fn shared<T: Send + Sync + Debug>() {}

#[test]
fn a_login_runs_on_any_thread() {
    let documented = Options::documented("https://a.example", "internal", Key::SecretServer("ssk".into()));
    send(&documented);
    send(&login(documented));
    let device = Options::device("https://a.example", "internal");
    send(&device);
    send(&login(device));
    shared::<Documented>();
    shared::<Device>();
    shared::<Key>();
    shared::<Prompt>();
    shared::<Tokens>();
    shared::<LoginError>();
    shared::<NetworkError>();
    shared::<(Cause, Certificate)>();
}

#[test]
fn no_secret_is_in_the_debug_of_options() {
    for key in [Key::PublishableClient("pck_secret".into()), Key::SecretServer("ssk_secret".into())] {
        let text = format!("{key:?}");
        assert!(!text.contains("secret"), "{text}");
        let options = Options::documented("https://user:secret@a.example", "internal", key)
            .anon_refresh_token("anon_secret")
            .confirm_page("https://user:secret@a.example/");
        let text = format!("{options:?}");
        assert!(text.contains("internal") && !text.contains("secret"), "{text}");
    }
    let options = Options::device("https://user:secret@a.example", "internal").endpoints("/secret", "/secret");
    let text = format!("{options:?}");
    assert!(text.contains("internal") && !text.contains("secret"), "{text}");
}
