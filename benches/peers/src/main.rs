//! One command: measures everything, writes the result files, and from them the report.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use counterfoil_peers::alloc::Counting;
use counterfoil_peers::args::{Args, USAGE};
use counterfoil_peers::measure::stalls::Window;
use counterfoil_peers::measure::{entry, threads, verbs};
use counterfoil_peers::report;
use counterfoil_peers::results::{Machine, Results};

mod run;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let outcome = Args::parse(std::env::args().skip(1))
        .map_err(io::Error::other)
        .and_then(|args| if args.child.is_empty() { parent(&args) } else { child(&args.child) });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn parent(args: &Args) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let folder = root.join("benches/peers");
    let folder = if args.quick { folder.join("target/quick") } else { folder };
    let results = folder.join("results");
    if !args.report_only {
        if args.cpu_time {
            threads::use_cpu_time();
        }
        run::run(args, &root, &results, &Machine::here(&root, args.cpu_time))?;
    }
    let (page, plots) = if args.quick {
        (folder.join("BENCHMARKS.md"), folder.join("benches/plots"))
    } else {
        (root.join("BENCHMARKS.md"), root.join("benches/plots"))
    };
    report::write(&Results::load(&results)?, &page, &plots)?;
    println!("{}", page.display());
    Ok(())
}

/// A measurement that wants a process of its own; its result is one line of JSON.
fn child(what: &[String]) -> io::Result<()> {
    let what: Vec<&str> = what.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().map_err(io::Error::other);
    let result = match what[..] {
        ["memory", peer, n] => serde_json::to_string(&(entry(peer).memory)(number(n)?)),
        ["verbs", scenario, n, ttl, gap] => {
            let scenario = serde_json::from_str(scenario)?;
            let time = |millis: &str| number(millis).map(|millis| Duration::from_millis(millis as u64));
            let window = Window { polls: Duration::ZERO, ttl: time(ttl)?, gap: time(gap)? };
            serde_json::to_string(&verbs::verbs(scenario, number(n)?, &window))
        }
        ["stall", peer, scenario, n, polls, ttl, gap] => {
            let scenario = serde_json::from_str(scenario)?;
            let time = |millis: &str| number(millis).map(|millis| Duration::from_millis(millis as u64));
            let window = Window { polls: time(polls)?, ttl: time(ttl)?, gap: time(gap)? };
            serde_json::to_string(&(entry(peer).stall)(scenario, number(n)?, &window))
        }
        _ => return Err(io::Error::other(USAGE)),
    };
    println!("{}", result?);
    Ok(())
}
