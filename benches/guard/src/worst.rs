//! The most processor time that any one `initiate` or `sessions` takes, in a store for a million sessions.
//!
//! `cargo run --release --manifest-path benches/guard/Cargo.toml -- worst`. It asserts no time, since an interrupt
//! within a call counts with it: the first line is what measuring nothing takes at worst on this machine. What is the same
//! in each run is done several times, and the last column is the worst of each call's least.

use std::hint::black_box;
use std::time::Duration;

use counterfoil::{InitiateError, Initiated, LoginOptions, ManualClock, Polled, Secret, SessionStore};
use rustix::time::{ClockId, clock_gettime};

use crate::shuffle::shuffle;

const SESSIONS: usize = 1_000_000;
/// How many calls of each kind are measured.
const CALLS: usize = 100_000;
const TTL: Duration = Duration::from_secs(3600);
const TICK: Duration = Duration::from_millis(1);

type Store = SessionStore<Secret>;

/// Processor times in nanoseconds.
#[derive(Default)]
struct Times(Vec<u64>);

/// How often what is the same in each run is done.
const RUNS: usize = 5;

impl Times {
    fn of<R>(&mut self, act: impl FnOnce() -> R) -> R {
        let now = || {
            let time = clock_gettime(ClockId::ThreadCPUTime);
            time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
        };
        let began = now();
        let result = black_box(act());
        self.0.push(now() - began);
        result
    }

    fn print(mut self, what: &str, least: Option<u64>) {
        self.0.sort_unstable();
        let at = |part: f64| self.0[((self.0.len() - 1) as f64 * part) as usize];
        let [median, p99, p999, p9999, worst] = [0.5, 0.99, 0.999, 0.9999, 1.0].map(at);
        let least = least.map_or(String::new(), |least| least.to_string());
        println!("{what:<56} {median:>7} {p99:>7} {p999:>7} {p9999:>7} {worst:>7} {least:>7}");
    }
}

/// Runs what is the same each time.
fn repeat(what: &str, run: impl Fn() -> Times) {
    let runs: Vec<Times> = (0..RUNS).map(|_| run()).collect();
    let least = |at: usize| runs.iter().filter_map(|run| run.0.get(at)).min().copied();
    let worst = (0..runs[0].0.len()).filter_map(least).max();
    Times(runs.into_iter().flat_map(|run| run.0).collect()).print(what, worst);
}

/// Measures everything.
pub fn run() {
    println!(
        "{:<56} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}",
        "ns of processor time", "median", "99 %", "99.9 %", "99.99 %", "worst", "least"
    );
    repeat("nothing", nothing);
    filling("initiate into an empty store", LoginOptions::new);
    filling("initiate into an empty store, with a user code", || LoginOptions::new().user_code());
    repeat("a store full of live sessions refuses", full);
    for most in [1, 100] {
        repeat(&format!("in a full store an ending gives way, after {most} more"), || giving_way(most));
    }
    repeat("in a full store one gives way that expired, unswept", giving_way_unswept);
    for settled in [0, SESSIONS / 2] {
        repeat(&format!("a tenant's bound refuses beside {} that expired", SESSIONS - settled), || {
            tenant_full(settled)
        });
    }
    first_logins();
    listings();
}

fn nothing() -> Times {
    let mut times = Times::default();
    for _ in 0..SESSIONS {
        times.of(|| ());
    }
    times
}

fn build(bound: Option<u32>) -> (Store, ManualClock) {
    let clock = ManualClock::new();
    let mut builder = Store::builder().ttl(TTL).retention(TTL).max_sessions(SESSIONS).clock(clock.clone());
    if let Some(bound) = bound {
        builder = builder.max_sessions_per_tenant(bound);
    }
    (builder.build().expect("valid settings"), clock)
}

fn fill(store: &Store, sessions: usize) -> Vec<Initiated> {
    let mut begun: Vec<_> = (0..sessions).map(|_| store.initiate().expect("there is room")).collect();
    shuffle(&mut begun);
    begun
}

fn end(store: &Store, login: &Initiated, at: usize) {
    match at % 3 {
        0 => store.deny(&login.login_code).expect("it is pending"),
        1 => store.cancel(&login.polling_code).expect("it is pending"),
        _ => {
            assert!(store.complete(&login.login_code, Secret::new("a grant of some length")).is_ok());
            assert!(matches!(store.poll(&login.polling_code), Polled::Completed(_)));
        }
    }
}

fn filling(what: &str, login: impl Fn() -> LoginOptions) {
    let (store, _) = build(None);
    let mut times = Times::default();
    for _ in 0..SESSIONS {
        assert!(times.of(|| store.initiate_with(login())).is_ok());
    }
    times.print(what, None);
}

fn full() -> Times {
    let (store, _) = build(None);
    drop(fill(&store, SESSIONS));
    let mut times = Times::default();
    for _ in 0..CALLS {
        let refused = times.of(|| store.initiate());
        assert!(matches!(refused, Err(InitiateError::Full { .. })));
    }
    times
}

/// Between two logins many sessions end, so that each shard has as many as it can that are not entered in its books.
fn giving_way(most: usize) -> Times {
    let (store, clock) = build(None);
    let begun = fill(&store, SESSIONS);
    let mut times = Times::default();
    for (at, some) in begun.chunks(most).enumerate().take(CALLS) {
        some.iter().enumerate().for_each(|(of, login)| end(&store, login, at + of));
        clock.advance(TICK);
        assert!(times.of(|| store.initiate()).is_ok());
    }
    times
}

fn giving_way_unswept() -> Times {
    let (store, clock) = build(None);
    drop(fill(&store, SESSIONS));
    clock.advance(TTL);
    let mut times = Times::default();
    for _ in 0..CALLS {
        assert!(times.of(|| store.initiate()).is_ok());
    }
    times
}

/// All deadlines of another tenant have passed, some of sessions that had ended before, and nothing is swept.
fn tenant_full(settled: usize) -> Times {
    const BOUND: u32 = 10;
    let (store, clock) = build(Some(BOUND));
    let others: Vec<_> = (0..SESSIONS / BOUND as usize).map(|at| store.for_tenant(&at.to_string())).collect();
    for at in 0..SESSIONS - 20 {
        let scoped = &others[at % others.len()];
        let login = scoped.initiate().expect("there is room");
        if at < settled {
            scoped.deny(&login.login_code).expect("it is pending");
        }
    }
    let tenant = store.for_tenant("tenant");
    for _ in 0..BOUND {
        assert!(tenant.initiate_with(LoginOptions::new().ttl(2 * TTL)).is_ok());
    }
    clock.advance(TTL);
    let mut times = Times::default();
    for _ in 0..CALLS {
        let refused = times.of(|| tenant.initiate());
        assert!(matches!(refused, Err(InitiateError::TenantFull { .. })));
    }
    times
}

fn first_logins() {
    let (store, _) = build(None);
    drop(fill(&store, SESSIONS / 2));
    let names: Vec<String> = (0..CALLS).map(|at| format!("tenant-{at}")).collect();
    let mut making = Times::default();
    let tenants: Vec<_> = names.iter().map(|name| making.of(|| store.for_tenant(name))).collect();
    let mut first = Times::default();
    for tenant in &tenants {
        assert!(first.of(|| tenant.initiate()).is_ok());
    }
    making.print("a handle for a new tenant", None);
    first.print("the first login of a tenant", None);
}

/// Ten live sessions of a tenant beside remembered ones and live ones of another.
fn listings() {
    let (store, _) = build(None);
    let begun = fill(&store, SESSIONS - 10);
    begun.iter().take(SESSIONS / 2).enumerate().for_each(|(at, login)| end(&store, login, at));
    let tenant = store.for_tenant("tenant");
    for _ in 0..10 {
        assert!(tenant.initiate().is_ok());
    }
    let mut times = Times::default();
    for _ in 0..CALLS / 10 {
        assert_eq!(times.of(|| tenant.sessions()).len(), 10);
    }
    times.print("a listing of ten beside a million others", None);
}
