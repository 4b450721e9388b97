//! What is counted. The functions are kept whole and named plainly, so that valgrind finds them.
#![allow(unsafe_code, reason = "`no_mangle`: the names are this program's alone")]

use std::hint::black_box;

use counterfoil::{LoginCode, Polled, PollingCode, Secret, SessionStore};

pub const VERBS: [&str; 5] = ["poll", "redeem", "complete", "initiate", "lifecycle"];

/// How often each verb runs.
pub const TIMES: usize = 4096;
/// Other sessions that are alive meanwhile, so that the ordered sets have some depth.
const OTHERS: usize = 20_000;

type Store = SessionStore<Secret>;

/// Runs a verb; whether every answer was what it must be.
pub fn run(verb: &str) -> bool {
    let store: Store = SessionStore::builder().max_sessions(2 * (OTHERS + TIMES)).build().expect("valid settings");
    for _ in 0..OTHERS {
        store.initiate().expect("there is room");
    }
    let begun: Vec<_> = (0..TIMES).map(|_| store.initiate().expect("there is room")).collect();
    let text = |code: &str| code.to_owned();
    let polling: Vec<String> = begun.iter().map(|login| text(&login.polling_code.expose())).collect();
    let login: Vec<String> = begun.iter().map(|login| text(&login.login_code.expose())).collect();
    let grants = || (0..TIMES).map(|_| grant()).collect::<Vec<_>>();
    let done = match verb {
        "poll" => measured_poll(&store, &polling),
        "complete" => measured_complete(&store, &login, grants()),
        "redeem" => {
            assert_eq!(measured_complete(&store, &login, grants()), TIMES);
            measured_redeem(&store, &polling)
        }
        "initiate" => measured_initiate(&store),
        "lifecycle" => measured_lifecycle(&store),
        _ => 0,
    };
    done == TIMES
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
    (0..TIMES).filter(|_| store.initiate().is_ok_and(|login| black_box(login).user_code.is_none())).count()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_lifecycle(store: &Store) -> usize {
    (0..TIMES).filter(|_| lifecycle(store).is_some()).count()
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
