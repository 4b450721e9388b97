//! What goes wrong between a process and its server while both are well.

use std::time::Instant;

use counterfoil::{Backend, BackendError, InitiateError, LoginOptions, PollOptions, RedisWarning};

use crate::proxy::Proxy;
use crate::server::{Server, shared};
use crate::support::{SECOND, begin, builder, complete, poll, run, store, warned, word};

fn port_of(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
}

/// A connection that nobody hears anything over, and nobody closes: the verb that finds it is through all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_is_made_anew() {
    let proxy = Proxy::before(port_of(&shared())).await;
    let store = builder(&proxy.url()).limit(SECOND * 3).build().unwrap();
    let login = begin(&store).await;
    store.stats().await.unwrap();
    let made = proxy.made();
    proxy.freeze();
    assert_eq!(poll(&store, &login).await, "pending");
    assert_eq!(proxy.made(), made + 1, "one new connection");
    proxy.freeze();
    complete(&store, &login, "grant").await.unwrap();
    proxy.freeze();
    assert_eq!(poll(&store, &login).await, "grant");
    proxy.freeze();
    assert_eq!(poll(&store, &login).await, "redeemed");
    assert_eq!(proxy.made(), made + 4);
}

/// The subscription dies unheard: who waits is answered all the same, by the heartbeat that did not come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_subscription_is_noticed() {
    let server = Server::start(&[]);
    let proxy = Proxy::before(server.port).await;
    let (waits, approves) = {
        let name = crate::conformance::prefix();
        let made = |url: &str| builder(url).prefix(&name).build().unwrap();
        (made(&proxy.url()), made(&server.url()))
    };
    let login = begin(&approves).await;
    let (waiter, code) = (waits.clone(), login.polling_code.clone());
    let waiting = tokio::spawn(async move { word(waiter.wait(&code, SECOND * 60, &PollOptions::new()).await) });
    while !server.cli(&["pubsub", "channels"]).contains("w:") {
        tokio::task::yield_now().await;
    }
    proxy.freeze();
    complete(&approves, &login, "grant").await.unwrap();
    assert_eq!(waiting.await.unwrap(), "grant");
}

/// A server that stands still with its connections open: *unavailable*, and what it was told it does when it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_is_unavailable() {
    let server = Server::start(&[]);
    let store = builder(&server.url()).limit(SECOND).build().unwrap();
    let login = begin(&store).await;
    server.freeze(true);
    let refused = store.deny(&login.login_code).await.unwrap_err();
    assert!(matches!(refused, BackendError::Unavailable(_)), "{refused:?}");
    let error = store.poll(&login.polling_code, &PollOptions::new()).await.unwrap_err();
    assert!(!error.retry_after.is_zero());
    server.freeze(false);
    let mut told = poll(&store, &login).await;
    while told == "unavailable" {
        told = poll(&store, &login).await;
    }
    assert!(["pending", "denied"].contains(&&*told), "{told}");
    assert_eq!(poll(&store, &begin(&store).await).await, "pending");
}

/// A reply that comes twice shifts all that follow: no verb takes another's reply for its own, and the connection goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_out_of_order_are_noticed() {
    let proxy = Proxy::before(port_of(&shared())).await;
    let verbs = [
        ("poll", "pending", &["pending"][..]),
        ("wait", "pending", &["pending"]),
        ("inspect", "Pending", &["Pending"]),
        ("locate", "default", &["default"]),
        ("claim", "scopes", &["scopes", "NoContext"]),
        ("resolve", "true", &["true"]),
        ("complete", "done", &["done", "Completed"]),
        ("redeem", "its own", &["its own", "redeemed"]),
        ("deny", "done", &["done", "Denied"]),
        ("cancel", "done", &["done", "Cancelled"]),
        ("initiate", "done", &["done"]),
        ("sessions", "done", &["done"]),
        ("stats", "done", &["done"]),
    ];
    for paced in [false, true] {
        for (verb, right, afterwards) in verbs {
            let base = builder(&proxy.url());
            let (store, warnings) = warned(if paced { base.poll_interval(SECOND / 1000) } else { base });
            let store = if verb == "wait" { store.unpaced() } else { store };
            let [first, second] = [begin(&store).await, begin(&store).await];
            if verb == "redeem" {
                for login in [&first, &second] {
                    assert_eq!(run("complete", &store, login).await, "done");
                }
            }
            store.stats().await.unwrap();
            // What the first is told comes once more, to the second.
            assert_eq!(run(verb, &store, &first).await, right, "{verb}");
            let made = proxy.made();
            proxy.repeat_a_reply();
            assert_eq!(run(verb, &store, &second).await, "unavailable", "{verb}");
            let told = warnings.lock().unwrap().clone();
            let noticed = |w: &RedisWarning| matches!(w, RedisWarning::Disordered | RedisWarning::Foreign { .. });
            assert!(told.iter().any(noticed), "{verb}: {told:?}");
            let after = run(verb, &store, &second).await;
            assert!(afterwards.contains(&&*after) || after.starts_with("slowdown"), "{verb} afterwards: {after}");
            assert!(proxy.made() > made, "{verb}: over another connection");
        }
    }
}

/// A limit that strikes after a place was taken and before the login has begun: the place is given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_of_a_login_that_did_not_begin_is_given_back() {
    let proxy = Proxy::before(port_of(&shared())).await;
    let store = builder(&proxy.url()).limit(SECOND / 4).max_sessions_per_tenant(1).build().unwrap();
    // The scripts are known.
    let login = begin(&store).await;
    store.cancel(&login.polling_code).await.unwrap();
    let options = || LoginOptions::new().ttl(SECOND * 3600);
    proxy.close_after(Some(1));
    assert!(matches!(store.initiate(options()).await, Err(BackendError::Unavailable(_))));
    proxy.close(false);
    let started = Instant::now();
    loop {
        match store.initiate(options()).await {
            Ok(_) => break,
            Err(BackendError::Refused(InitiateError::TenantFull { .. }) | BackendError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
        assert!(started.elapsed() < SECOND * 60, "the place is taken for as long as the login would have lived");
        tokio::time::sleep(SECOND / 20).await;
    }

    // A caller that goes away in the middle has the same effect.
    let store = self::store(&proxy.url());
    let bounded = builder(&proxy.url()).max_sessions_per_tenant(1).build().unwrap();
    begin(&store).await;
    let login = begin(&bounded).await;
    bounded.cancel(&login.polling_code).await.unwrap();
    proxy.freeze();
    let gone = tokio::time::timeout(SECOND / 10, bounded.initiate(options())).await;
    assert!(gone.is_err(), "it hangs");
    let started = Instant::now();
    while bounded.initiate(options()).await.is_err() {
        assert!(started.elapsed() < SECOND * 60);
    }
}
