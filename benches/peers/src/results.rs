//! The result files: what a run writes and the report reads.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::measure::answer::Answer;
use crate::measure::http::Http;
use crate::measure::memory::Memory;
use crate::measure::redis::Redis;
use crate::measure::speed::Sample;
use crate::measure::stalls::Stall;
use crate::measure::sweep::Sweep;
use crate::measure::verbs::Verb;

/// A result with the machine and the versions that it was measured with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured<R> {
    pub machine: Machine,
    pub results: R,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// When the run began; the same in all files of one run.
    pub run: String,
    /// What one thread's work is timed by.
    pub clock: String,
    pub processor: String,
    pub processors: usize,
    pub memory: String,
    pub kernel: String,
    pub rustc: String,
    pub revision: String,
    /// Of the crate, the peers and the load generator.
    pub versions: Vec<(String, String)>,
}

/// Everything there is; a part that was never measured is missing.
#[derive(Debug, Default)]
pub struct Results {
    pub speed: Option<Measured<Vec<Sample>>>,
    pub stalls: Option<Measured<Vec<Stall>>>,
    /// A part of the stalls, in a file of its own.
    pub verbs: Option<Measured<Vec<Verb>>>,
    pub memory: Option<Measured<Vec<Memory>>>,
    pub sweep: Option<Measured<Sweep>>,
    pub http: Option<Measured<Http>>,
    pub answer: Option<Measured<Answer>>,
    pub redis: Option<Measured<Redis>>,
}

impl Results {
    pub fn load(from: &Path) -> io::Result<Self> {
        Ok(Self {
            speed: load(from, "speed")?,
            stalls: load(from, "stalls")?,
            verbs: load(from, "verbs")?,
            memory: load(from, "memory")?,
            sweep: load(from, "sweep")?,
            http: load(from, "http")?,
            answer: load(from, "answer")?,
            redis: load(from, "redis")?,
        })
    }
}

fn load<R: DeserializeOwned>(from: &Path, part: &str) -> io::Result<Option<Measured<R>>> {
    match std::fs::read(file(from, part)) {
        Ok(text) => {
            let read = serde_json::from_slice(&text);
            let outdated = |error| io::Error::other(format!("{part}.json, of another version? {error}"));
            read.map(Some).map_err(outdated)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub fn save<R: Serialize>(to: &Path, part: &str, machine: &Machine, results: R) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    let measured = Measured { machine: machine.clone(), results };
    std::fs::write(file(to, part), serde_json::to_string_pretty(&measured)? + "\n")
}

fn file(folder: &Path, part: &str) -> PathBuf {
    folder.join(format!("{part}.json"))
}

impl Machine {
    pub fn here(root: &Path, cpu_time: bool) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let dirty = !run(root, "git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
        let revision = run(root, "git", &["rev-parse", "--short", "HEAD"]);
        Self {
            run: run(root, "date", &["-u", "+%Y-%m-%d %H:%M:%S UTC"]),
            clock: if cpu_time { "processor time" } else { "wall time" }.to_owned(),
            processor: field(&read("/proc/cpuinfo"), "model name"),
            processors: std::thread::available_parallelism().map_or(0, Into::into),
            memory: field(&read("/proc/meminfo"), "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: run(root, "rustc", &["--version"]),
            revision: if dirty { format!("{revision}, with changes") } else { revision },
            versions: versions(&read(&root.join("benches/peers/Cargo.lock").to_string_lossy()), root),
        }
    }
}

fn run(root: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(root).output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

const SHOWN: [&str; 11] = [
    "counterfoil",
    "ahash",
    "axum",
    "dashmap",
    "mini-moka",
    "moka",
    "papaya",
    "quick_cache",
    "scc",
    "tokio",
    "tower-sessions-memory-store",
];

fn versions(lock: &str, root: &Path) -> Vec<(String, String)> {
    let mut versions = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("name = ") else { continue };
        let name = name.trim_matches('"');
        if let Some(version) = lines.next().and_then(|line| line.strip_prefix("version = "))
            && SHOWN.contains(&name)
        {
            versions.push((name.to_owned(), version.trim_matches('"').to_owned()));
        }
    }
    let wrk = run(root, "wrk", &["-v"]);
    if let Some(version) = wrk.split_whitespace().nth(1) {
        versions.push(("wrk".to_owned(), version.to_owned()));
    }
    versions
}
