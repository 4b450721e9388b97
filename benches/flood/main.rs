//! Thousands of half bodies from one address, and the polls of another: how long they take, before and meanwhile.
//!
//! `cargo bench --bench flood --features axum [-- --connections N] [--seconds N] [--limit-ms N]`
//!
//! Each server runs in a process of its own, whose soft limit on open files is 1024, as most systems set it: axum's own
//! `serve`, and this crate's. The attacker opens connections from 127.0.0.1 as fast as it can, sends half a form on each,
//! and keeps them. The tool polls from 127.0.0.2, each time on a new connection, since a kept one shows nothing of those
//! who come. With `--limit-ms` the program fails if a poll of this crate's server took so much longer than the median
//! of the time before.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a program that measures")]

mod attack;
mod server;
mod tool;

use std::process::ExitCode;
use std::time::Duration;

use attack::Attack;
use server::{Kind, Running};
use tool::Tool;

/// How long a poll is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(kind) = Kind::asked(&args) {
        server::serve_until_input_ends(kind);
        return ExitCode::SUCCESS;
    }
    let number = |flag: &str, default: u64| {
        let given = args.iter().skip_while(|arg| *arg != flag).nth(1);
        given.map_or(default, |text| text.parse().unwrap())
    };
    let (connections, seconds) = (number("--connections", 10_000), number("--seconds", 5));
    let _ = rlimit::increase_nofile_limit(connections + 200);
    println!(
        "{connections} half bodies from 127.0.0.1; polls from 127.0.0.2, each on a new connection; milliseconds\n"
    );
    println!("| server | before: median | meanwhile: median | worst | longest delay | polls | not answered in 3 s |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut good = true;
    for kind in [Kind::Axum, Kind::Ours] {
        let delay = measure(kind, connections, Duration::from_secs(seconds));
        if kind == Kind::Ours && args.iter().any(|arg| arg == "--limit-ms") {
            good = delay.is_some_and(|delay| delay <= Duration::from_millis(number("--limit-ms", 100)));
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row. Returns the longest delay, if every poll was answered.
fn measure(kind: Kind, connections: u64, time: Duration) -> Option<Duration> {
    let server = Running::start(kind);
    let tool = Tool::begin(server.address);
    let before = tool.poll_for(Duration::from_secs(1), || false);
    let attack = Attack::start(server.address, connections);
    let meanwhile = tool.poll_for(time, || attack.is_opening());
    let (opened, held) = attack.end();
    let delay = meanwhile.worst.saturating_sub(before.median);
    let millis = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1000.0);
    println!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        kind.name(),
        millis(before.median),
        millis(meanwhile.median),
        millis(meanwhile.worst),
        millis(delay),
        meanwhile.answered,
        meanwhile.unanswered
    );
    eprintln!("{}: {opened} connections opened, {held} of them still open at the end", kind.name());
    (meanwhile.unanswered == 0).then_some(delay)
}
