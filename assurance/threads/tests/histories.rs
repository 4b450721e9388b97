//! Histories of real threads, each of them checked for an order that explains it.
#![cfg(not(counterfoil_shuttle))]

use std::sync::Barrier;
use std::thread;

use counterfoil_threads::{Program, World, Xorshift};

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn every_history_can_be_explained() {
    let histories = setting("HISTORIES", 2000);
    let mut random = Xorshift(setting("SEED", 0x9e37_79b9_7f4a_7c15));
    let mut events = 0;
    for history in 0..histories {
        let threads = 2 + (history % 3) as usize;
        let world = World::new(Program::random(threads, 12 / threads, &mut random));
        let start = Barrier::new(threads);
        thread::scope(|scope| {
            for thread in 0..threads {
                let (world, start) = (&world, &start);
                scope.spawn(move || {
                    start.wait();
                    world.thread(thread);
                });
            }
        });
        events += world.check().unwrap_or_else(|wrong| panic!("history {history}: {wrong:#?}"));
    }
    println!("{histories} histories of {events} events");
}
