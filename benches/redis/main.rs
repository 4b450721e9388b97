//! What the engine over Redis costs, beside a bare `GET` on a connection of the same kind, in one run.
//!
//! `cargo bench --bench redis --features redis` starts `redis-server` itself, or uses `COUNTERFOIL_REDIS_URL`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement fails that way")]
#![allow(clippy::print_stdout, clippy::cast_precision_loss, missing_docs, reason = "a program that prints figures")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use counterfoil::{Backend, Initiated, LoginOptions, PollOptions, Polled, RedisServers, RedisStore};

type Store = RedisStore<String>;
type Connection = redis::aio::MultiplexedConnection;

struct Server(Option<Child>, String);

impl Server {
    fn start() -> Self {
        if let Ok(url) = std::env::var("COUNTERFOIL_REDIS_URL") {
            return Self(None, url);
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = command.stdout(Stdio::null()).spawn().expect("redis-server is installed");
        Self(Some(child), format!("redis://127.0.0.1:{port}"))
    }

    async fn connect(&self) -> Connection {
        let client = redis::Client::open(self.1.as_str()).unwrap();
        for _ in 0..200 {
            if let Ok(connection) = client.get_multiplexed_async_connection().await {
                return connection;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no server");
    }

    fn store(&self, prefix: &str) -> Store {
        RedisStore::builder(RedisServers::one(&self.1)).key([1; 32]).prefix(prefix).build().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

async fn get(connection: &mut Connection) {
    let value: Option<Vec<u8>> = redis::cmd("GET").arg("bare").query_async(connection).await.unwrap();
    assert_eq!(value.unwrap().len(), 108);
}

async fn poll(store: &Store, login: &Initiated) {
    assert!(matches!(store.poll(&login.polling_code, &PollOptions::new()).await, Ok(Polled::Pending { .. })));
}

/// Rounds of each, one after the other, so that both see the same machine. Returns microseconds of each.
async fn compared(connection: &Connection, store: &Store, login: &Initiated, tasks: usize) -> (f64, f64) {
    const CALLS: usize = 200;
    let (mut bare, mut polled) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        for of_poll in [false, true] {
            let began = Instant::now();
            let mut running = tokio::task::JoinSet::new();
            for _ in 0..tasks {
                let (mut connection, store, login) = (connection.clone(), store.clone(), login.clone());
                running.spawn(async move {
                    for _ in 0..CALLS {
                        if of_poll { poll(&store, &login).await } else { get(&mut connection).await }
                    }
                });
            }
            running.join_all().await;
            let each = began.elapsed().as_secs_f64() * 1e6 / (CALLS * tasks) as f64;
            if of_poll { polled.push(each) } else { bare.push(each) }
        }
    }
    (median(bare), median(polled))
}

async fn whole_login(store: &Store) {
    let login = store.initiate(LoginOptions::new()).await.unwrap();
    for _ in 0..3 {
        poll(store, &login).await;
    }
    store.complete(&login.login_code, "a refresh token of some forty characters".to_owned(), None).await.unwrap();
    assert!(matches!(store.poll(&login.polling_code, &PollOptions::new()).await, Ok(Polled::Completed(_))));
}

async fn logins_a_minute(store: &Store) -> f64 {
    const EACH: usize = 200;
    let began = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        running.spawn(async move {
            for _ in 0..EACH {
                whole_login(&store).await;
            }
        });
    }
    running.join_all().await;
    (EACH * 32) as f64 * 60.0 / began.elapsed().as_secs_f64()
}

/// From the call that approves on one store to the answer of a wait on another, in milliseconds.
async fn approval_to_answer(here: &Store, there: &Store) -> f64 {
    let mut times = Vec::new();
    for _ in 0..101 {
        let login = here.initiate(LoginOptions::new()).await.unwrap();
        let (store, code) = (there.clone(), login.polling_code.clone());
        let waiting = tokio::spawn(async move {
            let told = store.wait(&code, Duration::from_secs(60), &PollOptions::new()).await;
            assert!(matches!(told, Ok(Polled::Completed(_))));
            Instant::now()
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let began = Instant::now();
        here.complete(&login.login_code, "grant".to_owned(), None).await.unwrap();
        times.push(waiting.await.unwrap().duration_since(began).as_secs_f64() * 1e3);
    }
    median(times)
}

/// Bytes of the keys with a prefix, divided by how many sessions there are.
async fn bytes(connection: &mut Connection, prefix: &str, sessions: usize) -> f64 {
    let keys: Vec<String> = redis::cmd("KEYS").arg(format!("{prefix}:*")).query_async(connection).await.unwrap();
    let mut sum = 0_usize;
    for key in keys {
        let mut command = redis::cmd("MEMORY");
        command.arg("USAGE").arg(&key).arg("SAMPLES").arg(0);
        sum += command.query_async::<Option<usize>>(connection).await.unwrap().unwrap_or(0);
    }
    sum as f64 / sessions as f64
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    const SESSIONS: usize = 5000;
    let server = Server::start();
    let mut connection = server.connect().await;
    let (store, other) = (server.store("speed"), server.store("speed"));
    let login = store.initiate(LoginOptions::new()).await.unwrap();
    let () = redis::cmd("SET").arg("bare").arg(vec![0_u8; 108]).query_async(&mut connection).await.unwrap();
    for tasks in [1, 64] {
        let (bare, polled) = compared(&connection, &store, &login, tasks).await;
        let ratio = polled / bare;
        println!("pending poll, {tasks} tasks: {polled:.2} us; bare GET: {bare:.2} us; ratio {ratio:.2}");
    }
    println!("logins a minute (begun, polled 3 times, completed, redeemed): {:.0}", logins_a_minute(&store).await);
    println!("approval here to answer there: {:.2} ms, the median", approval_to_answer(&store, &other).await);
    let sized = server.store("sized");
    let mut logins = Vec::new();
    for _ in 0..SESSIONS {
        logins.push(sized.initiate(LoginOptions::new()).await.unwrap());
    }
    println!("bytes a pending session: {:.0}", bytes(&mut connection, "sized", SESSIONS).await);
    for login in &logins {
        sized.complete(&login.login_code, "a refresh token of some forty characters".to_owned(), None).await.unwrap();
    }
    println!("bytes a completed session: {:.0}", bytes(&mut connection, "sized", SESSIONS).await);
    for login in &logins {
        assert!(matches!(sized.poll(&login.polling_code, &PollOptions::new()).await, Ok(Polled::Completed(_))));
    }
    println!("bytes a remembered session: {:.0}", bytes(&mut connection, "sized", SESSIONS).await);
}
