//! The whole store under schedules that shuttle draws: at random, and with few preemptions at random places (PCT, Burckhardt
//! et al. 2010). Each schedule's history is checked.
//!
//! Not modelled: the maps of user codes and of tenants, whose operations count as one step each; memory orderings weaker
//! than sequential consistency, which loom and `ThreadSanitizer` look at.
#![cfg(counterfoil_shuttle)]

use std::sync::Arc;
use std::time::Duration;

use counterfoil::{Polled, SessionStore};
use counterfoil_threads::{Program, Random, World};
use shuttle::rand::{Rng, thread_rng};
use shuttle::{check_pct, check_random, future, thread};

struct Drawn;

impl Random for Drawn {
    fn below(&mut self, bound: u64) -> u64 {
        thread_rng().gen_range(0..bound)
    }
}

fn schedules() -> usize {
    std::env::var("SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(2000)
}

fn history() {
    let threads = 2 + Drawn.below(2) as usize;
    let world = Arc::new(World::new(Program::random(threads, 8 / threads, &mut Drawn)));
    let running: Vec<_> = (0..threads)
        .map(|number| {
            let world = world.clone();
            thread::spawn(move || world.thread(number))
        })
        .collect();
    running.into_iter().for_each(|thread| thread.join().unwrap());
    if let Err(wrong) = world.check() {
        panic!("{wrong:#?}");
    }
}

#[test]
fn histories_at_random() {
    check_random(history, schedules());
    println!("{} schedules", schedules());
}

#[test]
fn histories_with_few_preemptions() {
    check_pct(history, schedules(), 3);
    println!("{} schedules", schedules());
}

/// A task that waits is woken by the thread that settles the session, or finds it settled.
fn waiting() {
    let store: SessionStore<String> = SessionStore::builder().max_sessions(2).build().unwrap();
    let login = store.initiate().unwrap();
    let (settler, code) = (store.clone(), login.login_code.clone());
    let kind = Drawn.below(3);
    let settling = thread::spawn(move || match kind {
        0 => settler.complete(&code, "grant".to_owned()).map_err(|error| error.reason),
        1 => settler.deny(&code),
        _ => Ok(()),
    });
    let (canceller, polling) = (store.clone(), login.polling_code.clone());
    let cancelling = thread::spawn(move || if kind == 2 { canceller.cancel(&polling) } else { Ok(()) });
    // It would be a lost wake-up if it came to the timeout: no time passes here.
    let told = future::block_on(store.wait(&login.polling_code, Duration::from_secs(3600)));
    assert!(matches!((kind, told), (0, Polled::Completed(_)) | (1, Polled::Denied) | (2, Polled::Cancelled)));
    settling.join().unwrap().unwrap();
    cancelling.join().unwrap().unwrap();
}

#[test]
fn no_waiter_is_left_asleep() {
    check_random(waiting, schedules());
    check_pct(waiting, schedules(), 3);
    println!("{} schedules", 2 * schedules());
}
