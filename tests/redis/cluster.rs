//! A cluster of three on the loopback: all keys of a session are on one node, and a slot may move under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use counterfoil::{Backend, BackendError, Initiated, LoginOptions, PollOptions, Polled, RedisServers, RedisStore};

use crate::server::Server;
use crate::support::{Store, complete, poll};

const SLOTS: usize = 16384;

struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    async fn start() -> Self {
        let nodes: Vec<_> = (0..3).map(|_| Server::start(&["--cluster-enabled", "yes"])).collect();
        for (at, node) in nodes.iter().enumerate() {
            let (from, to) = (SLOTS * at / 3, SLOTS * (at + 1) / 3 - 1);
            assert_eq!(node.cli(&["cluster", "addslotsrange", &from.to_string(), &to.to_string()]), "OK");
            assert_eq!(node.cli(&["cluster", "set-config-epoch", &(at + 1).to_string()]), "OK");
        }
        for node in &nodes[1..] {
            assert_eq!(node.cli(&["cluster", "meet", "127.0.0.1", &nodes[0].port.to_string()]), "OK");
        }
        let started = Instant::now();
        let whole = |node: &Server| {
            let info = node.cli(&["cluster", "info"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !nodes.iter().all(whole) {
            assert!(started.elapsed() < Duration::from_secs(60), "the nodes do not meet");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { nodes }
    }

    fn store(&self) -> Store {
        let servers = RedisServers::cluster(self.nodes.iter().map(Server::url));
        RedisStore::builder(servers).key([7; 32]).max_sessions(100_000).build().unwrap()
    }

    fn id(&self, at: usize) -> String {
        self.nodes[at].cli(&["cluster", "myid"])
    }

    /// Moves one slot from one node to another, key by key, as `redis-cli` does.
    fn migrate(&self, slot: usize, from: usize, to: usize) {
        let (slot, ids) = (slot.to_string(), [self.id(from), self.id(to)]);
        let [source, target] = [&self.nodes[from], &self.nodes[to]];
        assert_eq!(target.cli(&["cluster", "setslot", &slot, "importing", &ids[0]]), "OK");
        assert_eq!(source.cli(&["cluster", "setslot", &slot, "migrating", &ids[1]]), "OK");
        loop {
            let keys = source.slot_keys(&slot);
            if keys.is_empty() {
                break;
            }
            for key in keys {
                let port = target.port.to_string();
                source.cli(&["migrate", "127.0.0.1", &port, &key, "0", "2000"]);
            }
        }
        for node in [target, source] {
            assert_eq!(node.cli(&["cluster", "setslot", &slot, "node", &ids[1]]), "OK");
        }
    }
}

async fn begin(store: &Store) -> Option<Initiated> {
    match store.initiate(LoginOptions::new()).await {
        Ok(login) => Some(login),
        Err(BackendError::Unavailable(_)) => None,
        Err(other) => panic!("{other}"),
    }
}

/// Logins in all buckets, from beginning to end, with waits, listings and counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_serves_logins() {
    let cluster = Cluster::start().await;
    let (here, there) = (cluster.store(), cluster.store());
    let mut logins = Vec::new();
    for _ in 0..100 {
        logins.push(begin(&here).await.unwrap());
    }
    assert_eq!(here.sessions().await.unwrap().len(), 100);
    for (at, login) in logins.iter().enumerate() {
        assert_eq!(poll(&there, login).await, "pending");
        let (waiter, code) = (there.clone(), login.polling_code.clone());
        let waiting = (at % 10 == 0).then(|| {
            tokio::spawn(async move { waiter.wait(&code, Duration::from_secs(60), &PollOptions::new()).await })
        });
        complete(&here, login, &at.to_string()).await.unwrap();
        match waiting {
            Some(waiting) => {
                assert!(matches!(waiting.await.unwrap(), Ok(Polled::Completed(grant)) if grant == at.to_string()));
            }
            None => assert_eq!(poll(&there, login).await, at.to_string()),
        }
        assert_eq!(poll(&there, login).await, "redeemed");
    }
    assert_eq!(here.stats().await.unwrap().redeemed, 100);
    for node in &cluster.nodes {
        assert!(!node.keys("*").is_empty(), "each node has some");
    }
}

/// While a slot moves, its sessions may be *unavailable* for a moment; none is lost, unknown, or redeemed twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_moves_under_load() {
    let cluster = Cluster::start().await;
    let store = cluster.store();
    let done = Arc::new(AtomicBool::new(false));
    let mut workers = Vec::new();
    for worker in 0..4 {
        let (store, done) = (store.clone(), done.clone());
        workers.push(tokio::spawn(async move {
            let (mut whole, mut out_of_reach) = (0_u32, 0_u32);
            while !done.load(Ordering::SeqCst) {
                let Some(login) = begin(&store).await else {
                    out_of_reach += 1;
                    continue;
                };
                let grant = format!("{worker}-{whole}");
                let mut approved = false;
                let mut tries = 0;
                loop {
                    tries += 1;
                    assert!(tries < 200, "a login does not come to its end");
                    let told = if approved { poll(&store, &login).await } else { String::new() };
                    match told.as_str() {
                        "" => {
                            match store
                                .complete(&login.login_code, grant.clone(), None)
                                .await
                                .map_err(|error| error.reason)
                            {
                                Ok(()) | Err(BackendError::Refused(counterfoil::SettleError::Completed)) => {
                                    approved = true;
                                }
                                Err(BackendError::Unavailable(_)) => out_of_reach += 1,
                                Err(other) => panic!("{other}"),
                            }
                        }
                        "unavailable" => out_of_reach += 1,
                        told => {
                            assert_eq!(told, grant);
                            break;
                        }
                    }
                }
                whole += 1;
            }
            (whole, out_of_reach)
        }));
    }
    // Every slot of a bucket that the first node has, moved while logins begin in it.
    let slots: Vec<usize> =
        (0..256).map(|bucket| slot_of(&cluster.nodes[0], bucket)).filter(|slot| *slot < SLOTS / 3).collect();
    assert!(!slots.is_empty());
    let cluster = tokio::task::spawn_blocking(move || {
        for slot in slots {
            cluster.migrate(slot, 0, 1);
        }
        cluster
    })
    .await
    .unwrap();
    done.store(true, Ordering::SeqCst);
    let mut sums = (0, 0);
    for worker in workers {
        let (whole, out_of_reach) = worker.await.unwrap();
        sums = (sums.0 + whole, sums.1 + out_of_reach);
    }
    assert!(sums.0 > 0, "logins went on: {sums:?}");
    eprintln!("slots moved under {} logins; {} calls were told unavailable", sums.0, sums.1);
    drop(cluster);
}

fn slot_of(node: &Server, bucket: usize) -> usize {
    node.cli(&["cluster", "keyslot", &format!("{{{bucket}}}")]).parse().unwrap()
}
