//! How long a single poll can take.

use std::fmt::Write;

use super::figures::{Figures, OURS};
use super::{sessions, short, table, time};
use crate::measure::stalls::{Scenario, Stall};
use crate::measure::verbs::{SCENARIOS, VERBS, Verb};

/// What the other thread does, in words.
pub fn words(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::Idle => "does nothing",
        Scenario::Busy => "computes, away from the store",
        Scenario::Expire => "expires as many",
        Scenario::Initiate => "initiates as many",
        Scenario::Complete => "completes as many",
    }
}

type Figure = fn(&Stall) -> f64;

const FIGURES: [(&str, Figure); 5] = [
    ("p50", |run| run.p50_ns as f64),
    ("p99", |run| run.p99_ns as f64),
    ("p99.9", |run| run.p999_ns as f64),
    ("p99.99", |run| run.p9999_ns as f64),
    ("worst", |run| run.worst_ns as f64),
];

pub fn section(figures: &Figures<'_>) -> String {
    let Some(first) = figures.stalls().first() else { return String::new() };
    let mut peers: Vec<&str> = figures.stalls().iter().map(|run| run.peer.as_str()).collect();
    let runs = figures.stalls().iter().filter(|run| run.peer == OURS && run.scenario == Scenario::Idle).count();
    let mut seen = Vec::new();
    peers.retain(|peer| {
        !seen.contains(peer) && {
            seen.push(*peer);
            true
        }
    });
    let mut head = vec!["the other thread…".to_owned(), "store".to_owned()];
    head.extend(FIGURES.map(|figure| figure.0.to_owned()));
    head.push("it worked for".to_owned());
    let mut rows = Vec::new();
    for scenario in Scenario::ALL {
        for peer in &peers {
            let mut row = vec![words(scenario).to_owned(), (*peer).to_owned()];
            let cell = |figure: Figure| figures.stall(peer, scenario, figure).map_or("-".to_owned(), time);
            row.extend(FIGURES.map(|figure| cell(figure.1)));
            row.push(cell(|run| run.work_ms * 1e6));
            rows.push(row);
        }
    }
    format!(
        "## Stalls\n\nThe latency of single polls of one thread, over {} sessions in random order, while another works on \
         as many others of the same store. Each cell is the median of {runs} runs, each in a process of its own; *worst* \
         is the single slowest poll of a run. Reading the clock before and after is included.\n\n{}\n\
         ![Worst poll](benches/plots/{})\n\n{}",
        sessions(first.sessions),
        table(&head, &rows),
        super::plots::STALLS,
        analysis(figures, &peers)
    )
}

/// The verbs that use a session up.
pub fn verbs(figures: &Figures<'_>) -> String {
    let Some(first) = figures.verbs().first() else { return String::new() };
    let figure: [(&str, fn(&Verb) -> f64); 4] = [
        ("p50", |run| run.p50_ns as f64),
        ("p99", |run| run.p99_ns as f64),
        ("p99.99", |run| run.p9999_ns as f64),
        ("worst", |run| run.worst_ns as f64),
    ];
    let mut head = vec!["the other thread…".to_owned(), "verb".to_owned()];
    head.extend(figure.map(|figure| figure.0.to_owned()));
    let mut rows = Vec::new();
    for scenario in SCENARIOS {
        for verb in VERBS {
            let mut row = vec![words(scenario).to_owned(), verb.to_owned()];
            row.extend(figure.map(|figure| figures.verb(verb, scenario, figure.1).map_or("-".to_owned(), time)));
            rows.push(row);
        }
    }
    format!(
        "## Stalls of the other verbs\n\nThe same for the verbs that use a session up, of counterfoil alone: they take \
         turns on one thread, {} sessions each, every session once.\n\n{}",
        sessions(first.sessions),
        table(&head, &rows)
    )
}

fn analysis(figures: &Figures<'_>, peers: &[&str]) -> String {
    let mut text = String::new();
    let (Some(idle), busy) = (figures.worst(OURS, Scenario::Idle), figures.worst(OURS, Scenario::Busy)) else {
        return text;
    };
    let _ = write!(text, "The idle control's worst poll takes {}", time(idle));
    if let Some(busy) = busy {
        let _ = write!(text, "; a second processor that is merely busy makes it {}", time(busy));
    }
    text.push_str(". ");
    for scenario in [Scenario::Expire, Scenario::Initiate, Scenario::Complete] {
        let Some(ours) = figures.worst(OURS, scenario) else { continue };
        let _ = write!(
            text,
            "While the other thread {}, counterfoil's worst is {} ({} × idle)",
            words(scenario),
            time(ours),
            short(ours / idle)
        );
        for peer in peers.iter().filter(|peer| **peer != OURS) {
            if let Some(theirs) = figures.worst(peer, scenario) {
                let _ = write!(text, ", {peer}'s {} ({} × ours)", time(theirs), short(theirs / ours));
            }
        }
        text.push_str(". ");
    }
    let dearest = peers.iter().filter(|peer| **peer != OURS).filter_map(|peer| figures.worst(peer, Scenario::Expire));
    if let Some(dearest) = dearest.reduce(f64::max) {
        let _ = write!(
            text,
            "A store whose worst poll while sessions expire were the idle control's own would be {} × better than the \
             worst of the others: more cannot be had on this machine.",
            short(dearest / idle)
        );
    }
    text.push('\n');
    text
}
