//! Fails when a verb costs more instructions, or a session more resident memory, than `limits.txt` says.
//!
//! Time depends on the machine's mood; these counts do not. Each verb runs some thousand times in a function of its
//! own, and valgrind counts the instructions within that function only.
//!
//! With the feature `http` it is about polls over HTTP, and nothing else.
#![cfg_attr(feature = "http", allow(dead_code, reason = "the verbs are counted without the features that HTTP needs"))]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

#[cfg(feature = "http")]
mod http;
mod memory;
mod shuffle;
mod verbs;
mod worst;

#[cfg(feature = "http")]
use http as measured;
#[cfg(not(feature = "http"))]
use verbs as measured;

const LIMITS: &str = include_str!("../limits.txt");

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("worst") => {
            worst::run();
            ExitCode::SUCCESS
        }
        Some(verb) => match measured::run(verb) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        None => guard().unwrap_or_else(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        }),
    }
}

fn guard() -> Result<ExitCode, String> {
    let limits = limits()?;
    let mut within = true;
    let bytes = (!cfg!(feature = "http")).then_some(("bytes", "resident bytes a session"));
    for (name, unit) in measured::VERBS.map(|verb| (verb, "instructions")).into_iter().chain(bytes) {
        let limit = *limits.get(name).ok_or_else(|| format!("no limit for {name}"))?;
        let cost = if name == "bytes" { memory::bytes_a_session()? } else { instructions(name)? };
        let verdict = if cost <= limit { "ok" } else { "TOO MUCH" };
        println!("{name:>18}  {cost:>6} {unit}, limit {limit}: {verdict}");
        within &= cost <= limit;
    }
    Ok(if within { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn limits() -> Result<BTreeMap<&'static str, u64>, String> {
    let lines = LIMITS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let limit = |line: &'static str| {
        let (name, limit) = line.split_once(' ')?;
        Some((name, limit.trim().parse().ok()?))
    };
    lines.map(|line| limit(line).ok_or_else(|| format!("not a limit: {line}"))).collect()
}

/// Instructions for one operation, by valgrind's count within the verb's function.
fn instructions(verb: &str) -> Result<u64, String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={}", measured::function(verb)))
        .arg(Path::new(&me))
        .arg(verb)
        // The constant answers are not known to be frequent, and would be logged.
        .env("RUST_LOG", "warn")
        .output()
        .map_err(|error| format!("valgrind (Debian's package of that name): {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    match collected.and_then(|count| count.parse::<u64>().ok()) {
        Some(count) if output.status.success() && count > 0 => Ok(count / measured::times(verb) as u64),
        _ => Err(format!("valgrind could not measure {verb}:\n{text}")),
    }
}
