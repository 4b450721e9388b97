//! The engine over Redis, beside a bare `GET` on a connection of the same kind.
//!
//! Measured by a program of the crate's own (`benches/redis`), since it needs the crate's feature, a runtime and a server:
//! here it is built, run, and its line read.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Redis {
    pub server: String,
    pub pending: Vec<Pending>,
    pub logins_a_minute: f64,
    /// Microseconds of the server's processor for one of these logins; results of an earlier program have none of these.
    #[serde(default)]
    pub login_server_us: Option<f64>,
    /// The same of the program's.
    #[serde(default)]
    pub login_program_us: Option<f64>,
    /// Microseconds of the server's processor for one pending poll, of many at once.
    #[serde(default)]
    pub poll_server_us: Option<f64>,
    /// Microseconds of the server's processor for a login's place on the account of its tenant.
    #[serde(default)]
    pub account_us: Option<f64>,
    /// From an approval in one store to the answer of a wait in another.
    pub approval_ms: f64,
    pub pending_bytes: f64,
    pub completed_bytes: f64,
    pub remembered_bytes: f64,
    /// The same three of a login as the RFC 8628 dialect begins it; results of an earlier program have none.
    #[serde(default)]
    pub device_bytes: Option<[f64; 3]>,
    pub waiters: usize,
    pub waiter_bytes: f64,
    pub subscriptions: usize,
    /// As `approval_ms`, while all of them wait.
    pub crowded_ms: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pending {
    pub tasks: usize,
    pub get_us: f64,
    pub poll_us: f64,
}

/// Builds the program, which takes minutes, and runs it.
pub fn measure(root: &Path, quick: bool) -> io::Result<Redis> {
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--bench", "redis", "--features", "redis", "--target-dir"]);
    cargo.arg(root.join("benches/peers/target/server")).current_dir(root);
    if quick {
        cargo.args(["--", "--quick"]);
    }
    let output = cargo.stderr(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.starts_with('{'));
    let line =
        line.filter(|_| output.status.success()).ok_or_else(|| io::Error::other("cargo bench --bench redis fails"))?;
    Ok(serde_json::from_str(line)?)
}
