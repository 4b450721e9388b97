//! What the user is told while the server is silent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::client::{Notice, Options, login};

use crate::server::{Server, Step, completed, initiated, json, options};

/// The texts of the notices of a login.
fn told<D>(options: Options<D>) -> (Options<D>, Arc<Mutex<Vec<Notice>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = told.clone();
    (options.on_notice(move |notice| list.lock().unwrap().push(notice.clone())), told)
}

#[tokio::test]
async fn a_server_that_is_silent_at_the_beginning_is_named_once() {
    let late = Step::Held(Duration::from_secs(4), Box::new(initiated()));
    let server = Server::start([late, completed()]).await;
    let (options, told) = told(options(&server.url));
    login(options).await.unwrap();
    let told = told.lock().unwrap();
    let host = server.url.strip_prefix("http://").unwrap();
    assert_eq!(*told, [Notice::NoAnswer { server: host.into(), proxy: None }]);
    assert_eq!(told[0].to_string(), format!("{host} has not answered for 3 s; still trying"));
}

#[tokio::test]
async fn each_outage_is_told_once_and_a_held_answer_is_none() {
    let lost = || json(502, "");
    let held = Step::Held(Duration::from_secs(4), Box::new(json(201, r#"{"status":"pending"}"#)));
    let outage = [(); 6].map(|()| lost());
    let server = Server::start([initiated(), held].into_iter().chain(outage).chain([completed()])).await;
    // Faults double the interval: 6 of them in a row take more than 3 s.
    let (options, told) = told(options(&server.url).poll_interval(Duration::from_millis(200)));
    login(options).await.unwrap();
    assert_eq!(told.lock().unwrap().len(), 1);
}
