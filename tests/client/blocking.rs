//! A login without a runtime of the caller's.

use counterfoil::client::{LoginError, blocking};

use crate::server::{Server, completed, initiated, options, pending, refused};

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
