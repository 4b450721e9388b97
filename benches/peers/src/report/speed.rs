//! The speed tables, and what they show.

use std::fmt::Write;

use super::figures::{FLOOR, Figures, OURS, spread};
use super::{sessions, short, table, time};
use crate::measure::speed::{COMPLETE, INITIATE, LIFECYCLE, POLL, REDEEM, WORKLOADS};
use crate::peer::Kind;

/// What a workload is, and its heading.
fn about(workload: &str) -> (&'static str, &'static str) {
    match workload {
        POLL => ("Pending poll", "A poll of a session that nobody has completed yet: most of what a store ever does."),
        COMPLETE => (
            "Complete",
            "Completing by login code: sessions made beforehand, each completed once; the grants are made beforehand, too.",
        ),
        REDEEM => ("Redeeming poll", "The poll that takes the grant, on sessions that were completed before."),
        INITIATE => (
            "Initiate",
            "Beginning another fifth of as many sessions as are alive: two random codes, two texts, two look-ups prepared.",
        ),
        LIFECYCLE => (
            "Lifecycle",
            "Initiate, three pending polls, complete, redeeming poll, of one session after the other, while the others are alive.",
        ),
        _ => ("", ""),
    }
}

pub fn sections(figures: &Figures<'_>) -> String {
    if figures.samples().is_empty() {
        return String::new();
    }
    WORKLOADS.map(|workload| section(figures, workload)).join("\n")
}

fn section(figures: &Figures<'_>, workload: &str) -> String {
    let (title, what) = about(workload);
    let sizes = figures.sizes();
    let mut head = vec!["ns, median of the rounds (× ours)".to_owned()];
    for threads in [1, 2] {
        let threads = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        head.extend(sizes.iter().map(|n| format!("{}, {threads}", sessions(*n))));
    }
    let rows: Vec<Vec<String>> = figures
        .peers
        .iter()
        .map(|peer| {
            let cell = |n: usize, threads: usize| match figures.ns(peer.name, workload, n, threads) {
                None => "-".to_owned(),
                Some(ns) if peer.kind == Kind::Ours => format!("**{}**", short(ns)),
                Some(ns) => {
                    let ratio = figures.ratio(peer.name, workload, n, threads).unwrap_or(f64::NAN);
                    format!("{} ({} ×)", short(ns), short(ratio))
                }
            };
            let cells = [1, 2].into_iter().flat_map(|threads| sizes.iter().map(move |n| (*n, threads)));
            let mut row = vec![label(peer.name, peer.kind)];
            row.extend(cells.map(|(n, threads)| cell(n, threads)));
            row
        })
        .collect();
    format!(
        "## {title}\n\n{what}\n\n{}\n![{title}](benches/plots/{})\n\n{}",
        table(&head, &rows),
        super::plots::file(workload),
        analysis(figures, workload, &sizes)
    )
}

fn label(name: &str, kind: Kind) -> String {
    match kind {
        Kind::Ours => format!("**{name}**"),
        Kind::Peer => name.to_owned(),
        Kind::Floor | Kind::Shape => format!("*{name}*"),
    }
}

fn analysis(figures: &Figures<'_>, workload: &str, sizes: &[usize]) -> String {
    let mut text = String::new();
    for &n in sizes {
        let Some(ours) = figures.ns(OURS, workload, n, 1) else { continue };
        let _ = write!(text, "At {} sessions counterfoil takes {}", sessions(n), time(ours));
        if let Some(floor) = figures.ns(FLOOR, workload, n, 1) {
            let _ = write!(text, ", {} × the floor", short(ours / floor));
        }
        let ranked = figures.ranked(workload, n, 1);
        let faster: Vec<&str> = ranked.iter().filter(|peer| peer.1 < ours).map(|peer| peer.0).collect();
        if let Some((peer, ns)) = ranked.first() {
            if faster.is_empty() {
                let _ = write!(text, "; the fastest peer is {peer} at {} × ours", short(ns / ours));
            } else {
                let _ = write!(text, "; faster are {} (the fastest at {} × ours)", faster.join(", "), short(ns / ours));
            }
        }
        text.push_str(". ");
    }
    if let (Some(&small), Some(&large)) = (sizes.first(), sizes.last()) {
        text.push_str(&growth(figures, workload, small, large));
        text.push_str(&shapes(figures, workload, large));
        text.push_str(&threads(figures, workload, large));
    }
    let measured = figures.samples().iter().filter(|sample| sample.workload == workload);
    let rounds = measured.clone().map(|sample| sample.ns.len()).min().unwrap_or(0);
    if rounds > 1 {
        let _ = write!(
            text,
            "Between the best and the worst of the {rounds} rounds lie {} % of the median, for the middle one of all \
             cells.",
            short(spread(measured))
        );
    }
    text.push('\n');
    text
}

/// What a large store costs: cache misses.
fn growth(figures: &Figures<'_>, workload: &str, small: usize, large: usize) -> String {
    let grown = |peer| Some(figures.ns(peer, workload, large, 1)? / figures.ns(peer, workload, small, 1)?);
    match (grown(OURS), grown(FLOOR)) {
        (Some(ours), Some(floor)) => format!(
            "From {} to {} sessions its time grows {} ×, the floor's {} ×. ",
            sessions(small),
            sessions(large),
            short(ours),
            short(floor)
        ),
        _ => String::new(),
    }
}

fn shapes(figures: &Figures<'_>, workload: &str, n: usize) -> String {
    let shapes = figures.peers.iter().filter(|peer| peer.kind == Kind::Shape);
    let told: Vec<String> = shapes
        .filter_map(|shape| {
            let ratio = figures.ratio(shape.name, workload, n, 1)?;
            Some(format!("*{}* takes {} × as long", shape.name, short(ratio)))
        })
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        format!("Of our other shapes, at {}, {}. ", sessions(n), told.join(", "))
    }
}

fn threads(figures: &Figures<'_>, workload: &str, n: usize) -> String {
    let gain = |peer: &str| Some(figures.ns(peer, workload, n, 1)? / figures.ns(peer, workload, n, 2)?);
    let Some(ours) = gain(OURS) else { return String::new() };
    let peers = figures.peers.iter().filter(|peer| peer.kind == Kind::Peer);
    let mut gains: Vec<_> = peers.filter_map(|peer| Some((peer.name, gain(peer.name)?))).collect();
    gains.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut text = format!("With a second thread the throughput at {1} is {0} ×", short(ours), sessions(n));
    if let Some(floor) = gain(FLOOR) {
        let _ = write!(text, " (the floor, which has nothing to share: {} ×)", short(floor));
    }
    if let (Some(best), Some(least)) = (gains.first(), gains.last()) {
        let _ = write!(text, "; of the peers, {} gains most with {} ×", best.0, short(best.1));
        let _ = write!(text, " and {} least with {} ×", least.0, short(least.1));
    }
    text.push_str(". ");
    text
}
