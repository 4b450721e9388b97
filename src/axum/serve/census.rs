//! `Census`: which connections are open, of whom, and which of them makes room for a new one.
//!
//! # Cost and locks
//! One lock, taken when a connection is accepted and when it ends, never by a request. A source that is full is searched
//! for the connection that has waited longest, at most 16 times its bound; a full server is searched as a whole, and then
//! makes room for many.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::seat::Seat;
use crate::{Rung, Source};

/// Within this time a source may displace as many of its own connections as it may have, and no more: each one that is
/// displaced has cost the server a task.
const WINDOW: Duration = Duration::from_secs(1);
/// What part of its connections a full server closes at once.
const PART: usize = 64;

/// The connections that are open.
#[derive(Debug)]
pub(super) struct Census {
    per_source: u32,
    total: usize,
    began: Instant,
    open: Mutex<Open>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Open {
    seats: HashMap<u64, Member>,
    sources: HashMap<Rung, Group>,
    next: u64,
}

#[derive(Debug, Clone)]
struct Member {
    seat: Arc<Seat>,
    /// `None` for a connection that stands for many people.
    source: Option<Source>,
}

/// The connections of one rung of the ladder.
#[derive(Debug)]
struct Group {
    seats: Vec<(u64, Arc<Seat>)>,
    window: Instant,
    displaced: u32,
}

/// What becomes of a new connection.
#[derive(Debug)]
pub(super) enum Admission {
    /// It is served while this lasts. `displaced` connections make room for it.
    Admitted { lease: Lease, displaced: usize },
    /// Its source has too many, and the server works for all of them.
    SourceFull,
    /// There are too many altogether, and the server works for all of them.
    Full,
}

/// The right to be served: counted until it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    census: Arc<Census>,
    number: u64,
    pub(super) seat: Arc<Seat>,
}

impl Census {
    /// Takes the bound on the lowest rung of a source's ladder, and on all connections.
    pub(super) fn new(per_source: u32, total: usize) -> Arc<Self> {
        let open = Mutex::new(Open::default());
        Arc::new(Self { per_source, total, began: Instant::now(), open, left: Notify::new() })
    }

    /// Counts a new connection. A full source displaces only its own connections. A connection without a source counts
    /// in the total only, and is never displaced.
    pub(super) fn admit(self: &Arc<Self>, source: Option<Source>) -> Admission {
        let mut open = self.open.lock();
        let mut displaced = 0;
        let ladder = || source.into_iter().flat_map(Source::ladder);
        for rung in ladder() {
            let budget = rung.budget(self.per_source);
            if open.sources.get(&rung).is_some_and(|group| group.seats.len() >= budget as usize) {
                if !open.displace_one(rung, budget) {
                    return Admission::SourceFull;
                }
                displaced += 1;
            }
        }
        if open.seats.len() >= self.total {
            displaced += open.displace_many((self.total / PART).max(1));
            if open.seats.len() >= self.total {
                return Admission::Full;
            }
        }
        let seat = Arc::new(Seat::new(self.began));
        let number = open.next;
        open.next += 1;
        for rung in ladder() {
            let group = open.sources.entry(rung).or_insert_with(|| Group {
                seats: Vec::new(),
                window: Instant::now(),
                displaced: 0,
            });
            group.seats.push((number, seat.clone()));
        }
        open.seats.insert(number, Member { seat: seat.clone(), source });
        drop(open);
        Admission::Admitted { lease: Lease { census: self.clone(), number, seat }, displaced }
    }

    /// Ready after a connection has ended.
    pub(super) async fn left(&self) {
        self.left.notified().await;
    }

    /// Returns how many connections are open.
    pub(super) fn count(&self) -> usize {
        self.open.lock().seats.len()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.census.open.lock().remove(self.number);
        self.census.left.notify_one();
    }
}

impl Open {
    /// Removes a connection, unless it has been removed.
    fn remove(&mut self, number: u64) {
        let Some(Member { source, .. }) = self.seats.remove(&number) else { return };
        for rung in source.into_iter().flat_map(Source::ladder) {
            let Some(group) = self.sources.get_mut(&rung) else { continue };
            if let Some(at) = group.seats.iter().position(|(other, _)| *other == number) {
                group.seats.swap_remove(at);
            }
            if group.seats.is_empty() {
                self.sources.remove(&rung);
            }
        }
    }

    /// Closes the connection of a rung that has waited longest for its client.
    fn displace_one(&mut self, rung: Rung, budget: u32) -> bool {
        let Some(group) = self.sources.get_mut(&rung) else { return false };
        if group.window.elapsed() >= WINDOW {
            (group.window, group.displaced) = (Instant::now(), 0);
        }
        if group.displaced >= budget {
            return false;
        }
        let waiting = group.seats.iter().filter_map(|(number, seat)| Some((seat.waiting()?, *number, seat)));
        // One that a request has come for meanwhile stays; then the source counts as full.
        let Some((since, number, seat)) = waiting.min_by_key(|&(since, number, _)| (since, number)) else {
            return false;
        };
        if !seat.close(since) {
            return false;
        }
        group.displaced += 1;
        self.remove(number);
        true
    }

    /// Closes those that have waited longest of all, at most so many. Returns how many.
    fn displace_many(&mut self, most: usize) -> usize {
        let counted = self.seats.iter().filter(|(_, member)| member.source.is_some());
        let mut waiting: Vec<_> =
            counted.filter_map(|(number, member)| Some((member.seat.waiting()?, *number))).collect();
        if waiting.len() > most {
            waiting.select_nth_unstable(most);
            waiting.truncate(most);
        }
        waiting.retain(|(since, number)| self.seats.get(number).is_some_and(|member| member.seat.close(*since)));
        for (_, number) in &waiting {
            self.remove(*number);
        }
        waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn source(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    fn admit(census: &Arc<Census>, address: &str) -> Result<Lease, &'static str> {
        match census.admit(Some(source(address))) {
            Admission::Admitted { lease, .. } => Ok(lease),
            Admission::SourceFull => Err("source"),
            Admission::Full => Err("total"),
        }
    }

    /// A connection that the server works for.
    fn busy(census: &Arc<Census>, address: &str) -> Result<Lease, &'static str> {
        admit(census, address).inspect(|lease| assert!(lease.seat.work()))
    }

    #[test]
    fn a_source_is_bounded_on_each_rung_of_its_ladder() {
        let census = Census::new(2, 1000);
        let mut held = vec![busy(&census, "192.0.2.1").unwrap(), busy(&census, "192.0.2.1").unwrap()];
        assert_eq!(busy(&census, "192.0.2.1").err(), Some("source"));
        for host in 2..5 {
            held.push(busy(&census, &format!("192.0.2.{host}")).unwrap());
            held.push(busy(&census, &format!("192.0.2.{host}")).unwrap());
        }
        assert_eq!(busy(&census, "192.0.2.9").err(), Some("source"), "its /24 is full");
        held.push(busy(&census, "192.0.3.1").unwrap());
        // IPv6: a /64, then its /56, then its /48.
        for net in 0..4 {
            held.push(busy(&census, &format!("2001:db8:0:{net}::1")).unwrap());
            held.push(busy(&census, &format!("2001:db8:0:{net}::2")).unwrap());
            assert_eq!(busy(&census, &format!("2001:db8:0:{net}::3")).err(), Some("source"));
        }
        assert_eq!(busy(&census, "2001:db8:0:ff::1").err(), Some("source"), "its /56 is full");
        for net in 1..4 {
            for sub in 0..8 {
                held.push(busy(&census, &format!("2001:db8:0:{net}0{sub}::1")).unwrap());
            }
        }
        assert_eq!(busy(&census, "2001:db8:0:ffff::1").err(), Some("source"), "its /48 is full");
        held.push(busy(&census, "2001:db8:1::1").unwrap());
        // What ends makes room, and nothing is kept of those who are gone.
        held.clear();
        assert_eq!(census.count(), 0);
        assert!(census.open.lock().sources.is_empty());
    }

    #[test]
    fn the_one_that_has_waited_longest_makes_room_for_its_own_source() {
        let census = Census::new(3, 1000);
        let other = admit(&census, "192.0.2.2").unwrap();
        let held = [(); 3].map(|()| admit(&census, "192.0.2.1").unwrap());
        assert!(held[0].seat.work());
        let newcomer = admit(&census, "192.0.2.1").unwrap();
        let closed = |lease: &Lease| !lease.seat.work();
        assert!(!closed(&held[0]), "the server works for it");
        assert!(closed(&held[1]), "the oldest that waits");
        assert!(!closed(&held[2]) && !closed(&newcomer) && !closed(&other));
        assert_eq!(admit(&census, "192.0.2.1").err(), Some("source"), "all of them are at work now");
        assert_eq!(census.count(), 4);
    }

    #[test]
    fn a_source_displaces_its_own_no_faster_than_its_bound() {
        let census = Census::new(4, 1000);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(admit(&census, "192.0.2.1").unwrap());
        }
        assert_eq!(admit(&census, "192.0.2.1").err(), Some("source"));
        assert_eq!(held.iter().filter(|lease| lease.seat.work()).count(), 4);
    }

    #[test]
    fn a_full_server_closes_those_that_have_waited_longest() {
        let census = Census::new(1000, 128);
        let mut held: Vec<_> = (0..128).map(|n| admit(&census, &format!("10.{n}.0.1")).unwrap()).collect();
        assert!(held[5].seat.work());
        let Admission::Admitted { lease, displaced } = census.admit(Some(source("192.0.2.1"))) else {
            panic!("refused")
        };
        assert_eq!((displaced, census.count()), (2, 127));
        held.push(lease);
        assert!(held[5].seat.work());
        // Those that stand for many people stay, and so do those at work.
        let census = Census::new(1000, 2);
        let Admission::Admitted { lease: _proxy, .. } = census.admit(None) else { panic!("refused") };
        let _working = busy(&census, "192.0.2.1").unwrap();
        assert_eq!(admit(&census, "192.0.2.2").err(), Some("total"));
    }
}
