//! A poll whose answer is lost, and its repetition: both carry the login's `Idempotency-Key`.

use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use counterfoil::client::{Dialect, LoginError, Options, login};

use crate::server::{Request, Server, Step, authorized, completed, device, initiated, json, options, pending, refused};

/// Well within the 10 s for which a server that knows the header keeps a token.
const SOON: Duration = Duration::from_secs(7);

fn key(request: &Request) -> Option<&str> {
    request.header("idempotency-key")
}

/// What a server that redeemed by the last request but one says to the last: the same to the same key.
fn redeemed(seen: &[Request], token: Step, used: Step) -> Step {
    let [.., first, last] = seen else { panic!("{} requests", seen.len()) };
    if key(first).is_some() && key(first) == key(last) { token } else { used }
}

fn documented_redeemed(seen: &[Request]) -> Step {
    redeemed(seen, completed(), refused("CLI_AUTH_USED_ERROR"))
}

fn device_redeemed(seen: &[Request]) -> Step {
    let token = json(200, r#"{"access_token":"at_secret"}"#);
    redeemed(seen, token, json(400, r#"{"error":"invalid_grant"}"#))
}

fn device_pending() -> Step {
    json(400, r#"{"error":"authorization_pending"}"#)
}

/// The ways in which an answer is lost: at once, midway, and in a proxy.
fn losses() -> [Step; 5] {
    [Step::Reset, Step::Cut, json(502, "<html>"), json(504, ""), json(200, "<html>")]
}

/// Logs in, and returns the keys of the polls.
async fn keys<D: Dialect>(server: &Server, options: Options<D>, told: &str) -> Vec<String> {
    let tokens = login(options).await.unwrap_or_else(|error| panic!("{error:?} after {told}"));
    assert!(tokens.token().expose().ends_with("_secret"));
    let seen = server.seen();
    assert_eq!(key(&seen[0]), None, "the request that begins the login has none");
    seen[1..].iter().map(|poll| key(poll).expect("a poll without a key").to_owned()).collect()
}

#[tokio::test]
async fn a_lost_answer_is_repeated_by_the_same_key() {
    let mut all = Vec::new();
    for lost in losses() {
        let told = format!("{lost:?}");
        let server = Server::start([initiated(), pending(), lost, Step::By(documented_redeemed)]).await;
        all.push(keys(&server, options(&server.url), &told).await);
    }
    for lost in losses() {
        let told = format!("{lost:?}");
        let page = authorized("https://login.example");
        let server = Server::start([page, device_pending(), lost, Step::By(device_redeemed)]).await;
        all.push(keys(&server, device(&server.url), &told).await);
    }
    for polls in &mut all {
        assert_eq!(polls.len(), 3);
        polls.dedup();
        assert_eq!(polls.len(), 1, "one key a login: {polls:?}");
    }
    let count = all.len();
    let mut keys = all.concat();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "a key of its own for each login: {keys:?}");
}

#[tokio::test]
async fn the_key_is_a_string_of_128_random_bits() {
    let server = Server::start([initiated(), completed()]).await;
    let keys = keys(&server, options(&server.url), "nothing").await;
    // A structured field's string (RFC 9651 section 3.3.3).
    let bits = keys[0].strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap();
    assert!(bits.len() == 32 && bits.bytes().all(|c| c.is_ascii_hexdigit()), "{bits}");
}

#[tokio::test]
async fn the_key_is_in_no_error() {
    for answer in [
        json(500, "no"),
        refused("INVALID_POLLING_CODE"),
        refused("CLI_AUTH_USED_ERROR"),
        json(403, r#"{"code":"NO","error":"no"}"#),
        json(200, r#"{"status":7}"#),
        json(200, "<html>"),
        Step::Reset,
        Step::Silence,
    ] {
        let told = format!("{answer:?}");
        let server = Server::start([initiated(), answer]).await;
        let options = options(&server.url).expires_in(Duration::from_millis(100));
        let error = login(options.request_timeout(Duration::from_millis(100)).wait(Duration::ZERO)).await.unwrap_err();
        let key = key(&server.seen()[1]).unwrap().trim_matches('"').to_owned();
        let chain = successors(Some(&error as &dyn Error), |error| (*error).source());
        let text = chain.map(|error| format!("{error} {error:?}\n")).collect::<Vec<_>>().concat();
        assert!(!text.contains(&key), "{text} after {told}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_the_key_says_used() {
    let server = Server::start([initiated(), Step::Reset, refused("CLI_AUTH_USED_ERROR")]).await;
    let error = login(options(&server.url)).await.unwrap_err();
    assert!(matches!(error, LoginError::Used { after_fault: true }), "{error:?}");
}

#[tokio::test]
async fn the_repetition_comes_within_the_grace() {
    // The interval that RFC 8628 section 3.2 has if the server gives none.
    let server = Server::start([authorized("https://a.example"), Step::Reset, Step::By(device_redeemed)]).await;
    let options = Options::device(&server.url, "internal").present(|_| Ok(())).open_browser(false).spinner(false);
    login(options).await.unwrap();
    let gap = server.gaps()[1];
    assert!(gap >= Duration::from_millis(4990), "{gap:?} is less than the interval");
    assert!(gap < SOON, "{gap:?}");
}
