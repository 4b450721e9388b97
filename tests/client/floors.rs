//! What a server may make the tool do: how often it asks, and for how long.

use std::iter::repeat_with;
use std::time::{Duration, Instant};

use counterfoil::client::{Device, LoginError, Options, login};
use futures_util::future::join_all;

use crate::server::{Server, Step, completed, initiated, json, key};

const SECOND: Duration = Duration::from_secs(1);
/// A timer may be early by a tick.
const TICK: Duration = Duration::from_millis(10);

/// A tool that leaves the pace to the server.
fn paced<D>(options: Options<D>) -> Options<D> {
    options.present(|_| Ok(())).open_browser(false).spinner(false)
}

fn device(url: &str) -> Options<Device> {
    paced(Options::device(url, "internal"))
}

fn begun(times: &str) -> Step {
    json(200, format!(r#"{{"device_code":"dc","user_code":"B","verification_uri":"https://a.example/",{times}}}"#))
}

fn waiting() -> Step {
    json(400, r#"{"error":"authorization_pending"}"#)
}

fn token() -> Step {
    json(200, r#"{"access_token":"at"}"#)
}

/// Once the login has begun: its first poll follows at once.
fn polls(server: &Server) -> Vec<Duration> {
    server.gaps().split_off(1)
}

#[tokio::test]
async fn no_interval_of_the_servers_makes_a_loop() {
    join_all(["0", "0.0", "0.001", "\"0\"", "1e-300"].map(|interval| async move {
        let start = begun(&format!(r#""expires_in":60,"interval":{interval}"#));
        let server = Server::start([start, waiting(), waiting(), token()]).await;
        login(device(&server.url)).await.unwrap();
        let polls = polls(&server);
        assert!(polls.iter().all(|gap| *gap + TICK >= SECOND), "{polls:?} at {interval}");
        assert!(polls.iter().all(|gap| *gap < 4 * SECOND), "{polls:?} at {interval}");
    }))
    .await;
}

#[tokio::test]
async fn an_answer_that_was_not_held_is_not_followed_up_at_once() {
    // `Prefer: wait=25` is asked for each time.
    let held = || Step::Held(Duration::from_millis(300), Box::new(waiting()));
    let server = Server::start([begun(r#""expires_in":60,"interval":0"#), held(), waiting(), token()]).await;
    login(device(&server.url)).await.unwrap();
    assert!(polls(&server).iter().all(|gap| *gap + TICK >= SECOND), "{:?}", server.gaps());
    assert!(server.seen()[1..].iter().all(|poll| poll.header("prefer").is_some()));
}

#[tokio::test]
async fn retry_after_shortens_nothing() {
    let date = "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    join_all(["retry-after: 0\r\n", "retry-after: -5\r\n", date].map(|after| async move {
        let busy = Step::Answer(503, after, String::new());
        let pending = Step::Answer(400, after, r#"{"error":"authorization_pending"}"#.into());
        let server = Server::start([begun(r#""expires_in":60,"interval":0"#), pending, busy, token()]).await;
        login(device(&server.url)).await.unwrap();
        assert!(polls(&server).iter().all(|gap| *gap + TICK >= SECOND), "{:?}", server.gaps());
    }))
    .await;
}

#[tokio::test]
async fn a_server_that_is_busy_at_once_each_time_is_not_asked_in_a_loop() {
    let busy = repeat_with(|| Step::Answer(503, "retry-after: 0\r\n", String::new()));
    let server = Server::start(busy.take(1000)).await;
    let error = login(device(&server.url).patience(4 * SECOND)).await.unwrap_err();
    assert!(matches!(error, LoginError::Network(_)), "{error:?}");
    // A quarter of a second at first, doubled each time.
    assert!(server.seen().len() <= 6, "{:?}", server.gaps());
}

#[tokio::test]
async fn no_end_of_the_servers_comes_before_a_person_could_act() {
    let start = begun(r#""expires_in":0,"interval":1"#);
    let server = Server::start([start, waiting(), waiting(), token()]).await;
    let options = device(&server.url).present(|prompt| {
        assert!(prompt.expires_in() >= 5 * SECOND);
        Ok(())
    });
    assert!(login(options).await.is_ok());
    // One that has ended all the same is told by the poll.
    let server = Server::start([begun(r#""expires_in":0"#), json(400, r#"{"error":"expired_token"}"#)]).await;
    assert!(matches!(login(device(&server.url)).await, Err(LoginError::Expired)));
}

#[tokio::test]
async fn an_endless_or_slow_body_ends_with_the_time_for_an_answer() {
    let slow = || Step::Held(Duration::from_secs(60), Box::new(initiated()));
    let server = Server::start([slow(), slow()]).await;
    let start = Instant::now();
    let options = paced(Options::documented(&server.url, "internal", key()));
    let error = login(options.request_timeout(SECOND).patience(SECOND)).await.unwrap_err();
    assert!(error.to_string().contains("no answer in time"), "{error}");
    assert!(start.elapsed() < 10 * SECOND);
}

#[tokio::test]
async fn the_documented_dialect_has_the_same_floor() {
    let pending = || Step::Answer(201, "retry-after: 0\r\n", r#"{"status":"pending","interval":0}"#.into());
    let server = Server::start([initiated(), pending(), pending(), completed()]).await;
    login(paced(Options::documented(&server.url, "internal", key()))).await.unwrap();
    assert!(polls(&server).iter().all(|gap| *gap + TICK >= SECOND), "{:?}", server.gaps());
}
