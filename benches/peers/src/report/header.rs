//! What was measured, where, and what each peer is.

use std::fmt::Write;

use super::figures::Figures;
use crate::measure::entries;
use crate::peer::Kind;
use crate::results::Machine;

pub fn section(figures: &Figures<'_>) -> String {
    let results = figures.results;
    let parts = [
        ("speed", results.speed.as_ref().map(|part| &part.machine)),
        ("stalls", results.stalls.as_ref().map(|part| &part.machine)),
        ("verbs", results.verbs.as_ref().map(|part| &part.machine)),
        ("memory", results.memory.as_ref().map(|part| &part.machine)),
        ("sweep", results.sweep.as_ref().map(|part| &part.machine)),
        ("http", results.http.as_ref().map(|part| &part.machine)),
        ("answer", results.answer.as_ref().map(|part| &part.machine)),
        ("redis", results.redis.as_ref().map(|part| &part.machine)),
    ];
    let mut text = String::from(
        "# Benchmarks\n\nWritten by the benchmark from its result files; nothing here is typed in. To measure again, \
         or to write this page again from the files in `benches/peers/results`:\n\n\
         ```\ncargo run --release --manifest-path benches/peers/Cargo.toml\n\
         cargo run --release --manifest-path benches/peers/Cargo.toml -- --report-only\n```\n\n\
         Every peer has the same duties: both codes drawn at random and handed over as text, a look-up by each, a time \
         to live, and a grant that is handed out once. Codes come as text, side by side in one array, in random order \
         of their sessions. The peers take turns, round after round, in one process; a figure is the median of the \
         rounds, and a ratio is *peer ÷ ours*, so that more than 1 is in our favour. Peers that can be made with a \
         capacity are. Every answer is counted and checked.\n\n## Machine and versions\n\n",
    );
    let measured: Vec<&Machine> = parts.iter().filter_map(|part| part.1).collect();
    let Some(first) = measured.first() else {
        text.push_str("Nothing has been measured.\n");
        return text;
    };
    let _ = writeln!(
        text,
        "{}, {} processors, {} of memory, Linux {}; {}; revision {}.\n",
        first.processor, first.processors, first.memory, first.kernel, first.rustc, first.revision
    );
    let versions: Vec<String> = first.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let _ = writeln!(text, "{}.\n", versions.join(", "));
    if measured.iter().all(|machine| machine == first) {
        let _ = writeln!(text, "One run, begun {}; one thread's work by {}.", first.run, first.clock);
    } else {
        text.push_str("Not one run: ");
        let runs = parts.iter().filter_map(|(part, machine)| {
            machine
                .map(|machine| format!("{part} of {}, revision {}, {}", machine.run, machine.revision, machine.clock))
        });
        let _ = writeln!(text, "{}.", runs.collect::<Vec<_>>().join("; "));
    }
    for (part, _) in parts.iter().filter(|part| part.1.is_none()) {
        let _ = writeln!(text, "\nNot measured: {part}.");
    }
    text
}

/// What the head of each peer's file says.
pub fn peers() -> String {
    let mut text = String::from("## The peers, and where they fall short\n\n");
    let mut seen = Vec::new();
    for peer in entries() {
        if seen.contains(&peer.source) {
            continue;
        }
        seen.push(peer.source);
        let names: Vec<&str> =
            entries().iter().filter(|other| other.source == peer.source).map(|other| other.name).collect();
        let role = match peer.kind {
            Kind::Ours | Kind::Peer => "",
            Kind::Floor => " (no store)",
            Kind::Shape => " (a shape that the crate might have had)",
        };
        let lines = peer.source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
        let words: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let _ = writeln!(text, "- **{}**{role}: {}", names.join("**, **"), words.join(" "));
    }
    text
}
