//! A login without a runtime of the caller's.

use counterfoil::Secret;
use counterfoil::client::{LoginError, blocking};

use crate::server::{Server, completed, device, initiated, json, options, pending, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_blocks_until_its_end_in_a_runtime_too() {
    let server = Server::start([initiated(), pending(), completed()]).await;
    let tokens = blocking::login(options(&server.url)).unwrap();
    assert_eq!(tokens.token().expose(), "rt_secret");
    let server = Server::start([initiated(), refused("CLI_AUTH_DENIED_ERROR")]).await;
    let url = server.url.clone();
    let ended = std::thread::spawn(move || blocking::login(options(&url))).join().unwrap();
    assert!(matches!(ended, Err(LoginError::Denied)), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "the prompt's own")]
async fn a_panic_of_the_callers_reaches_the_caller() {
    let server = Server::start([initiated()]).await;
    let _ = blocking::login(options(&server.url).present(|_| panic!("the prompt's own")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_and_a_logout_block_until_their_end_in_a_runtime_too() {
    let kept = Secret::new("rt_secret");
    let server = Server::start([json(200, r#"{"access_token":"at_new","refresh_token":"rt_new"}"#)]).await;
    let tokens = blocking::refresh(device(&server.url), &kept).unwrap();
    assert_eq!(tokens.token().expose(), "rt_new");
    assert_eq!(server.seen()[0].body, "grant_type=refresh_token&refresh_token=rt_secret&client_id=internal");

    let server = Server::start([json(400, r#"{"error":"invalid_grant"}"#)]).await;
    let ended = blocking::refresh(device(&server.url), &kept);
    assert!(matches!(ended, Err(LoginError::SessionEnded)), "{ended:?}");

    let server = Server::start([json(200, "")]).await;
    blocking::logout(device(&server.url).revocation_endpoint("/revoke"), &kept).unwrap();
    assert_eq!(
        (server.paths(), &*server.seen()[0].body),
        (vec!["/revoke".to_owned()], "token=rt_secret&client_id=internal")
    );

    let server = Server::start([json(404, "")]).await;
    let ended = blocking::logout(device(&server.url), &kept);
    assert!(matches!(ended, Err(LoginError::Unsupported { .. })), "{ended:?}");
}
