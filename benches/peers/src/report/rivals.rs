//! Where a rival wins.

use std::fmt::Write;

use super::figures::{Figures, OURS};
use super::{sessions, short, time};
use crate::measure::speed::{Sample, WORKLOADS};
use crate::measure::stalls::{Scenario, Stall};
use crate::peer::Kind;

pub fn section(figures: &Figures<'_>) -> String {
    let mut wins = speed(figures);
    wins.extend(stalls(figures));
    wins.extend(memory(figures));
    let mut text = String::from(
        "## Where a rival wins\n\nEach workload at which the median of something that one could use instead is better \
         than ours, even where the best and worst rounds of the two overlap (the floor and our own other shapes are in the tables below).\n\n",
    );
    if wins.is_empty() {
        text.push_str("In this run: nowhere.\n");
    }
    for win in wins {
        let _ = writeln!(text, "- {win}");
    }
    text
}

/// In how many cells of the speed tables a peer's median is better than ours.
pub fn cells(figures: &Figures<'_>) -> f64 {
    speed(figures).len() as f64
}

fn speed(figures: &Figures<'_>) -> Vec<String> {
    let mut wins = Vec::new();
    for workload in WORKLOADS {
        for n in figures.sizes() {
            for threads in [1, 2] {
                let Some(ours) = figures.sample(OURS, workload, n, threads) else { continue };
                let median = crate::measure::median(&ours.ns);
                let told = |(peer, ns): &(&str, f64)| {
                    let theirs = figures.sample(peer, workload, n, threads);
                    let apart = theirs.is_some_and(|theirs| most(theirs) < least(ours));
                    let doubt = if apart { "" } else { ", rounds overlap" };
                    format!("{peer} {} ({} ×{doubt})", time(*ns), short(ns / median))
                };
                let ranked = figures.ranked(workload, n, threads);
                let faster: Vec<String> = ranked.iter().filter(|peer| peer.1 < median).map(told).collect();
                if !faster.is_empty() {
                    wins.push(format!(
                        "{workload}, {} sessions, {threads} thread{}, counterfoil {}: {}",
                        sessions(n),
                        if threads == 1 { "" } else { "s" },
                        time(median),
                        faster.join(", "),
                    ));
                }
            }
        }
    }
    wins
}

fn least(sample: &Sample) -> f64 {
    sample.ns.iter().copied().fold(f64::INFINITY, f64::min)
}

fn most(sample: &Sample) -> f64 {
    sample.ns.iter().copied().fold(0.0, f64::max)
}

type Figure = fn(&Stall) -> f64;

fn stalls(figures: &Figures<'_>) -> Vec<String> {
    let kinds: [(&str, Figure); 3] =
        [("p50", |run| run.p50_ns as f64), ("p99", |run| run.p99_ns as f64), ("worst", |run| run.worst_ns as f64)];
    let mut wins = Vec::new();
    for scenario in Scenario::ALL {
        for (name, figure) in kinds {
            let Some(ours) = figures.stall(OURS, scenario, figure) else { continue };
            for peer in figures.peers.iter().filter(|peer| peer.kind == Kind::Peer) {
                if let Some(theirs) = figures.stall(peer.name, scenario, figure).filter(|theirs| *theirs < ours) {
                    wins.push(format!(
                        "{name} of single polls, other thread {}: {} {}, counterfoil {}",
                        super::stalls::words(scenario),
                        peer.name,
                        time(theirs),
                        time(ours)
                    ));
                }
            }
        }
    }
    wins
}

fn memory(figures: &Figures<'_>) -> Vec<String> {
    let mut wins = Vec::new();
    let Some(ours) = figures.memory(OURS) else { return wins };
    for peer in figures.peers.iter().filter(|peer| peer.kind == Kind::Peer) {
        let Some(theirs) = figures.memory(peer.name) else { continue };
        for (name, theirs, ours) in [
            ("pending", theirs.pending_resident, ours.pending_resident),
            ("completed", theirs.completed_resident, ours.completed_resident),
        ] {
            if theirs < ours {
                wins.push(format!(
                    "resident bytes a {name} session: {} {}, counterfoil {}",
                    peer.name,
                    short(theirs),
                    short(ours)
                ));
            }
        }
    }
    wins
}
