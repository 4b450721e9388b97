//! What is counted. The functions are kept whole and named plainly, so that valgrind finds them.
#![allow(unsafe_code, reason = "`no_mangle`: the names are this program's alone")]

use std::hint::black_box;
use std::time::Duration;

use counterfoil::{
    InitiateError, Initiated, LoginCode, LoginOptions, ManualClock, Polled, PollingCode, Secret, SessionStore,
};

use crate::shuffle::shuffle;

pub const VERBS: [&str; 12] = [
    "poll",
    "redeem",
    "complete",
    "initiate",
    "give_way",
    "lifecycle",
    "full",
    "refused",
    "first",
    "user_code",
    "tenant",
    "listing",
];

/// How often each verb runs.
pub const TIMES: usize = 4096;
/// The same for what is longer, or has done in a few hundred calls what makes it so.
const FEWER: usize = 200;
/// Other sessions that are there meanwhile, so that the books have some depth.
const OTHERS: usize = 20_000;
/// What a tenant may have that is refused more, and what is listed.
const FEW: u32 = 10;
const TTL: Duration = Duration::from_secs(3600);

type Store = SessionStore<Secret>;

pub fn times(verb: &str) -> usize {
    if matches!(verb, "listing" | "refused") { FEWER } else { TIMES }
}

/// The function that is counted.
pub fn function(verb: &str) -> String {
    format!("measured_{verb}")
}

/// Runs a verb; whether every answer was what it must be. Sessions are worked on in random order.
pub fn run(verb: &str) -> bool {
    let done = match verb {
        "poll" | "redeem" | "complete" => codes(verb),
        "initiate" | "lifecycle" => {
            let (store, _) = filled(2 * (OTHERS + TIMES), OTHERS);
            if verb == "initiate" { measured_initiate(&store) } else { measured_lifecycle(&store) }
        }
        "give_way" => {
            let (store, begun) = filled(OTHERS, OTHERS);
            begun.iter().for_each(|login| store.deny(&login.login_code).expect("it is pending"));
            measured_give_way(&store)
        }
        "full" => measured_full(&filled(OTHERS, OTHERS).0),
        "refused" => refused(),
        "first" | "tenant" => {
            let (store, _) = filled(2 * (OTHERS + TIMES), OTHERS);
            let names: Vec<String> = (0..TIMES).map(|at| format!("tenant-{at}")).collect();
            if verb == "tenant" {
                measured_tenant(&store, &names).len()
            } else {
                measured_first(&names.iter().map(|name| store.for_tenant(name)).collect::<Vec<_>>())
            }
        }
        "user_code" => measured_user_code(&filled(2 * (OTHERS + TIMES), OTHERS).0),
        "listing" => listing(),
        _ => 0,
    };
    done == times(verb)
}

fn filled(max: usize, sessions: usize) -> (Store, Vec<Initiated>) {
    let store: Store = SessionStore::builder().max_sessions(max).build().expect("valid settings");
    let begun = begin(&store, sessions);
    (store, begun)
}

fn begin(store: &Store, sessions: usize) -> Vec<Initiated> {
    let mut begun: Vec<_> = (0..sessions).map(|_| store.initiate().expect("there is room")).collect();
    shuffle(&mut begun);
    begun
}

fn codes(verb: &str) -> usize {
    let (store, _) = filled(2 * (OTHERS + TIMES), OTHERS);
    let mut begun = begin(&store, TIMES);
    let login: Vec<String> = begun.iter().map(|login| login.login_code.expose().to_string()).collect();
    shuffle(&mut begun);
    let polling: Vec<String> = begun.iter().map(|login| login.polling_code.expose().to_string()).collect();
    let grants = || (0..TIMES).map(|_| grant()).collect::<Vec<_>>();
    match verb {
        "poll" => measured_poll(&store, &polling),
        "complete" => measured_complete(&store, &login, grants()),
        _ => {
            assert_eq!(measured_complete(&store, &login, grants()), TIMES);
            measured_redeem(&store, &polling)
        }
    }
}

/// A tenant has what it may, and all others' sessions have expired, half of them without a verb or a sweep noting it.
fn refused() -> usize {
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(TTL).max_sessions(2 * OTHERS).max_sessions_per_tenant(OTHERS as u32);
    let store = builder.clock(clock.clone()).build().expect("valid settings");
    let tenant = store.for_tenant("tenant");
    let long = || LoginOptions::new().ttl(2 * TTL);
    for _ in 0..OTHERS {
        tenant.initiate_with(long()).expect("there is room");
    }
    let begun = begin(&store, OTHERS);
    clock.advance(TTL);
    begun.iter().take(OTHERS / 2).for_each(|login| drop(store.poll(&login.polling_code)));
    measured_refused(&tenant)
}

/// Few live sessions of a tenant, beside remembered ones of its own and of another, and live ones of another.
fn listing() -> usize {
    let (store, _) = filled(4 * OTHERS, OTHERS);
    let tenant = store.for_tenant("tenant");
    for scoped in [&store, &tenant] {
        begin(scoped, OTHERS / 2).iter().for_each(|login| scoped.deny(&login.login_code).expect("it is pending"));
    }
    store.sweep();
    begin(&tenant, FEW as usize);
    measured_listing(&tenant)
}

fn grant() -> Secret {
    Secret::new("rt-0123456789abcdefghijklmnopqrstuvwxyz0")
}

fn poll(store: &Store, code: &str) -> Polled<Secret> {
    PollingCode::parse(black_box(code)).map_or(Polled::Unknown, |code| store.poll(&code))
}

fn complete(store: &Store, code: &str, grant: Secret) -> bool {
    LoginCode::parse(black_box(code)).is_ok_and(|code| store.complete(&code, grant).is_ok())
}

fn begins(store: &Store, login: impl Fn() -> LoginOptions) -> bool {
    store.initiate_with(login()).is_ok_and(|login| black_box(login).expires_in > Duration::ZERO)
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_poll(store: &Store, codes: &[String]) -> usize {
    codes.iter().filter(|code| matches!(poll(store, code), Polled::Pending { .. })).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_redeem(store: &Store, codes: &[String]) -> usize {
    codes.iter().filter(|code| matches!(poll(store, code), Polled::Completed(_))).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_complete(store: &Store, codes: &[String], grants: Vec<Secret>) -> usize {
    codes.iter().zip(grants).filter_map(|(code, grant)| complete(store, code, grant).then_some(())).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_initiate(store: &Store) -> usize {
    (0..TIMES).filter(|_| begins(store, LoginOptions::new)).count()
}

/// All slots are taken, and the session that ended first gives way.
#[inline(never)]
#[unsafe(no_mangle)]
fn measured_give_way(store: &Store) -> usize {
    (0..TIMES).filter(|_| black_box(store.initiate()).is_ok()).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_lifecycle(store: &Store) -> usize {
    (0..TIMES).filter(|_| lifecycle(store).is_some()).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_full(store: &Store) -> usize {
    (0..TIMES).filter(|_| matches!(black_box(store.initiate()), Err(InitiateError::Full { .. }))).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_refused(tenant: &Store) -> usize {
    (0..FEWER).filter(|_| matches!(black_box(tenant.initiate()), Err(InitiateError::TenantFull { .. }))).count()
}

/// The first login of each of many tenants.
#[inline(never)]
#[unsafe(no_mangle)]
fn measured_first(tenants: &[Store]) -> usize {
    tenants.iter().filter(|tenant| begins(tenant, LoginOptions::new)).count()
}

/// A handle for each of many tenants that are new.
#[inline(never)]
#[unsafe(no_mangle)]
fn measured_tenant(store: &Store, names: &[String]) -> Vec<Store> {
    names.iter().map(|name| store.for_tenant(name)).collect()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_user_code(store: &Store) -> usize {
    (0..TIMES).filter(|_| begins(store, || LoginOptions::new().user_code())).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_listing(tenant: &Store) -> usize {
    (0..FEWER).filter(|_| black_box(tenant.sessions()).len() == FEW as usize).count()
}

/// Initiate, three pending polls, complete, redeeming poll, with the codes as text.
#[inline(always)]
fn lifecycle(store: &Store) -> Option<()> {
    let begun = store.initiate().ok()?;
    let (polling, login) = (begun.polling_code.expose(), begun.login_code.expose());
    let pending = (0..3).all(|_| matches!(poll(store, &polling), Polled::Pending { .. }));
    let completed = complete(store, &login, grant());
    let redeemed = matches!(poll(store, &polling), Polled::Completed(_));
    (pending && completed && redeemed).then_some(())
}
