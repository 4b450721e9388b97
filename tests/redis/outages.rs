//! Servers that are away, or not what they were: it is noticed, told to the operator, and nobody waits for long.

use std::net::TcpListener;

use counterfoil::{Backend, BackendError, RedisOutage, RedisServers, RedisStore, RedisWarning};

use crate::conformance::prefix;
use crate::proxy::Proxy;
use crate::server::Server;
use crate::support::{SECOND, Store, Warnings, begin, builder, complete, poll, run, told, until, warned};

/// A primary and its replica, which has all that the primary has.
struct Pair {
    primary: Server,
    replica: Server,
}

impl Pair {
    fn start() -> Self {
        let primary = Server::start(&[]);
        let port = primary.port.to_string();
        let replica = Server::start(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]);
        Self { primary, replica }
    }

    async fn replicated(&self) {
        let keys = async || {
            let there = self.replica.cli(&["info", "replication"]).contains("master_link_status:up");
            there && self.primary.keys("*").len() == self.replica.keys("*").len()
        };
        until("the replica has it", keys).await;
    }

    /// The replica takes the primary's place; the primary becomes a replica of nobody who answers.
    fn change_places(&self) {
        self.replica.cli(&["replicaof", "no", "one"]);
        self.primary.cli(&["replicaof", "127.0.0.1", "1"]);
    }
}

/// Another server has taken the primary's place behind one address, and the old connections stay where they are: the verb
/// that finds it is through all the same, over a new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_behind_one_address_is_noticed() {
    for verb in ["complete", "deny", "cancel", "claim", "withdraw", "initiate", "ready"] {
        let pair = Pair::start();
        let proxy = Proxy::before(pair.primary.port).await;
        let (store, warnings) = warned(builder(&proxy.url()));
        let login = begin(&store).await;
        pair.replicated().await;
        let made = proxy.made();
        pair.change_places();
        proxy.lead_to(pair.replica.port);
        assert_eq!(told(verb, &store, &login).await.as_deref(), Ok(if verb == "claim" { "scopes" } else { "done" }));
        assert!(proxy.made() > made, "{verb}: over another connection");
        let expected = [RedisWarning::Unreachable { why: RedisOutage::ReadOnly }, RedisWarning::Reached];
        assert_eq!(*warnings.lock().unwrap(), expected, "{verb}");
    }
}

/// The same for a process that only polls. Its old server goes on answering what it is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_is_noticed_by_those_who_only_read() {
    let pair = Pair::start();
    let proxy = Proxy::before(pair.primary.port).await;
    let name = prefix();
    let polls = builder(&proxy.url()).prefix(&name).build().unwrap();
    let login = begin(&polls).await;
    assert_eq!(poll(&polls, &login).await, "pending");
    pair.replicated().await;
    pair.change_places();
    proxy.lead_to(pair.replica.port);
    let approves = builder(&pair.replica.url()).prefix(&name).build().unwrap();
    complete(&approves, &login, "grant").await.unwrap();
    until("the poll is told", async || match &*poll(&polls, &login).await {
        "grant" => true,
        "pending" => false,
        other => panic!("{other}"),
    })
    .await;
}

/// A primary that is cut off from its replicas takes no writes; its connections are made anew, and lead to its successor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_without_its_replicas_is_left() {
    let pair = Pair::start();
    let proxy = Proxy::before(pair.primary.port).await;
    let (store, warnings) = warned(builder(&proxy.url()));
    let login = begin(&store).await;
    pair.replicated().await;
    pair.replica.cli(&["replicaof", "no", "one"]);
    pair.primary.cli(&["config", "set", "min-replicas-to-write", "1"]);
    let (made, proxy_leads) = (proxy.made(), proxy.clone());
    // As long as it leads to the same server, nothing is applied.
    let refused = store.complete(&login.login_code, "grant".to_owned(), None).await.unwrap_err();
    assert!(matches!(refused.reason, BackendError::Unavailable(down) if !down.maybe_applied), "{:?}", refused.reason);
    assert!(proxy.made() <= made + 4, "not at each try");
    let first = warnings.lock().unwrap().first().cloned();
    assert_eq!(first, Some(RedisWarning::Unreachable { why: RedisOutage::NoReplicas }));
    proxy_leads.lead_to(pair.replica.port);
    until("it is approved", async || complete(&store, &login, "grant").await.is_ok()).await;
    assert_eq!(poll(&store, &login).await, "grant");
    assert_eq!(pair.primary.keys("*:g:*").len(), 0, "not on the old one");
}

/// A replica that lost its primary, and is told not to answer from what it has.
#[tokio::test]
async fn a_stale_replica_is_unavailable() {
    let server = Server::start(&["--replica-serve-stale-data", "no"]);
    let (store, warnings) = warned(builder(&server.url()).limit(SECOND / 2));
    let login = begin(&store).await;
    server.cli(&["replicaof", "127.0.0.1", "1"]);
    for verb in ["poll", "wait", "inspect", "resolve", "complete", "initiate", "sessions", "stats", "ready"] {
        let down = told(verb, &store, &login).await.unwrap_err();
        assert!(!down.maybe_applied, "{verb}");
    }
    let told = warnings.lock().unwrap().clone();
    assert!(told.contains(&RedisWarning::Unreachable { why: RedisOutage::MasterDown }), "{told:?}");
    server.cli(&["replicaof", "no", "one"]);
    assert_eq!(poll(&store, &login).await, "pending");
    assert_eq!(warnings.lock().unwrap().last(), Some(&RedisWarning::Reached));
}

/// Why a server cannot be reached is told once, and that it can be, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_told_once() {
    let mut server = Server::start(&["--requirepass", "secret"]);
    let url = format!("redis://:secret@127.0.0.1:{}", server.port);
    let (store, warnings) = warned(builder(&url).limit(SECOND / 2));
    let login = begin(&store).await;
    server.kill();
    for _ in 0..3 {
        assert_eq!(run("deny", &store, &login).await, "unavailable");
    }
    let refused = RedisWarning::Unreachable { why: RedisOutage::ConnectionRefused };
    assert_eq!(*warnings.lock().unwrap(), std::slice::from_ref(&refused));
    server.restart();
    begin(&store).await;
    assert_eq!(*warnings.lock().unwrap(), [refused, RedisWarning::Reached]);

    let why = async |url: &str| {
        let (store, warnings) = warned(builder(url).limit(SECOND));
        assert!(store.ready().await.is_err());
        let told = warnings.lock().unwrap().clone();
        let [RedisWarning::Unreachable { why }] = told[..] else { panic!("{told:?}") };
        let text = told[0].to_string();
        assert!(!text.contains("wrong") && !text.contains("127.0.0.1"), "{text}");
        why
    };
    assert_eq!(why(&format!("redis://:wrong@127.0.0.1:{}", server.port)).await, RedisOutage::Authentication);
    let none = format!("redis://127.0.0.1:{}", server.port);
    let (store, warnings) = warned(builder(&none).limit(SECOND / 2));
    assert!(store.ready().await.is_err());
    let told = warnings.lock().unwrap().clone();
    assert!(matches!(&told[..], [RedisWarning::Refused { code, .. }, ..] if code == "NOAUTH"), "{told:?}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(why(&format!("redis://{}", silent.local_addr().unwrap())).await, RedisOutage::TimedOut);

    // Sentinels that cannot be reached, and nodes of a cluster.
    let nobody = format!("127.0.0.1:{}", crate::server::free_port());
    for (text, expected) in [
        (format!("redis+sentinel://{nobody}/logins"), RedisOutage::ConnectionRefused),
        (format!("redis+cluster://{nobody}"), RedisOutage::ClusterDown),
    ] {
        let warnings = Warnings::default();
        let kept = warnings.clone();
        let store: Store = RedisStore::builder(text.parse::<RedisServers>().unwrap())
            .key([7; 32])
            .limit(SECOND / 2)
            .on_warning(move |warning| kept.lock().unwrap().push(warning.clone()))
            .build()
            .unwrap();
        assert!(store.ready().await.is_err());
        let told = warnings.lock().unwrap().clone();
        assert_eq!(told, [RedisWarning::Unreachable { why: expected }], "{text}");
    }
}

/// A user without channels: nothing fails, whoever waits is answered when it looks for itself, the operator is told, and
/// the server is not asked over and over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_channels_waits_all_the_same() {
    let server = Server::start(&[]);
    server.cli(&["acl", "setuser", "logins", "on", ">secret", "~*", "+@all", "-@dangerous", "resetchannels"]);
    let (store, warnings) = warned(builder(&format!("redis://logins:secret@127.0.0.1:{}", server.port)));
    let login = begin(&store).await;
    let (waiter, code) = (store.clone(), login.polling_code.clone());
    let options = counterfoil::PollOptions::new();
    let waiting = tokio::spawn(async move { waiter.wait(&code, SECOND * 60, &options).await });
    let refused = RedisWarning::Unsubscribed { why: RedisOutage::NotPermitted };
    until("it is told", async || warnings.lock().unwrap().contains(&refused)).await;
    complete(&store, &login, "grant").await.unwrap();
    assert_eq!(crate::support::word(waiting.await.unwrap()), "grant");
    assert_eq!(*warnings.lock().unwrap(), [refused], "once, and nothing else");
    let refusals = server.errors("NOPERM");
    assert!(refusals <= 10, "{refusals} tries to subscribe, and one publication");
}

/// A server that answers late: what asks for many things asks for them together, and is held to the limit of one verb.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counting_and_listing_keep_to_the_limit() {
    let server = Server::start(&[]);
    let proxy = Proxy::before(server.port).await;
    let name = prefix();
    let made = |limit| builder(&proxy.url()).prefix(&name).max_sessions(100_000).limit(limit).build().unwrap();
    let store = made(SECOND * 2);
    for _ in 0..200 {
        begin(&store).await;
    }
    store.stats().await.unwrap();
    // 256 buckets one after the other would take ten seconds, 200 sessions eight.
    proxy.delay(SECOND / 25);
    assert_eq!(store.stats().await.unwrap().pending, 200);
    assert_eq!(store.sessions().await.unwrap().len(), 200);
    // Each reply in time, and all of them not.
    proxy.delay(SECOND * 2 / 5);
    let store = made(SECOND);
    for verb in ["stats", "sessions"] {
        let login = begin(&made(SECOND * 20)).await;
        let given_up = tokio::time::timeout(SECOND * 20, told(verb, &store, &login)).await;
        assert!(given_up.expect("it is held to its limit").is_err(), "{verb}");
    }
}

/// Whether a store is ready is one script, however large it is, and it tells of a server that takes no writes.
#[tokio::test]
async fn being_ready_costs_one_script() {
    let mut server = Server::start(&[]);
    let store = builder(&server.url()).max_sessions(100_000).limit(SECOND / 2).build().unwrap();
    store.ready().await.unwrap();
    let before = server.calls("evalsha");
    for _ in 0..10 {
        store.ready().await.unwrap();
    }
    assert_eq!(server.calls("evalsha"), before + 10);
    assert!(server.keys("*").is_empty(), "it leaves nothing behind");
    server.cli(&["replicaof", "127.0.0.1", "1"]);
    assert!(store.ready().await.is_err());
    server.cli(&["replicaof", "no", "one"]);
    store.ready().await.unwrap();
    server.kill();
    assert!(store.ready().await.is_err());
}

/// The same over HTTP.
#[cfg(feature = "axum")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_balancer_costs_one_script() {
    use counterfoil::Secret;
    use counterfoil::axum::{Context, health};
    let mut server = Server::start(&[]);
    let store = RedisStore::<Secret, Context>::builder(RedisServers::one(server.url())).key([7; 32]);
    let store = store.limit(SECOND / 2).build().unwrap();
    store.ready().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/readyz", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, health(store)).await });
    let before = server.calls("evalsha");
    let answer = oauth2::reqwest::get(&url).await.unwrap();
    assert_eq!((answer.status().as_u16(), server.calls("evalsha")), (200, before + 1));
    assert_eq!(answer.text().await.unwrap(), "ready");
    server.kill();
    let answer = oauth2::reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

/// A half-open connection is given up by the kernel, too.
#[cfg(target_os = "linux")]
#[tokio::test]
#[allow(unsafe_code, reason = "the sockets are the engine's; the test finds them among the process's own")]
async fn the_kernel_gives_up_half_open_connections() {
    use std::os::fd::BorrowedFd;
    use std::time::Duration;
    let server = Server::start(&[]);
    let store = crate::support::store(&server.url());
    begin(&store).await;
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        let is_socket =
            std::fs::read_link(entry.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"));
        if !is_socket {
            continue;
        }
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok()).unwrap();
        // SAFETY: borrowed for one look; a socket that another test closes meanwhile makes that look fail, and no more.
        let socket = unsafe { BorrowedFd::borrow_raw(number) };
        let socket = socket2::SockRef::from(&socket);
        let peer = socket.peer_addr().ok().and_then(|peer| peer.as_socket());
        if peer.is_some_and(|peer| peer.port() == server.port) {
            found.push(socket.tcp_user_timeout().unwrap());
        }
    }
    assert!(!found.is_empty() && found.iter().all(|time| *time == Some(Duration::from_secs(5))), "{found:?}");
}
