//! The cluster's client sends a command again by itself when its connection breaks: what a verb did, it did once all the
//! same. A cluster of one node that says it is where the proxy is.

use counterfoil::{
    Backend, BackendError, Initiated, RedisBuilder, RedisOutage, RedisServers, RedisStore, RedisWarning, SettleError,
};

use crate::conformance::prefix;
use crate::proxy::Proxy;
use crate::server::Server;
use crate::support::{SECOND, Store, begin, complete, poll, run, until, warned};

struct Behind {
    node: Server,
    proxy: Proxy,
}

impl Behind {
    async fn start() -> Self {
        // Nobody listens there yet.
        let proxy = Proxy::before(1).await;
        let port = proxy.port.to_string();
        let announced = ["--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port", &port];
        let node = Server::start(&[&["--cluster-enabled", "yes"][..], &announced].concat());
        proxy.lead_to(node.port);
        assert_eq!(node.cli(&["cluster", "addslotsrange", "0", "16383"]), "OK");
        until("the cluster is whole", async || node.cli(&["cluster", "info"]).contains("cluster_state:ok")).await;
        Self { node, proxy }
    }

    fn builder(&self) -> RedisBuilder<String, String> {
        RedisStore::builder(RedisServers::cluster([self.proxy.url()])).key([7; 32]).prefix(prefix())
    }
}

/// Runs a verb with each of its replies lost in turn, and then the check. Returns how often the client sent a command again
/// that the engine had sent once.
async fn each_reply_lost(
    behind: &Behind,
    prepare: &str,
    verb: &str,
    right: &str,
    after: impl AsyncFn(&Store, &Initiated),
) -> usize {
    let mut again = 0;
    for at in 0..20 {
        let store = behind.builder().max_sessions_per_tenant(1000).build().unwrap();
        let login = begin(&store).await;
        if !prepare.is_empty() {
            assert_eq!(run(prepare, &store, &login).await, "done");
        }
        // The look at the policy is over, and the scripts are known.
        store.stats().await.unwrap();
        let looked = behind.node.calls("info");
        behind.proxy.swallow(at);
        let told = run(verb, &store, &login).await;
        let lost = behind.proxy.has_swallowed();
        assert_eq!(told, right, "{verb}, reply {at}");
        after(&store, &login).await;
        if !lost {
            assert!(at > 0, "{verb} has replies");
            return again;
        }
        // A connection of the engine's own making begins with a look at the policy. Each of these looks is one, too.
        again += usize::from(behind.node.calls("info") == looked + 1);
    }
    panic!("{verb} has not so many replies");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_client_sends_again_is_done_once() {
    let behind = Behind::start().await;
    let mut again = Vec::new();
    for (prepare, verb, right, after) in [
        ("complete", "redeem", "its own", "redeemed"),
        ("", "complete", "done", "its own"),
        ("", "deny", "done", "denied"),
        ("", "cancel", "done", "cancelled"),
        ("", "claim", "scopes", "pending"),
        ("complete", "withdraw", "done", "denied"),
        ("", "poll", "pending", "pending"),
    ] {
        let count = each_reply_lost(&behind, prepare, verb, right, async |store, login| {
            let told = run("redeem", store, login).await;
            assert_eq!(told, after, "after {verb}");
            let counted = store.stats().await.unwrap();
            let once = match verb {
                "redeem" | "complete" => (counted.approved, counted.redeemed) == (1, 1),
                "deny" => counted.denied == 1,
                "cancel" => counted.cancelled == 1,
                "withdraw" => (counted.approved, counted.denied) == (1, 1),
                _ => counted.pending == 1,
            };
            assert!(once, "{verb} is counted once: {counted:?}");
            if verb == "claim" {
                assert_ne!(run("claim", store, login).await, "scopes", "once");
            }
        })
        .await;
        again.push((verb, count));
    }
    eprintln!("sent again by the client itself: {again:?}");
    assert!(again.iter().all(|(_, count)| *count > 0), "the client sends again by itself: {again:?}");
}

/// A slot that nobody serves is *unavailable*.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_nobody_serves_is_unavailable() {
    let behind = Behind::start().await;
    let (store, warnings) = warned(behind.builder().limit(SECOND));
    let login = begin(&store).await;
    let [key] = &behind.node.keys("*:s:*")[..] else { panic!("one state") };
    let slot = behind.node.cli(&["cluster", "keyslot", key]);
    assert_eq!(behind.node.cli(&["cluster", "delslots", &slot]), "OK");
    until("it is noticed", async || behind.node.cli(&["cluster", "info"]).contains("cluster_state:fail")).await;
    assert_eq!(poll(&store, &login).await, "unavailable");
    // A try that is under way when the limit ends may have been applied: not each of them says that it was not.
    until("it is told that nothing was done", async || {
        let refused = complete(&store, &login, "grant").await;
        refused.is_err_and(|why| why.contains("maybe_applied: false"))
    })
    .await;
    assert!(matches!(store.deny(&login.login_code).await, Err(BackendError::Unavailable(_))));
    let told = warnings.lock().unwrap().clone();
    assert!(told.contains(&RedisWarning::Unreachable { why: RedisOutage::ClusterDown }), "{told:?}");
    assert_eq!(behind.node.cli(&["cluster", "addslots", &slot]), "OK");
    until("it is back", async || poll(&store, &login).await == "pending").await;
    assert_eq!(store.deny(&login.login_code).await, Ok(()));
    assert_eq!(store.deny(&login.login_code).await, Err(BackendError::Refused(SettleError::Denied)));
}
