//! A primary that Sentinel names, its replica, and what logins see when one takes the other's place.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use counterfoil::{Backend, BackendError, LoginOptions, PollOptions, RedisServers, RedisStore};

use crate::server::Server;
use crate::support::{SECOND, Store, begin, poll, word};

const NAME: &str = "logins";

struct Group {
    primary: Server,
    replica: Server,
    sentinel: Server,
}

impl Group {
    /// Servers that ask for a password, and a Sentinel that asks for none.
    async fn start() -> Self {
        let secret = ["--requirepass", "secret", "--masterauth", "secret"];
        let primary = Server::start(&secret);
        let port = primary.port.to_string();
        let replica = Server::start(&[&secret[..], &["--replicaof", "127.0.0.1", &port]].concat());
        let sentinel = Server::sentinel(&format!(
            "sentinel monitor {NAME} 127.0.0.1 {port} 1\nsentinel auth-pass {NAME} secret\n\
             sentinel down-after-milliseconds {NAME} 500\nsentinel failover-timeout {NAME} 2000\n"
        ));
        let group = Self { primary, replica, sentinel };
        // Sentinel must know the replica before it can choose it, and the replica must have all that there is.
        group
            .until(|group| {
                group.sentinel.cli(&["sentinel", "master", NAME]).contains(r#""num-slaves": '1'"#)
                    || group.sentinel.cli(&["sentinel", "replicas", NAME]).contains(&group.replica.port.to_string())
            })
            .await;
        group.until(|group| group.replica.cli(&["info", "replication"]).contains("master_link_status:up")).await;
        group
    }

    async fn until(&self, is: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is(self) {
            assert!(started.elapsed() < Duration::from_secs(60), "the servers do not find each other");
            tokio::time::sleep(SECOND / 20).await;
        }
    }

    /// Until the replica has what the primary has said.
    async fn replicated(&self) {
        let offset = |server: &Server, field: &str| {
            let info = server.cli(&["info", "replication"]);
            let value = info.lines().find_map(|line| line.strip_prefix(field)).map(|value| value.trim().to_owned());
            value.and_then(|value| value.parse::<u64>().ok()).unwrap_or(0)
        };
        let said = offset(&self.primary, "master_repl_offset:");
        self.until(|group| offset(&group.replica, "slave_repl_offset:") >= said).await;
    }
}

fn store(servers: RedisServers) -> Store {
    RedisStore::builder(servers).key([7; 32]).limit(SECOND).build().unwrap()
}

/// Until a verb is through; meanwhile it is *unavailable*, and nothing else.
async fn through<R, E: std::fmt::Debug>(mut verb: impl AsyncFnMut() -> Result<R, BackendError<E>>) -> (R, u32) {
    let (started, mut out_of_reach) = (Instant::now(), 0);
    loop {
        match verb().await {
            Ok(done) => return (done, out_of_reach),
            Err(BackendError::Unavailable(_)) => out_of_reach += 1,
            Err(BackendError::Refused(refused)) => panic!("{refused:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(60), "nobody takes the primary's place");
        // A server that refuses at once is asked again in a moment.
        tokio::time::sleep(SECOND / 20).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_loses_nothing_that_was_replicated() {
    let mut group = Group::start().await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let urls = [format!("redis://{}", silent.local_addr().unwrap()), group.sentinel.url()];
    let servers = RedisServers::sentinel(urls, NAME).primary("redis://:secret@primary");
    let here = store(servers.clone());
    let text = format!("redis+sentinel://:secret@127.0.0.1:{}/{NAME}", group.sentinel.port);
    let there = store(text.parse().unwrap());

    // One of the Sentinels never answers: the other one is asked next.
    let (pending, _) = through(async || here.initiate(LoginOptions::new()).await).await;
    let approved = begin(&there).await;
    let late = begin(&there).await;
    there.complete(&approved.login_code, "grant".to_owned(), None).await.unwrap();
    let (waiter, code) = (there.clone(), late.polling_code.clone());
    let waiting = tokio::spawn(async move {
        loop {
            // An outage ends a wait, and its caller asks again.
            match waiter.wait(&code, SECOND * 60, &PollOptions::new()).await {
                Err(_) => tokio::time::sleep(SECOND / 20).await,
                told => return word(told),
            }
        }
    });
    group.until(|group| group.primary.cli(&["pubsub", "channels"]).contains("w:")).await;
    group.replicated().await;

    group.primary.kill();
    let ((), out_of_reach) = through(async || here.deny(&pending.login_code).await).await;
    assert!(out_of_reach > 0, "the servers were away");
    assert_eq!(poll(&here, &pending).await, "denied");
    let approve =
        async || there.complete(&late.login_code, "late".to_owned(), None).await.map_err(|error| error.reason);
    through(approve).await;
    assert_eq!(waiting.await.unwrap(), "late");
    assert_eq!(poll(&there, &approved).await, "grant");
    assert_eq!(poll(&here, &approved).await, "redeemed");
    let after = begin(&here).await;
    assert_eq!(poll(&there, &after).await, "pending");
    assert!(group.replica.cli(&["role"]).contains("master"), "the replica took the primary's place");
}
