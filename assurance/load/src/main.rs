//! `load SECONDS KINDS KEY TOKEN SERVER...`: clients of some kinds, each in a thread of its own, for some seconds.
//!
//! `KINDS` is such as `honest=8,thief=2`. Prints a line of JSON each second, and one at the end with all that broke a law.

mod clients;
mod connection;
mod ledger;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clients::Kind;
use ledger::Ledger;

/// What all clients know.
pub struct World {
    servers: Vec<SocketAddr>,
    key: String,
    token: String,
    end: Instant,
    ledger: Ledger,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, kinds, key, token, servers @ ..] = args.as_slice() else {
        panic!("load SECONDS KINDS KEY TOKEN SERVER...");
    };
    let seconds: u64 = seconds.parse().expect("seconds");
    let servers = servers.iter().map(|server| server.parse().expect("an address")).collect();
    let end = Instant::now() + Duration::from_secs(seconds);
    let world = Arc::new(World { servers, key: key.clone(), token: token.clone(), end, ledger: Ledger::default() });
    let mut number = 0;
    let mut clients = Vec::new();
    for kind in kinds.split(',') {
        let (name, count) = kind.split_once('=').expect("KIND=COUNT");
        let kind = Kind::named(name);
        for _ in 0..count.parse().expect("a count") {
            number += 1;
            let world = world.clone();
            clients.push(thread::spawn(move || clients::run(kind, number, &world)));
        }
    }
    for second in 1..=seconds {
        thread::sleep((end - Duration::from_secs(seconds - second)).saturating_duration_since(Instant::now()));
        println!("{}", world.ledger.second(second));
    }
    clients.into_iter().for_each(|client| client.join().expect("a client that panicked"));
    println!("{}", world.ledger.end());
}
