//! Looking results up.

use crate::measure::http::Rate;
use crate::measure::memory::Memory;
use crate::measure::speed::Sample;
use crate::measure::stalls::{Scenario, Stall};
use crate::measure::verbs::Verb;
use crate::measure::{Entry, entries, median};
use crate::peer::Kind;
use crate::results::Results;

pub const OURS: &str = "counterfoil";
pub const FLOOR: &str = "floor";
pub const DASHMAP: &str = "DashMap";

pub struct Figures<'a> {
    pub results: &'a Results,
    pub peers: Vec<Entry>,
}

impl<'a> Figures<'a> {
    pub fn of(results: &'a Results) -> Self {
        Self { results, peers: entries() }
    }

    pub fn samples(&self) -> &'a [Sample] {
        self.results.speed.as_ref().map_or(&[], |speed| &speed.results)
    }

    pub fn sample(&self, peer: &str, workload: &str, sessions: usize, threads: usize) -> Option<&'a Sample> {
        self.samples().iter().find(|sample| {
            sample.peer == peer
                && sample.workload == workload
                && sample.sessions == sessions
                && sample.threads == threads
        })
    }

    /// The median of the rounds.
    pub fn ns(&self, peer: &str, workload: &str, sessions: usize, threads: usize) -> Option<f64> {
        self.sample(peer, workload, sessions, threads).map(|sample| median(&sample.ns))
    }

    /// How often the peer's median is ours.
    pub fn ratio(&self, peer: &str, workload: &str, sessions: usize, threads: usize) -> Option<f64> {
        Some(self.ns(peer, workload, sessions, threads)? / self.ns(OURS, workload, sessions, threads)?)
    }

    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.samples().iter().map(|sample| sample.sessions).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// Real peers that were measured at this, the fastest first.
    pub fn ranked(&self, workload: &str, sessions: usize, threads: usize) -> Vec<(&'static str, f64)> {
        let peers = self.peers.iter().filter(|entry| entry.kind == Kind::Peer);
        let mut ranked: Vec<_> =
            peers.filter_map(|peer| Some((peer.name, self.ns(peer.name, workload, sessions, threads)?))).collect();
        ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
        ranked
    }

    pub fn stalls(&self) -> &'a [Stall] {
        self.results.stalls.as_ref().map_or(&[], |stalls| &stalls.results)
    }

    /// The median over the runs of one figure of the stalls.
    pub fn stall(&self, peer: &str, scenario: Scenario, figure: fn(&Stall) -> f64) -> Option<f64> {
        let runs = self.stalls().iter().filter(|run| run.peer == peer && run.scenario == scenario);
        let values: Vec<f64> = runs.map(figure).collect();
        (!values.is_empty()).then(|| median(&values))
    }

    pub fn worst(&self, peer: &str, scenario: Scenario) -> Option<f64> {
        self.stall(peer, scenario, |run| run.worst_ns as f64)
    }

    pub fn verbs(&self) -> &'a [Verb] {
        self.results.verbs.as_ref().map_or(&[], |verbs| &verbs.results)
    }

    /// The median over the runs of one figure of a verb that uses a session up.
    pub fn verb(&self, verb: &str, scenario: Scenario, figure: fn(&Verb) -> f64) -> Option<f64> {
        let runs = self.verbs().iter().filter(|run| run.verb == verb && run.scenario == scenario);
        let values: Vec<f64> = runs.map(figure).collect();
        (!values.is_empty()).then(|| median(&values))
    }

    pub fn memory(&self, peer: &str) -> Option<&'a Memory> {
        self.results.memory.as_ref()?.results.iter().find(|memory| memory.peer == peer)
    }

    pub fn rate(&self, server: &str) -> Option<&'a Rate> {
        self.results.http.as_ref()?.results.servers.iter().find(|rate| rate.server == server)
    }
}

/// How far the rounds lie apart, in percent of their median: the middle one of several samples.
pub fn spread<'a>(samples: impl Iterator<Item = &'a Sample>) -> f64 {
    let spread = |sample: &Sample| {
        let least = sample.ns.iter().copied().fold(f64::INFINITY, f64::min);
        let most = sample.ns.iter().copied().fold(0.0, f64::max);
        100.0 * (most - least) / median(&sample.ns)
    };
    median(&samples.map(spread).collect::<Vec<_>>())
}
