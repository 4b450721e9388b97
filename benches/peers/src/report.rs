//! `BENCHMARKS.md`, from the result files alone: every number is looked up, and a sentence is written only where the
//! numbers say so.

use std::fmt::Write;
use std::io;
use std::path::Path;

use crate::results::Results;

mod answer;
mod bars;
mod figures;
mod header;
mod memory;
mod others;
mod plots;
mod redis;
mod rivals;
mod speed;
mod stalls;

use figures::Figures;

pub fn write(results: &Results, page: &Path, plots: &Path) -> io::Result<()> {
    let figures = Figures::of(results);
    std::fs::create_dir_all(plots)?;
    plots::write(&figures, plots).map_err(io::Error::other)?;
    let text = [
        header::section(&figures),
        bars::section(&figures),
        rivals::section(&figures),
        speed::sections(&figures),
        stalls::section(&figures),
        stalls::verbs(&figures),
        memory::section(&figures),
        others::sweep(&figures),
        others::http(&figures),
        answer::section(&figures),
        redis::section(&figures),
        header::peers(),
    ];
    let measured: Vec<String> = text.into_iter().filter(|section| !section.is_empty()).collect();
    std::fs::write(page, measured.join("\n"))
}

/// A Markdown table; the first column is text, the others are numbers.
fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".to_owned() + &" ---: |".repeat(head.len() - 1));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// Three digits that matter.
fn short(value: f64) -> String {
    match value {
        v if !v.is_finite() => "-".to_owned(),
        v if v >= 100.0 => thousands(v.round()),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in the unit that suits it.
fn time(nanos: f64) -> String {
    match nanos {
        v if v >= 1e6 => format!("{} ms", short(v / 1e6)),
        v if v >= 1e3 => format!("{} µs", short(v / 1e3)),
        v => format!("{} ns", short(v)),
    }
}

fn sessions(n: usize) -> String {
    match n {
        n if n >= 1_000_000 && n % 1_000_000 == 0 => format!("{} M", n / 1_000_000),
        n if n >= 1000 && n % 1000 == 0 => format!("{} k", n / 1000),
        n => n.to_string(),
    }
}
