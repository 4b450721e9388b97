//! The order of the measurements, under a progress bar.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use counterfoil_peers::args::Args;
use counterfoil_peers::measure::answer::{self, Tools};
use counterfoil_peers::measure::http::{self, Load};
use counterfoil_peers::measure::memory::Memory;
use counterfoil_peers::measure::redis;
use counterfoil_peers::measure::speed::{Sample, Size};
use counterfoil_peers::measure::stalls::{Scenario, Stall, Window};
use counterfoil_peers::measure::sweep::Sweep;
use counterfoil_peers::measure::verbs::{self, Verb};
use counterfoil_peers::measure::{Entry, entries};
use counterfoil_peers::results::{Machine, save};
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;

/// How much of everything.
struct Plan {
    sizes: Vec<Size>,
    rounds: usize,
    stall_sessions: usize,
    stall_rounds: usize,
    window: Window,
    memory_sessions: usize,
    sweep_sessions: usize,
    http: Load,
    tools: Tools,
}

/// Those whose stalls are measured: ours, a map that one walks, and a cache that keeps house.
const STALLED: [&str; 3] = ["counterfoil", "DashMap", "moka"];

impl Plan {
    fn full() -> Self {
        Self {
            sizes: vec![
                Size { sessions: 1_000, stores: 50, passes: 20 },
                Size { sessions: 100_000, stores: 2, passes: 5 },
                Size { sessions: 1_000_000, stores: 1, passes: 1 },
            ],
            rounds: 7,
            stall_sessions: 1_000_000,
            stall_rounds: 5,
            window: Window {
                polls: Duration::from_millis(500),
                ttl: Duration::from_secs(20),
                gap: Duration::from_secs(10),
            },
            memory_sessions: 1_000_000,
            sweep_sessions: 1_000_000,
            http: Load { rounds: 5, seconds: 5, sessions: 1000 },
            // A process may have 20,000 files in many places, and each tool takes one on each side.
            tools: Tools { waiting: 10_000, logins: 200 },
        }
    }

    fn quick() -> Self {
        Self {
            sizes: vec![
                Size { sessions: 1_000, stores: 5, passes: 10 },
                Size { sessions: 10_000, stores: 1, passes: 1 },
                Size { sessions: 20_000, stores: 1, passes: 1 },
            ],
            rounds: 2,
            stall_sessions: 20_000,
            stall_rounds: 1,
            window: Window {
                polls: Duration::from_millis(200),
                ttl: Duration::from_millis(1500),
                gap: Duration::from_millis(800),
            },
            memory_sessions: 50_000,
            sweep_sessions: 50_000,
            http: Load { rounds: 1, seconds: 1, sessions: 100 },
            tools: Tools { waiting: 200, logins: 10 },
        }
    }
}

pub fn run(args: &Args, root: &Path, results: &Path, machine: &Machine) -> io::Result<()> {
    let mut plan = if args.quick { Plan::quick() } else { Plan::full() };
    if let Some(rounds) = args.rounds {
        (plan.rounds, plan.stall_rounds, plan.http.rounds) = (rounds, rounds, rounds);
    }
    if args.wants("speed") {
        speed(&plan, |samples| save(results, "speed", machine, samples))?;
    }
    if args.wants("stalls") {
        save(results, "stalls", machine, stalls(&plan)?)?;
        save(results, "verbs", machine, verbs(&plan)?)?;
    }
    if args.wants("memory") {
        save(results, "memory", machine, memory(&plan)?)?;
    }
    if args.wants("sweep") {
        save(results, "sweep", machine, sweep(&plan))?;
    }
    if args.wants("http") {
        let bar = bar("http", (1 + http::CONSTANTS.len()) * plan.http.rounds);
        bar.set_message("building the servers");
        let servers = http::Servers::build(root)?;
        bar.set_message("wrk");
        save(results, "http", machine, http::measure(&servers, &plan.http, || bar.inc(1))?)?;
        bar.finish();
    }
    if args.wants("answer") {
        let bar = bar("answer", 5);
        bar.set_message("building the servers");
        let servers = http::Servers::build(root)?;
        bar.set_message("tools wait");
        save(results, "answer", machine, answer::measure(&servers, &plan.tools, || bar.inc(1))?)?;
        bar.finish();
    }
    if args.wants("redis") {
        let bar = bar("redis", 1);
        bar.set_message("building and running benches/redis");
        save(results, "redis", machine, redis::measure(root, args.quick)?)?;
        bar.finish();
    }
    Ok(())
}

fn bar(part: &'static str, steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>7} [{elapsed_precise}] {bar:40} {pos}/{len} {msg}");
    let bar = ProgressBar::new(steps as u64).with_prefix(part);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// The peers take turns, round after round, each round beginning with another. It is saved size by size: the whole
/// takes long.
fn speed(plan: &Plan, save: impl Fn(&[Sample]) -> io::Result<()>) -> io::Result<()> {
    let peers = entries();
    let threads = [1, 2];
    let bar = bar("speed", plan.sizes.len() * threads.len() * plan.rounds * peers.len());
    // Its ticking would be a second thread's work beside what is timed.
    bar.disable_steady_tick();
    let mut samples: Vec<Sample> = Vec::new();
    for size in &plan.sizes {
        for threads in threads {
            for round in 0..plan.rounds {
                for turn in 0..peers.len() {
                    let peer = &peers[(turn + round) % peers.len()];
                    bar.set_message(format!("{} sessions, {threads} threads: {}", size.sessions, peer.name));
                    for sample in (peer.round)(size, threads, round as u64) {
                        add(&mut samples, sample);
                    }
                    bar.inc(1);
                }
            }
            save(&samples)?;
        }
    }
    bar.finish();
    Ok(())
}

fn add(samples: &mut Vec<Sample>, new: Sample) {
    let same = |old: &&mut Sample| {
        (&old.peer, &old.workload, old.sessions, old.threads) == (&new.peer, &new.workload, new.sessions, new.threads)
    };
    match samples.iter_mut().find(same) {
        Some(old) => old.ns.extend(new.ns),
        None => samples.push(new),
    }
}

/// Each run in a process of its own; the subjects take turns.
fn stalls(plan: &Plan) -> io::Result<Vec<Stall>> {
    let bar = bar("stalls", Scenario::ALL.len() * STALLED.len() * plan.stall_rounds);
    // Its ticking would be a third thread's work, which takes its turn from one of the two that are measured.
    bar.disable_steady_tick();
    let Window { polls, ttl, gap } = plan.window;
    let mut runs = Vec::new();
    for _ in 0..plan.stall_rounds {
        for scenario in Scenario::ALL {
            for peer in STALLED {
                bar.set_message(format!("{scenario:?}: {peer}"));
                let times = [polls, ttl, gap].map(|time| time.as_millis().to_string());
                let n = plan.stall_sessions.to_string();
                let what = serde_json::to_string(&scenario)?;
                runs.push(child::<Stall>(&["stall", peer, &what, &n, &times[0], &times[1], &times[2]])?);
                bar.inc(1);
            }
        }
    }
    bar.finish();
    Ok(runs)
}

/// The verbs that use a session up, of the crate alone, each run in a process of its own.
fn verbs(plan: &Plan) -> io::Result<Vec<Verb>> {
    let bar = bar("verbs", verbs::SCENARIOS.len() * plan.stall_rounds);
    bar.disable_steady_tick();
    let times = [plan.window.ttl, plan.window.gap].map(|time| time.as_millis().to_string());
    let n = plan.stall_sessions.to_string();
    let mut measured = Vec::new();
    for _ in 0..plan.stall_rounds {
        for scenario in verbs::SCENARIOS {
            bar.set_message(format!("{scenario:?}"));
            let what = serde_json::to_string(&scenario)?;
            measured.extend(child::<Vec<Verb>>(&["verbs", &what, &n, &times[0], &times[1]])?);
            bar.inc(1);
        }
    }
    bar.finish();
    Ok(measured)
}

fn memory(plan: &Plan) -> io::Result<Vec<Memory>> {
    let peers: Vec<Entry> = entries();
    let bar = bar("memory", peers.len());
    let n = plan.memory_sessions.to_string();
    let measured = peers.iter().map(|peer| {
        bar.set_message(peer.name);
        let memory = child(&["memory", peer.name, &n]);
        bar.inc(1);
        memory
    });
    let measured = measured.collect();
    bar.finish();
    measured
}

fn sweep(plan: &Plan) -> Sweep {
    let bar = bar("sweep", plan.stall_rounds);
    let mut sweep = Sweep::default();
    for round in 0..plan.stall_rounds {
        sweep.round(plan.sweep_sessions, round as u64);
        bar.inc(1);
    }
    bar.finish();
    sweep
}

fn child<R: DeserializeOwned>(what: &[&str]) -> io::Result<R> {
    let output = Command::new(std::env::current_exe()?).arg("--child").args(what).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{} failed", what.join(" "))));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
