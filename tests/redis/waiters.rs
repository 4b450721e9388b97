//! Many who wait in one process.

use std::time::Duration;

use counterfoil::{Backend, LoginOptions, PollOptions, Polled};

use crate::server::Server;
use crate::support::{SECOND, builder};

const SESSIONS: usize = 1000;
const EACH: usize = 100;

/// A hundred thousand tasks that wait cost one subscription and one connection besides; of each session one is told its
/// grant, and all are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_waiters_cost_one_subscription() {
    let server = Server::start(&[]);
    let name = crate::conformance::prefix();
    let [waits, approves] = [0, 1].map(|_| builder(&server.url()).prefix(&name).limit(SECOND * 20).build().unwrap());
    let mut logins = Vec::new();
    for _ in 0..SESSIONS {
        logins.push(waits.initiate(LoginOptions::new()).await.unwrap());
    }
    let began = server.calls("evalsha");
    let mut waiting = Vec::new();
    for _ in 0..EACH {
        for login in &logins {
            let (store, code) = (waits.clone(), login.polling_code.clone());
            waiting.push(tokio::spawn(async move {
                match store.wait(&code, SECOND * 600, &PollOptions::new()).await {
                    Ok(Polled::Completed(_)) => 1,
                    Ok(Polled::Redeemed) => 0,
                    other => panic!("{other:?}"),
                }
            }));
        }
        // Each of them has asked to be told.
        while server.calls("evalsha") < began + waiting.len() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    let clients = server.cli(&["client", "list"]);
    let subscribed = clients.lines().filter(|line| line.contains(" sub=1 ")).count();
    assert_eq!((waiting.len(), subscribed), (SESSIONS * EACH, 1), "{clients}");
    // The commands', the subscription, and the test's own.
    assert!(clients.lines().count() <= 3, "{clients}");
    for (at, login) in logins.iter().enumerate() {
        approves.complete(&login.login_code, at.to_string(), None).await.map_err(|error| error.reason).unwrap();
    }
    let mut collected = 0;
    for waiting in waiting {
        collected += waiting.await.unwrap();
    }
    assert_eq!(collected, SESSIONS, "each grant once");
}
