//! Bytes a session.

use std::fmt::Write;

use super::figures::{Figures, OURS};
use super::{sessions, short, table};
use crate::peer::Kind;

pub fn section(figures: &Figures<'_>) -> String {
    let Some(measured) = figures.results.memory.as_ref() else { return String::new() };
    let head =
        ["bytes a session", "pending, counted", "pending, resident", "completed, counted", "completed, resident"]
            .map(str::to_owned);
    let rows: Vec<Vec<String>> = measured
        .results
        .iter()
        .map(|m| {
            let name = if m.peer == OURS { format!("**{}**", m.peer) } else { m.peer.clone() };
            let numbers = [m.pending_counted, m.pending_resident, m.completed_counted, m.completed_resident];
            std::iter::once(name).chain(numbers.map(short)).collect()
        })
        .collect();
    let n = measured.results.first().map_or(0, |memory| memory.sessions);
    format!(
        "## Memory\n\nAt {} sessions, each store in a process of its own: what the allocator has given out, and what is \
         resident, beyond what there was before the store was made. A completed session has a grant of forty characters \
         on the heap.\n\n{}\n![Memory](benches/plots/{})\n\n{}",
        sessions(n),
        table(&head, &rows),
        super::plots::MEMORY,
        analysis(figures)
    )
}

fn analysis(figures: &Figures<'_>) -> String {
    let Some(ours) = figures.memory(OURS) else { return String::new() };
    let mut text = format!(
        "A pending session of counterfoil takes {} resident bytes, a completed one {}. ",
        short(ours.pending_resident),
        short(ours.completed_resident)
    );
    if ours.pending_counted > ours.pending_resident {
        text.push_str("Less is resident than allocated: what no session has touched is not backed by memory. ");
    }
    let peers = figures.peers.iter().filter(|peer| peer.kind == Kind::Peer);
    let mut ranked: Vec<_> =
        peers.filter_map(|peer| Some((peer.name, figures.memory(peer.name)?.pending_resident))).collect();
    ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
    if let (Some(least), Some(most)) = (ranked.first(), ranked.last()) {
        let _ = write!(
            text,
            "Of the peers, pending, {} takes least with {} × ours, {} most with {} ×. ",
            least.0,
            short(least.1 / ours.pending_resident),
            most.0,
            short(most.1 / ours.pending_resident)
        );
    }
    text.push('\n');
    text
}
