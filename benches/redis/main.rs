//! What the engine over Redis costs, beside a bare `GET` on a connection of the same kind, in one run.
//!
//! `cargo bench --bench redis --features redis` starts `redis-server` itself, or uses `COUNTERFOIL_REDIS_URL`. It prints
//! one line of JSON; `benches/peers` runs it as a part of the benchmark and writes the page from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement fails that way")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints figures")]
#![allow(clippy::cast_precision_loss, missing_docs, reason = "figures of a program")]

mod server;
mod sized;

use std::time::{Duration, Instant};

use counterfoil::{Backend, Binding, Initiated, LoginOptions, PollOptions, Polled};
use server::{Connection, Server, Store, places, server_cpu, subscriptions, version};
use tokio::task::JoinSet;

const GRANT: &str = "a refresh token of some forty characters";
/// Tasks that poll at once.
const TASKS: [usize; 2] = [1, 64];

/// How much of everything.
struct Plan {
    rounds: usize,
    logins: usize,
    polls: usize,
    approvals: usize,
    sized: usize,
    waiters: usize,
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

async fn get(connection: &mut Connection, key: &str) {
    let value: Option<Vec<u8>> = redis::cmd("GET").arg(key).query_async(connection).await.unwrap();
    assert_eq!(value.unwrap().len(), 108);
}

async fn poll(store: &Store, login: &Initiated) {
    let told = store.poll(&login.polling_code, &PollOptions::new()).await;
    assert!(matches!(told, Ok(Polled::Pending { .. })));
}

async fn collect(store: &Store, login: &Initiated, binding: Option<Binding>) {
    let mut options = PollOptions::new();
    options.binding = binding;
    let told = store.poll(&login.polling_code, &options).await;
    assert!(matches!(told, Ok(Polled::Completed(_))));
}

async fn approve(store: &Store, login: &Initiated) {
    store.complete(&login.login_code, GRANT.to_owned(), None).await.unwrap();
}

/// Rounds of each, one after the other, so that both see the same machine. Returns microseconds of each, the medians.
async fn compared(connection: &Connection, store: &Store, tasks: usize, rounds: usize) -> (f64, f64) {
    const CALLS: usize = 200;
    let login = store.initiate(LoginOptions::new()).await.unwrap();
    // As long as a state, under as long a name.
    let key = "speed:{123}:s:abcdefgh";
    let () = redis::cmd("SET").arg(key).arg(vec![0_u8; 108]).query_async(&mut connection.clone()).await.unwrap();
    let (mut bare, mut polled) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for of_poll in [false, true] {
            let began = Instant::now();
            let mut running = JoinSet::new();
            for _ in 0..tasks {
                let (mut connection, store, login) = (connection.clone(), store.clone(), login.clone());
                running.spawn(async move {
                    for _ in 0..CALLS {
                        if of_poll { poll(&store, &login).await } else { get(&mut connection, key).await }
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

async fn logins_a_minute(store: &Store, logins: usize) -> f64 {
    const TASKS: usize = 32;
    let began = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..TASKS {
        let store = store.clone();
        running.spawn(async move {
            for _ in 0..logins / TASKS {
                let login = store.initiate(LoginOptions::new()).await.unwrap();
                for _ in 0..3 {
                    poll(&store, &login).await;
                }
                approve(&store, &login).await;
                collect(&store, &login, None).await;
            }
        });
    }
    running.join_all().await;
    logins as f64 * 60.0 / began.elapsed().as_secs_f64()
}

/// From the call that approves on one store to the answer of a wait on another, in milliseconds, the median.
async fn approval_to_answer(here: &Store, there: &Store, approvals: usize) -> f64 {
    let mut times = Vec::new();
    for _ in 0..approvals {
        let login = here.initiate(LoginOptions::new()).await.unwrap();
        let waiting = wait(there, &login);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let began = Instant::now();
        approve(here, &login).await;
        times.push(waiting.await.unwrap().duration_since(began).as_secs_f64() * 1e3);
    }
    median(times)
}

/// A task that waits for the grant. Returns when it came.
fn wait(store: &Store, login: &Initiated) -> tokio::task::JoinHandle<Instant> {
    let (store, code) = (store.clone(), login.polling_code.clone());
    tokio::spawn(async move {
        let told = store.wait(&code, Duration::from_secs(600), &PollOptions::new()).await;
        assert!(matches!(told, Ok(Polled::Completed(_))), "{told:?}");
        Instant::now()
    })
}

async fn begun(store: &Store, count: usize) -> Vec<Initiated> {
    const TASKS: usize = 32;
    let mut running = JoinSet::new();
    for task in 0..TASKS {
        let (store, count) = (store.clone(), count / TASKS + usize::from(task < count % TASKS));
        running.spawn(async move {
            let mut logins = Vec::with_capacity(count);
            for _ in 0..count {
                logins.push(store.initiate(LoginOptions::new()).await.unwrap());
            }
            logins
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}

/// Microseconds of the server's processor for each of so many, and of this program's.
async fn processor<R>(connection: &mut Connection, count: usize, work: impl Future<Output = R>) -> (R, f64, f64) {
    let before = (server_cpu(connection).await, program_cpu());
    let done = work.await;
    let after = (server_cpu(connection).await, program_cpu());
    let each = |seconds: f64| seconds * 1e6 / count as f64;
    (done, each(after.0 - before.0), each(after.1 - before.1))
}

/// Seconds of a processor that this program has used; the kernel counts hundredths.
fn program_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may have spaces: user and system time are the twelfth and the thirteenth.
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ').skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Many tasks that poll one pending login.
async fn polls(store: &Store, count: usize) {
    const TASKS: usize = 64;
    let login = store.initiate(LoginOptions::new()).await.unwrap();
    let mut running = JoinSet::new();
    for _ in 0..TASKS {
        let (store, login) = (store.clone(), login.clone());
        running.spawn(async move {
            for _ in 0..count / TASKS {
                poll(&store, &login).await;
            }
        });
    }
    running.join_all().await;
}

fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).map_or(f64::NAN, |pages| pages * 4096.0)
}

struct Waiters {
    bytes_each: f64,
    subscriptions: usize,
    approval_ms: f64,
}

/// Many tasks that wait in one process: what each keeps, and how soon one of them is answered.
async fn waiters(server: &Server, connection: &mut Connection, count: usize) -> Waiters {
    let (here, there) = (server.store("waiters"), server.store("waiters"));
    let logins = begun(&here, count).await;
    let before = resident();
    let waiting: Vec<_> = logins.iter().map(|login| wait(&there, login)).collect();
    // Until all of them are watched for: their states name the process.
    let watched = "local n = 0 for _, k in ipairs(redis.call('KEYS', 'waiters:*:s:*')) do \
                   if string.byte(redis.call('GETRANGE', k, 92, 92)) ~= 0 then n = n + 1 end end return n";
    loop {
        let watched: usize = redis::cmd("EVAL").arg(watched).arg(0).query_async(connection).await.unwrap_or(0);
        if watched >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let bytes_each = (resident() - before) / count as f64;
    let subscriptions = subscriptions(connection, "waiters").await;
    let mut times = Vec::new();
    for (login, waiting) in logins.iter().zip(waiting).take(101) {
        let began = Instant::now();
        approve(&here, login).await;
        times.push(waiting.await.unwrap().duration_since(began).as_secs_f64() * 1e3);
    }
    Waiters { bytes_each, subscriptions, approval_ms: median(times) }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let plan = if quick {
        Plan { rounds: 4, logins: 640, polls: 64_000, approvals: 11, sized: 500, waiters: 1000 }
    } else {
        Plan { rounds: 40, logins: 6400, polls: 640_000, approvals: 101, sized: 5000, waiters: 100_000 }
    };
    let server = Server::start();
    let mut connection = server.connect().await;
    let (store, other) = (server.store("speed"), server.store("speed"));
    let mut pending = Vec::new();
    for tasks in TASKS {
        let (get_us, poll_us) = compared(&connection, &store, tasks, plan.rounds).await;
        eprintln!("pending poll, {tasks} tasks: {poll_us:.2} us; bare GET: {get_us:.2} us; {:.2} x", poll_us / get_us);
        pending.push(format!(r#"{{"tasks":{tasks},"get_us":{get_us},"poll_us":{poll_us}}}"#));
    }
    let logins = logins_a_minute(&store, plan.logins);
    let (logins, login_server_us, login_program_us) = processor(&mut connection.clone(), plan.logins, logins).await;
    eprintln!(
        "logins a minute (begun, polled 3 times, completed, redeemed): {logins:.0}; processor time of each: \
         {login_server_us:.0} us of the server's, {login_program_us:.0} us of the program's"
    );
    let ((), poll_server_us, _) = processor(&mut connection.clone(), plan.polls, polls(&store, plan.polls)).await;
    places(&mut connection, 10_000).await;
    let mut another = connection.clone();
    let account = places(&mut another, 10_000 + plan.logins);
    let ((), account_us, _) = processor(&mut connection, 10_000 + plan.logins, account).await;
    eprintln!(
        "the server's processor: {poll_server_us:.2} us a poll, {account_us:.1} us a login for a tenant's account"
    );
    let approval_ms = approval_to_answer(&store, &other, plan.approvals).await;
    eprintln!("approval here to answer there: {approval_ms:.2} ms, the median");

    let mut sizes = Vec::new();
    for (what, options) in [("bare", sized::bare as fn(u32) -> LoginOptions<()>), ("device", sized::device)] {
        let sized = sized::sized(&server.store(what), &mut connection, what, plan.sized, options).await;
        let [pending, completed, remembered] = sized;
        eprintln!(
            "bytes a session, {what}: {pending:.0} pending, {completed:.0} completed, {remembered:.0} remembered"
        );
        sizes.push(sized);
    }
    let [[pending_bytes, completed_bytes, remembered_bytes], device_bytes] = sizes[..] else { panic!("two shapes") };

    let Waiters { bytes_each, subscriptions, approval_ms: crowded_ms } =
        waiters(&server, &mut connection, plan.waiters).await;
    eprintln!(
        "{} waiters: {bytes_each:.0} bytes each, {subscriptions} subscriptions; approval to answer {crowded_ms:.2} ms",
        plan.waiters
    );
    println!(
        r#"{{"server":"{}","pending":[{}],"logins_a_minute":{logins},"login_server_us":{login_server_us},"login_program_us":{login_program_us},"poll_server_us":{poll_server_us},"account_us":{account_us},"approval_ms":{approval_ms},"pending_bytes":{pending_bytes},"completed_bytes":{completed_bytes},"remembered_bytes":{remembered_bytes},"device_bytes":{device_bytes:?},"waiters":{},"waiter_bytes":{bytes_each},"subscriptions":{subscriptions},"crowded_ms":{crowded_ms}}}"#,
        version(&mut connection).await,
        pending.join(","),
        plan.waiters
    );
}
