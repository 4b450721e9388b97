//! Networks and servers that fail for a while.

use std::time::{Duration, Instant};

use counterfoil::client::{LoginError, login};
use tokio::net::TcpListener;

use crate::server::{Server, Step, authorized, completed, device, initiated, json, options, pending, refused};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_login_survives_what_passes() {
    let server = Server::start([
        initiated(),
        json(503, "busy"),
        Step::Reset,
        pending(),
        json(502, "<html>bad gateway</html>"),
        json(504, ""),
        Step::Cut,
        json(408, ""),
        completed(),
    ])
    .await;
    let tokens = login(options(&server.url)).await.unwrap();
    assert_eq!(tokens.token().expose(), "rt_secret");
    assert_eq!(server.seen().len(), 9);
}

/// What a person may wait through: nothing here says *no*.
fn passing() -> Vec<Step> {
    let statuses = [408, 425, 500, 501, 502, 503, 504, 507, 511, 520, 521, 522, 523, 524, 525, 526, 530, 599];
    let answers = statuses.into_iter().map(|status| json(status, r#"{"code":"OUT","error":"access_denied"}"#));
    let portal = "<html>Sign in to the airport's network: rt_secret</html>";
    let foreign = [200, 204, 302, 400, 403, 404, 405, 407, 451].map(|status| json(status, portal));
    let texts =
        ["", "null", "[]", "\"ok\"", "[{\"status\":\"completed\"}]", r#"{"status":"completed","refresh_token":"rt""#];
    let named = ["server_error", "temporarily_unavailable"]
        .map(|name| [200, 400, 403].map(|status| json(status, format!(r#"{{"error":"{name}"}}"#))));
    let big = format!(r#"{{"status":"completed","refresh_token":"rt","pad":"{}"}}"#, "x".repeat(70_000));
    answers
        .chain(foreign)
        .chain(texts.map(|text| json(200, text)))
        .chain(named.into_iter().flatten())
        .chain([json(200, big), json(403, r#"{"message":"Forbidden"}"#), Step::Reset, Step::Cut])
        .collect()
}

#[tokio::test]
async fn nothing_but_a_no_ends_a_login() {
    for step in passing() {
        let told = format!("{step:?}");
        let server = Server::start([initiated(), step, pending(), completed()]).await;
        let tokens = login(options(&server.url)).await.unwrap_or_else(|error| panic!("{error:?} after {told}"));
        assert_eq!(tokens.token().expose(), "rt_secret", "{told}");
        assert_eq!(server.seen().len(), 4, "{told}");
    }
}

#[tokio::test]
async fn nothing_but_a_no_ends_a_login_of_rfc_8628() {
    let page = "https://login.example";
    for step in passing() {
        let told = format!("{step:?}");
        let token = json(200, r#"{"access_token":"at_secret"}"#);
        let server = Server::start([authorized(page), step, token]).await;
        let result = login(device(&server.url)).await;
        assert!(result.is_ok(), "{result:?} after {told}");
    }
}

#[tokio::test]
async fn a_server_that_stays_broken_is_told_at_the_deadline() {
    for (step, expected) in [
        (500, "failed with status 500"),
        (404, "refused the login with status 404"),
        (200, "not a login server's"),
        (302, "it redirects"),
    ] {
        let script = [initiated()].into_iter().chain(std::iter::repeat_with(move || json(step, "<html>")).take(1000));
        let server = Server::start(script).await;
        let error = login(options(&server.url).expires_in(Duration::from_millis(300))).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(server.seen().len() < 12, "{} requests", server.seen().len());
    }
}

#[tokio::test]
async fn a_login_begins_after_what_passes() {
    let named = json(400, r#"{"error":"temporarily_unavailable"}"#);
    for step in [json(500, ""), json(425, ""), json(530, "<html>"), json(200, "<html>"), named, Step::Reset, Step::Cut]
    {
        let told = format!("{step:?}");
        let server = Server::start([step, initiated(), completed()]).await;
        let result = login(options(&server.url)).await;
        assert!(result.is_ok(), "{result:?} after {told}");
    }
}

#[tokio::test]
async fn another_site_at_the_address_is_told_soon() {
    let server = Server::start(std::iter::repeat_with(|| json(200, "<html>")).take(100)).await;
    let error = login(options(&server.url)).await.unwrap_err();
    assert!(error.to_string().contains("check the server's address"), "{error}");
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_server_that_restarts_is_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let waiting = tokio::spawn(async move { login(options(&format!("http://{address}"))).await });
    // The first tries are refused.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let _server = Server::start_at(address, [initiated(), completed()]).await;
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_not_tried_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let start = Instant::now();
    let error = login(options(&url).patience(Duration::from_millis(300))).await.unwrap_err();
    assert!(matches!(error, LoginError::Network(_)), "{error:?}");
    assert!(error.to_string().contains("no connection"), "{error}");
    assert!(start.elapsed() < 2 * SECOND);
}

#[tokio::test]
async fn silence_is_a_fault_and_shortens_the_wait_until_it_polls() {
    let server = Server::start([initiated(), Step::Silence, completed()]).await;
    let options = options(&server.url).wait(SECOND).request_timeout(Duration::from_millis(100));
    login(options).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[1].header("prefer"), Some("wait=1"));
    assert_eq!(seen[2].header("prefer"), None);
}

#[tokio::test]
async fn a_server_that_is_gone_until_the_end_is_a_network_error() {
    let script = [initiated()].into_iter().chain(std::iter::repeat_with(|| Step::Reset).take(1000));
    let server = Server::start(script).await;
    let error = login(options(&server.url).expires_in(Duration::from_millis(300))).await.unwrap_err();
    assert!(matches!(error, LoginError::Network(_)), "{error:?}");
    // 5 ms, doubled each time.
    assert!(server.seen().len() < 10, "{} requests", server.seen().len());
}

#[tokio::test]
async fn retry_after_is_obeyed_everywhere() {
    let later = "retry-after: 1\r\n";
    for answer in [
        Step::Answer(503, later, String::new()),
        Step::Answer(201, later, r#"{"status":"pending"}"#.into()),
        // 10 s of slow_down would be too long for a test; that 429 is one is seen in its unit tests.
        Step::Answer(
            503,
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:38 GMT\r\n",
            String::new(),
        ),
    ] {
        let server = Server::start([initiated(), answer, completed()]).await;
        login(options(&server.url)).await.unwrap();
        assert!(server.gaps()[1] >= SECOND, "{:?}", server.gaps());
    }
}

#[tokio::test]
async fn a_full_server_is_asked_again_when_it_says() {
    for status in [503, 429] {
        let full = Step::Answer(status, "retry-after: 1\r\n", r#"{"code":"FULL","error":"full"}"#.into());
        let server = Server::start([full, initiated(), completed()]).await;
        login(options(&server.url)).await.unwrap();
        assert!(server.gaps()[0] >= SECOND, "{:?}", server.gaps());
    }
}

#[tokio::test]
async fn a_full_server_that_says_not_now_is_not_waited_for() {
    let full = Step::Answer(503, "retry-after: 3600\r\n", String::new());
    let server = Server::start([full]).await;
    let error = login(options(&server.url)).await.unwrap_err();
    assert!(error.to_string().contains("status 503"), "{error}");
}

#[tokio::test]
async fn too_many_requests_slow_the_login_down() {
    let server = Server::start([initiated(), json(429, ""), completed()]).await;
    login(options(&server.url)).await.unwrap();
    assert!(server.gaps()[1] >= 5 * SECOND, "{:?}", server.gaps());
}

#[tokio::test]
async fn a_lost_token_is_told_and_no_second_login_begun() {
    for lost in [Step::Reset, Step::Cut] {
        let server = Server::start([initiated(), pending(), lost, refused("CLI_AUTH_USED_ERROR")]).await;
        let error = login(options(&server.url)).await.unwrap_err();
        assert!(matches!(error, LoginError::Used { after_fault: true }), "{error:?}");
        assert!(error.to_string().contains("lost on the way"), "{error}");
        let poll = "/api/v1/auth/cli/poll";
        assert_eq!(server.paths(), ["/api/v1/auth/cli", poll, poll, poll]);
    }
}

#[tokio::test]
async fn a_lost_token_is_told_in_rfc_8628_as_well() {
    let server = Server::start([authorized("https://a.example"), Step::Cut, json(400, r#"{"error":"invalid_grant"}"#)]);
    let server = server.await;
    let error = login(device(&server.url)).await.unwrap_err();
    assert!(matches!(error, LoginError::Used { after_fault: true }), "{error:?}");
    assert_eq!(server.paths(), ["/oauth/device_authorization", "/oauth/token", "/oauth/token"]);
}
