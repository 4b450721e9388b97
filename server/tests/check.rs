//! `--check`, and other ways to end at once.

use std::net::TcpListener;
use std::process::Output;

use crate::config::LEAST;
use crate::support::{SECRET, TempFile, program};

fn run(text: &str, variables: &[(&str, &str)], flags: &[&str]) -> (Option<i32>, String, String) {
    let file = TempFile::new(text);
    let Output { status, stdout, stderr } =
        program(variables).args(flags).arg("--config").arg(&file.0).output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (status.code(), stdout, stderr.replace(file.path(), "FILE"))
}

#[test]
fn a_check_says_ok_or_what_is_wrong() {
    assert_eq!(run(LEAST, &[], &["--check"]), (Some(0), "ok\n".to_owned(), String::new()));
    let (status, printed, told) = run(&LEAST.replace("id =", "name ="), &[], &["--check"]);
    assert_eq!((status, &*printed), (Some(2), ""));
    let expected = "error: FILE:2:1: project[0].name: there is no setting `name` here; there are `id`, \
                    `secret_server_key`, `publishable_client_key`\n";
    assert_eq!(told, expected);
    let (status, _, told) = run(LEAST, &[("COUNTERFOIL_HTTP_IDLE_TIMEOUT", "soon")], &["--check"]);
    assert_eq!(status, Some(2));
    assert!(told.starts_with("error: the environment variable COUNTERFOIL_HTTP_IDLE_TIMEOUT: http.idle"), "{told}");
}

#[test]
fn a_check_of_redis_connects_to_nothing() {
    let redis = |url: &str, key: &str| format!("{LEAST}[store.redis]\nurl = \"{url}\"\nkeys = [\"{key}\"]\n");
    let key = "07".repeat(32);
    let check = |text: &str| run(text, &[], &["--check"]);
    if !cfg!(feature = "redis") {
        let (status, _, told) = check(&redis("redis://127.0.0.1:1", &key));
        assert_eq!(status, Some(2));
        assert!(told.contains("store.redis: this program was built without it"), "{told}");
        return;
    }
    assert_eq!(check(&redis("redis://127.0.0.1:1", &key)).1, "ok\n");
    for (text, expected) in [
        (redis(&format!("http://:{SECRET}@a"), &key), "error: store.redis.url: it cannot be read; expected redis://"),
        (redis("redis://a", SECRET), "error: store.redis.keys: a store key is not 64 hexadecimal digits"),
    ] {
        let (status, _, told) = check(&text);
        assert_eq!(status, Some(2));
        assert!(told.starts_with(expected) && !told.contains(SECRET), "{told}");
    }
}

#[test]
fn an_address_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, _, told) = run(LEAST, &[("COUNTERFOIL_LISTEN_ADDRESS", &address)], &[]);
    assert_eq!(status, Some(1));
    assert!(told.contains(&format!("error: listen.address: cannot listen on {address}: ")), "{told}");
    assert!(told.ends_with("; choose another\n"), "{told}");
}
