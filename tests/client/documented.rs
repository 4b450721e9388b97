//! The documented dialect, without faults.

use std::time::{Duration, Instant};

use counterfoil::client::{Key, LoginError, Options, login};
use tokio::sync::oneshot;

use crate::server::{Server, Step, completed, initiated, json, options, pending, refused};

#[tokio::test]
async fn an_approval_brings_the_refresh_token() {
    let server = Server::start([initiated(), completed()]).await;
    let (shown, link) = oneshot::channel();
    let options = options(&server.url).expires_in(Duration::from_secs(600)).present(|prompt| {
        assert!(prompt.user_code().is_none());
        assert!(prompt.expires_in() <= Duration::from_secs(600));
        shown.send(prompt.link().to_owned()).map_err(|_| std::io::ErrorKind::Other.into())
    });
    let tokens = login(options).await.unwrap();
    assert_eq!(tokens.token().expose(), "rt_secret");
    assert_eq!(tokens.refresh_token.unwrap().expose(), "rt_secret");
    assert!(tokens.access_token.is_none());
    assert_eq!(link.await.unwrap(), format!("{}/handler/cli-auth-confirm?login_code=lc_secret", server.url));

    let [initiate, poll] = server.seen().try_into().ok().unwrap();
    let sent = (initiate.path.as_str(), initiate.prescribed());
    assert_eq!(sent, ("/api/v1/auth/cli", "expires_in_millis=600000".to_owned()));
    let sent = (poll.path.as_str(), poll.prescribed());
    assert_eq!(sent, ("/api/v1/auth/cli/poll", "polling_code=pc_secret".to_owned()));
    assert_eq!(poll.header("prefer"), Some("wait=25"));
    for request in [initiate, poll] {
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("x-stack-project-id"), Some("internal"));
        assert_eq!(request.header("x-stack-access-type"), Some("client"));
        assert_eq!(request.header("x-stack-publishable-client-key"), Some("pck_secret"));
    }
}

#[tokio::test]
async fn a_server_key_is_sent_as_one_and_the_page_may_be_elsewhere() {
    let server = Server::start([initiated(), completed()]).await;
    let (shown, link) = oneshot::channel();
    let options = Options::documented(&server.url, "internal", Key::SecretServer("ssk_secret".into()))
        .anon_refresh_token("anon_secret")
        .confirm_page("https://app.example/confirm?a=b")
        .present(|prompt| shown.send(prompt.link().to_owned()).map_err(|_| std::io::ErrorKind::Other.into()))
        .open_browser(false)
        .spinner(false);
    login(options).await.unwrap();
    assert_eq!(link.await.unwrap(), "https://app.example/confirm?a=b&login_code=lc_secret");
    let seen = server.seen();
    assert_eq!(seen[0].header("x-stack-secret-server-key"), Some("ssk_secret"));
    assert_eq!(seen[0].header("x-stack-access-type"), Some("server"));
    assert_eq!(seen[0].header("x-stack-publishable-client-key"), None);
    assert_eq!(seen[0].prescribed(), "anon_refresh_token=anon_secret");
}

#[tokio::test]
async fn a_server_that_ignores_the_wish_to_wait_is_polled_at_the_interval() {
    let server = Server::start([initiated(), pending(), pending(), pending(), completed()]).await;
    let interval = Duration::from_millis(80);
    login(options(&server.url).poll_interval(interval)).await.unwrap();
    let gaps = server.gaps();
    assert_eq!(gaps.len(), 4);
    // The first is from the initiation, and needs no pause.
    for gap in &gaps[1..] {
        assert!(*gap + Duration::from_millis(5) >= interval, "{gaps:?}");
    }
}

#[tokio::test]
async fn a_held_answer_is_followed_up_at_once() {
    let held = Step::Held(Duration::from_millis(1500), Box::new(pending()));
    let server = Server::start([initiated(), held, completed()]).await;
    login(options(&server.url).poll_interval(Duration::from_millis(1400))).await.unwrap();
    // Held for 1.5 s, and not 1.4 s more.
    assert!(server.gaps()[1] < Duration::from_millis(2500), "{:?}", server.gaps());
}

#[tokio::test]
async fn no_wait_no_wish() {
    let server = Server::start([initiated(), completed()]).await;
    login(options(&server.url).wait(Duration::ZERO)).await.unwrap();
    assert_eq!(server.seen()[1].header("prefer"), None);
}

#[tokio::test]
async fn each_end_has_its_error() {
    for (answer, expected) in [
        (refused("CLI_AUTH_DENIED_ERROR"), "Denied"),
        (refused("CLI_AUTH_EXPIRED_ERROR"), "Expired"),
        (refused("CLI_AUTH_USED_ERROR"), "Used { after_fault: false }"),
        (refused("INVALID_POLLING_CODE"), "InvalidCode"),
        (json(200, r#"{"status":"expired"}"#), "Expired"),
        (json(200, r#"{"status":"used"}"#), "Used { after_fault: false }"),
    ] {
        let server = Server::start([initiated(), pending(), answer]).await;
        let error = login(options(&server.url)).await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
        assert_eq!(server.seen().len(), 3, "nothing is asked after the end");
    }
}

#[tokio::test]
async fn the_answers_of_the_sdk_dialect_are_known_as_well() {
    let waiting = json(200, r#"{"status":"waiting"}"#);
    let success = json(201, r#"{"status":"success","refresh_token":"rt_secret"}"#);
    let server = Server::start([initiated(), waiting, success]).await;
    let tokens = login(options(&format!("{}/stack/", server.url))).await.unwrap();
    assert_eq!(tokens.token().expose(), "rt_secret");
    assert_eq!(server.paths()[1], "/stack/api/v1/auth/cli/poll");
}

#[tokio::test]
async fn a_login_without_an_approval_ends_with_its_time() {
    let script = [initiated()].into_iter().chain(std::iter::repeat_with(pending).take(1000));
    let server = Server::start(script).await;
    let start = Instant::now();
    let life = Duration::from_millis(300);
    let error = login(options(&server.url).expires_in(life)).await.unwrap_err();
    assert!(matches!(error, LoginError::Expired), "{error:?}");
    assert!(start.elapsed() >= life);
    let seen = server.seen();
    assert!(seen.last().unwrap().at - seen[0].at >= life, "the last request comes after the deadline");
}

#[tokio::test]
async fn a_code_that_is_forgotten_at_its_end_has_expired() {
    let server = Server::start([initiated(), pending(), refused("INVALID_POLLING_CODE")]).await;
    let options = options(&server.url).expires_in(Duration::from_millis(50)).poll_interval(Duration::from_secs(5));
    assert!(matches!(login(options).await, Err(LoginError::Expired)));
}

#[tokio::test]
async fn the_servers_own_end_counts_if_it_comes_first() {
    let body = r#"{"polling_code":"pc","login_code":"lc","expires_at":"2001-09-09T01:46:50Z"}"#;
    let initiated = Step::Answer(200, "date: Sun, 09 Sep 2001 01:46:40 GMT\r\n", body.into());
    let server = Server::start([initiated, completed()]).await;
    let options = options(&server.url).present(|prompt| {
        assert_eq!(prompt.expires_in(), Duration::from_secs(10));
        Ok(())
    });
    login(options).await.unwrap();
}

#[tokio::test]
async fn a_refusal_says_why() {
    let answer = json(401, r#"{"code":"INVALID_PUBLISHABLE_CLIENT_KEY","error":"The key\u001b is not valid."}"#);
    let server = Server::start([answer]).await;
    let error = login(options(&server.url)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server refused the login with status 401 (INVALID_PUBLISHABLE_CLIENT_KEY): The key is not valid; \
         check the project or client id and the key"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::start([Step::Answer(307, "location: https://elsewhere.example/\r\n", String::new())]).await;
    let error = login(options(&server.url)).await.unwrap_err();
    assert!(matches!(error, LoginError::Refused { status: 307, .. }), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn what_is_no_answer_of_the_dialect_is_told_and_never_quoted() {
    for body in [
        r#"{"status":["rt_secret"]}"#,
        r#"{"status":"rt_secret"}"#,
        r#"{"status":"completed"}"#,
        r#"{"status":"completed","refresh_token":""}"#,
        r#"{"status":"completed","refresh_token":{"rt_secret":1}}"#,
    ] {
        let server = Server::start([initiated(), json(200, body)]).await;
        let error = login(options(&server.url)).await.unwrap_err();
        assert!(matches!(error, LoginError::Malformed { .. }), "{error:?} for {body}");
        assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_link_that_cannot_be_shown_ends_the_login() {
    let server = Server::start([initiated()]).await;
    let options = options(&server.url).present(|_| Err(std::io::ErrorKind::BrokenPipe.into()));
    assert!(matches!(login(options).await, Err(LoginError::Io(_))));
}

#[tokio::test]
async fn nothing_is_sent_with_options_that_are_wrong() {
    let server = Server::start([]).await;
    let error = login(options(&server.url).expires_in(Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error, LoginError::Options { .. }), "{error:?}");
    assert!(server.seen().is_empty());
}
