//! A cluster of three on the loopback: all keys of a session are on one node, and a slot may move under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use counterfoil::{
    Attempt, Backend, BackendError, Initiated, LoginOptions, PollOptions, Polled, RedisServers, RedisStore,
    RedisWarning, SettleError,
};

use crate::server::Server;
use crate::support::{Store, complete, poll, until, warned, word};

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

    fn keys(&self, pattern: &str) -> Vec<String> {
        self.nodes.iter().flat_map(|node| node.keys(pattern)).collect()
    }

    /// A slot is about to move.
    fn open(&self, slot: &str, from: usize, to: usize) {
        let ids = [self.id(from), self.id(to)];
        assert_eq!(self.nodes[to].cli(&["cluster", "setslot", slot, "importing", &ids[0]]), "OK");
        assert_eq!(self.nodes[from].cli(&["cluster", "setslot", slot, "migrating", &ids[1]]), "OK");
    }

    fn move_key(&self, key: &str, from: usize, to: usize) {
        let port = self.nodes[to].port.to_string();
        self.nodes[from].cli(&["migrate", "127.0.0.1", &port, key, "0", "2000"]);
    }

    /// How often all nodes together have told that error.
    fn errors(&self, name: &str) -> u64 {
        self.nodes.iter().map(|node| node.errors(name)).sum()
    }

    /// Moves one slot from one node to another, key by key, as `redis-cli` does.
    fn migrate(&self, slot: &str, from: usize, to: usize) {
        self.migrate_slowly(slot, from, to, |_| true);
    }

    /// The same, with a pause half-way, until calls have met the slot there, or a second has passed.
    fn migrate_slowly(&self, slot: &str, from: usize, to: usize, met: impl Fn(&Self) -> bool) {
        self.open(slot, from, to);
        let keys = self.nodes[from].slot_keys(slot);
        for key in keys.iter().step_by(2) {
            self.move_key(key, from, to);
        }
        let half_way = Instant::now();
        while !met(self) && half_way.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(5));
        }
        loop {
            let keys = self.nodes[from].slot_keys(slot);
            if keys.is_empty() {
                break;
            }
            for key in keys {
                self.move_key(&key, from, to);
            }
        }
        let id = self.id(to);
        for node in [to, from] {
            assert_eq!(self.nodes[node].cli(&["cluster", "setslot", slot, "node", &id]), "OK");
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

/// A slot of which some keys have moved and others have not: one key is asked for where it is, several are *unavailable*
/// until they are together, and nothing is *unknown*.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_has_half_moved_is_unavailable() {
    let cluster = Cluster::start().await;
    let builder = RedisStore::builder(RedisServers::cluster(cluster.nodes.iter().map(Server::url)));
    let store: Store = builder.key([7; 32]).limit(Duration::from_millis(500)).build().unwrap();
    let login = begin(&store).await.unwrap();
    let [key] = &cluster.keys("*:s:*")[..] else { panic!("one state") };
    let slot = cluster.nodes[0].cli(&["cluster", "keyslot", key]);
    let at = slot.parse::<usize>().unwrap() * 3 / SLOTS;
    let (from, to) = (at, (at + 1) % 3);
    cluster.open(&slot, from, to);
    // Its state is away, its stub is not.
    cluster.move_key(key, from, to);
    for _ in 0..2 {
        assert_eq!(poll(&store, &login).await, "pending", "one key");
        let denied = store.deny(&login.login_code).await;
        assert!(matches!(denied, Err(BackendError::Unavailable(_))), "{denied:?}");
        let seen = store.inspect(&login.login_code).await;
        assert!(seen.is_err(), "{seen:?}");
    }
    let told = |name| cluster.errors(name);
    assert!(told("ASK") > 0 && told("TRYAGAIN") > 0, "ASK {}, TRYAGAIN {}", told("ASK"), told("TRYAGAIN"));
    cluster.migrate(&slot, from, to);
    complete(&store, &login, "grant").await.unwrap();
    assert_eq!(poll(&store, &login).await, "grant");
    assert_eq!(poll(&store, &login).await, "redeemed");
    assert!(told("MOVED") > 0);
}

/// Slots move while their sessions are asked for, approved and redeemed. They may be *unavailable* for a moment; none is
/// lost, unknown, or redeemed twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_move_under_load() {
    const LOGINS: usize = 1600;
    const WORKERS: usize = 8;
    let cluster = Cluster::start().await;
    let store = cluster.store();
    let mut logins = Vec::new();
    while logins.len() < LOGINS {
        logins.extend(begin(&store).await);
    }
    let done = Arc::new(AtomicBool::new(false));
    let mut workers = Vec::new();
    for (worker, part) in logins.chunks(LOGINS / WORKERS).enumerate() {
        let (store, done, part) = (store.clone(), done.clone(), part.to_vec());
        workers.push(tokio::spawn(async move {
            let (mut out_of_reach, mut states) = (0_u32, vec![Told::Pending; part.len()]);
            // Asks about them all, over and over, while slots move; the second half is approved meanwhile.
            for turn in 0.. {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                let at = turn % part.len();
                let (login, state, grant) = (&part[at], &mut states[at], format!("{worker}-{at}"));
                // A redemption whose answer is lost may be repeated.
                let attempt = Attempt::new(std::array::from_fn(|byte| (at * 16 + byte) as u8 ^ 7));
                let told = word(store.poll(&login.polling_code, &PollOptions::new().attempt(attempt)).await);
                match (told.as_str(), *state) {
                    ("unavailable", _) => out_of_reach += 1,
                    ("pending", Told::Pending) if at > part.len() / 2 && turn > part.len() => {
                        if approve(&store, login, grant).await {
                            *state = Told::Approved;
                        }
                    }
                    ("pending", Told::Pending) => {}
                    (told, Told::Approved | Told::Pending) if told == grant => *state = Told::Redeemed,
                    (told, Told::Redeemed) if told == grant || told == "redeemed" => {}
                    (told, state) => panic!("{told} after {state:?}"),
                }
            }
            out_of_reach
        }));
    }
    // Slots of the first node's buckets, until calls have met each answer that a moving slot gives.
    let slots: Vec<usize> =
        (0..256).map(|bucket| slot_of(&cluster.nodes[0], bucket)).filter(|slot| *slot < SLOTS / 3).collect();
    let cluster = tokio::task::spawn_blocking(move || {
        let met = |cluster: &Cluster| ["ASK", "TRYAGAIN"].map(|name| cluster.errors(name));
        for (count, slot) in slots.into_iter().enumerate() {
            let before = met(&cluster);
            cluster.migrate_slowly(&slot.to_string(), 0, 1, |cluster| {
                let now = met(cluster);
                now[0] > before[0] && now[1] > before[1]
            });
            if count >= 20 && met(&cluster).iter().all(|errors| *errors >= 20) {
                break;
            }
        }
        cluster
    })
    .await
    .unwrap();
    done.store(true, Ordering::SeqCst);
    let mut out_of_reach = 0;
    for worker in workers {
        out_of_reach += worker.await.unwrap();
    }
    let (asked, again) = (cluster.errors("ASK"), cluster.errors("TRYAGAIN"));
    eprintln!("slots moved: {asked} ASK, {again} TRYAGAIN; {out_of_reach} calls were told unavailable");
    assert!(asked > 0 && again > 0, "calls met a moving slot: {asked} ASK, {again} TRYAGAIN");
}

/// What a worker knows of a login.
#[derive(Debug, Clone, Copy)]
enum Told {
    Pending,
    Approved,
    Redeemed,
}

/// Approves, and says whether the server was there. It may have been approved by a call that heard nothing back.
async fn approve(store: &Store, login: &Initiated, grant: String) -> bool {
    match store.complete(&login.login_code, grant, None).await.map_err(|error| error.reason) {
        Ok(()) | Err(BackendError::Refused(SettleError::Completed)) => true,
        Err(BackendError::Unavailable(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

/// One of the nodes that the cluster is found by never answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_silent_keeps_nobody_from_the_others() {
    let cluster = Cluster::start().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("redis://{}", silent.local_addr().unwrap());
    for first in [true, false] {
        let mut urls = vec![silent_url.clone(), cluster.nodes[1].url()];
        if !first {
            urls.reverse();
        }
        let store: Store = RedisStore::builder(RedisServers::cluster(urls)).key([7; 32]).build().unwrap();
        let login = begin(&store).await.expect("the other one is found");
        let (waiter, code) = (store.clone(), login.polling_code.clone());
        let waiting =
            tokio::spawn(async move { waiter.wait(&code, Duration::from_secs(60), &PollOptions::new()).await });
        let listening = || cluster.nodes.iter().any(|node| node.cli(&["pubsub", "channels"]).contains("w:"));
        while !listening() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        complete(&store, &login, "grant").await.unwrap();
        assert!(matches!(waiting.await.unwrap(), Ok(Polled::Completed(grant)) if grant == "grant"));
    }
}

fn slot_of(node: &Server, bucket: usize) -> usize {
    node.cli(&["cluster", "keyslot", &format!("{{{bucket}}}")]).parse().unwrap()
}

/// A policy that evicts live logins is warned of, whichever node has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_evicting_policy_is_warned_of_on_each_node() {
    let cluster = Cluster::start().await;
    for evicting in 0..3 {
        for (at, node) in cluster.nodes.iter().enumerate() {
            let policy = if at == evicting { "volatile-lru" } else { "noeviction" };
            assert_eq!(node.cli(&["config", "set", "maxmemory-policy", policy]), "OK");
        }
        let servers = RedisServers::cluster(cluster.nodes.iter().map(Server::url));
        let (store, warnings) = warned(RedisStore::builder(servers).key([7; 32]));
        begin(&store).await.unwrap();
        let expected = RedisWarning::Eviction { policy: "volatile-lru".to_owned() };
        until("it is warned of", async || *warnings.lock().unwrap() == [expected.clone()]).await;
    }
}
