//! Logins that are not waited for.

use std::time::{Duration, Instant};

use counterfoil::client::{LoginError, login};

use crate::server::{Server, Step, authorized, device, initiated, json, options};

#[tokio::test]
async fn a_cancelled_login_is_denied_on_the_server() {
    let server = Server::start([initiated(), Step::Silence, json(200, r#"{"success":true}"#)]).await;
    let options = options(&server.url).cancel_when(server.requests(2));
    assert!(matches!(login(options).await, Err(LoginError::Cancelled)));
    let last = server.seen().pop().unwrap();
    assert_eq!(last.path, "/api/v1/auth/cli/complete");
    assert_eq!(last.body, r#"{"login_code":"lc_secret","mode":"deny"}"#);
    assert_eq!(last.header("x-stack-publishable-client-key"), Some("pck_secret"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_the_denial_delays_nothing() {
    let server = Server::start([initiated(), Step::Silence, Step::Silence]).await;
    let start = Instant::now();
    let options = options(&server.url).cancel_when(server.requests(2));
    assert!(matches!(login(options).await, Err(LoginError::Cancelled)));
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_login_cancelled_before_it_began_has_nothing_to_deny() {
    let server = Server::start([Step::Silence]).await;
    let options = options(&server.url).cancel_when(server.requests(1));
    assert!(matches!(login(options).await, Err(LoginError::Cancelled)));
    assert_eq!(server.paths(), ["/api/v1/auth/cli"]);
}

#[tokio::test]
async fn rfc_8628_leaves_it_to_expire() {
    let server = Server::start([authorized("https://a.example"), Step::Silence]).await;
    let options = device(&server.url).cancel_when(server.requests(2));
    assert!(matches!(login(options).await, Err(LoginError::Cancelled)));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_dropped_login_sends_nothing() {
    let server = Server::start([initiated(), Step::Silence]).await;
    {
        let running = login(options(&server.url));
        tokio::select! {
            result = running => panic!("{result:?}"),
            () = server.requests(2) => {}
        }
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.seen().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_cancels() {
    let server = Server::start([initiated(), Step::Silence, json(200, r#"{"success":true}"#)]).await;
    let url = server.url.clone();
    let running = tokio::spawn(async move { login(options(&url).cancel_on_ctrl_c(true)).await });
    // By the second request the handler is there, and this process survives what would end it.
    server.requests(2).await;
    let kill = std::process::Command::new("kill").args(["-INT", &std::process::id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert!(matches!(running.await.unwrap(), Err(LoginError::Cancelled)));
    assert_eq!(server.paths().last().unwrap(), "/api/v1/auth/cli/complete");
}
