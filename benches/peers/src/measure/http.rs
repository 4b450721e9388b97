//! Requests a second of the example server's poll endpoint, beside handlers that answer a constant.
//!
//! wrk makes the load, on the same machine; the servers take turns. The constant ones (`constant/main.rs`) listen at the
//! same path and answer the same body: within the example server's own limits, log and measurements, or on axum alone;
//! without looking at the request, or after reading its JSON.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const SERVER: &str = "example server, poll";
pub const CONSTANT: &str = "example server, constant";
pub const CONSTANT_JSON: &str = "example server, constant, JSON read";
pub const BARE_JSON: &str = "axum alone, constant, JSON read";
/// The constant handlers, and how each is asked for.
pub const CONSTANTS: [(&str, &[&str]); 4] = [
    (CONSTANT, &["limited"]),
    (CONSTANT_JSON, &["limited", "json"]),
    ("axum alone, constant", &["bare"]),
    (BARE_JSON, &["bare", "json"]),
];

pub const KEY: &str = "a-secret-server-key-for-the-benchmark";
const PATH: &str = "/api/v1/auth/cli/poll";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Http {
    pub sessions: usize,
    pub connections: usize,
    pub seconds: u64,
    pub load: String,
    pub servers: Vec<Rate>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rate {
    pub server: String,
    pub per_second: Vec<f64>,
    pub p99_us: Vec<f64>,
}

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub rounds: usize,
    pub seconds: u64,
    pub sessions: usize,
}

/// A server that ends with the measurement.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// The bytes of its memory that are resident.
    pub fn resident(&self) -> io::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kilobytes = line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
        kilobytes.map(|kilobytes| kilobytes * 1024.0).ok_or_else(|| io::Error::other("no VmRSS"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only the one that was started here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn start(command: &mut Command) -> io::Result<Server> {
    // The constant answers would be logged, since they are not known to be frequent.
    let mut child = command.env("RUST_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let mut server = Server { child, address: String::new() };
    let mut reader = BufReader::new(output);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on http://");
    server.address = address.ok_or_else(|| io::Error::other(format!("not an address: {line}")))?.to_owned();
    // What else it prints is let through, so that it never blocks.
    std::thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
    Ok(server)
}

/// Where the servers are.
#[derive(Debug, Clone)]
pub struct Servers {
    pub example: PathBuf,
    pub constant: PathBuf,
}

impl Servers {
    /// Builds both, optimized alike.
    pub fn build(root: &Path) -> io::Result<Self> {
        let target = root.join("benches/peers/target/server");
        build(root, &target, &["--profile", "bench", "--features", "axum", "--example", "server"])?;
        build(&root.join("benches/peers"), &target, &["--release", "--bin", "constant"])?;
        let built = target.join("release");
        Ok(Self { example: built.join("examples/server"), constant: built.join("constant") })
    }
}

fn build(folder: &Path, target: &Path, what: &[&str]) -> io::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.arg("build").args(what).arg("--target-dir").arg(target).current_dir(folder);
    if cargo.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("cargo build {} fails in {}", what.join(" "), folder.display())))
    }
}

pub fn measure(servers: &Servers, load: &Load, mut step: impl FnMut()) -> io::Result<Http> {
    let mut running = vec![start(Command::new(&servers.example).args([
        "--listen",
        "127.0.0.1:0",
        "--secret-server-key",
        KEY,
        // Polls as fast as they come are what is measured here.
        "--poll-interval",
        "0",
    ]))?];
    let script = script(&running[0].address, load.sessions)?;
    for (_, how) in CONSTANTS {
        running.push(start(Command::new(&servers.constant).args(how))?);
    }
    let names = [SERVER].into_iter().chain(CONSTANTS.map(|(name, _)| name));
    let rate = |name: &str| Rate { server: name.to_owned(), per_second: Vec::new(), p99_us: Vec::new() };
    let mut rates: Vec<Rate> = names.map(rate).collect();
    let connections = 32;
    // One unmeasured second each, to warm up.
    for server in &running {
        wrk(&server.address, &script, connections, 1)?;
    }
    for _ in 0..load.rounds {
        for (server, rate) in running.iter().zip(&mut rates) {
            let (per_second, p99) = wrk(&server.address, &script, connections, load.seconds)?;
            rate.per_second.push(per_second);
            rate.p99_us.push(p99);
            step();
        }
    }
    Ok(Http {
        sessions: load.sessions,
        connections,
        seconds: load.seconds,
        load: "wrk, 1 thread".to_owned(),
        servers: rates,
    })
}

/// Begins the sessions, and writes what wrk is to send.
fn script(address: &str, sessions: usize) -> io::Result<PathBuf> {
    let mut bodies = String::new();
    for _ in 0..sessions {
        let answer = post(address, "/api/v1/auth/cli", "{}")?;
        let answer: Value = serde_json::from_str(&answer)?;
        let code = answer["polling_code"].as_str().ok_or_else(|| io::Error::other("no polling code"))?;
        bodies.push_str(&format!("  '{{\"polling_code\":\"{code}\"}}',\n"));
    }
    // Requests are formatted once; wrk reports errors of its own and answers that are not 2xx.
    let text = format!(
        r#"local bodies = {{
{bodies}}}
local requests, at = {{}}, 0
init = function()
  local headers = {{ ["Content-Type"] = "application/json", ["x-stack-project-id"] = "internal",
    ["x-stack-secret-server-key"] = "{KEY}" }}
  for i, body in ipairs(bodies) do requests[i] = wrk.format("POST", "{PATH}", headers, body) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d", summary.requests, summary.duration, latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"#
    );
    let path = std::env::temp_dir().join(format!("counterfoil-wrk-{}.lua", std::process::id()));
    std::fs::write(&path, text)?;
    Ok(path)
}

/// Requests a second, and the p99 in microseconds.
fn wrk(address: &str, script: &Path, connections: usize, seconds: u64) -> io::Result<(f64, f64)> {
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"])
        .arg(script)
        .arg(format!("http://{address}"))
        .output()
        .map_err(|error| io::Error::other(format!("wrk (Debian's package of that name): {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT ")).unwrap_or_default();
    let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [requests, micros, p99, 0.0] if requests > 0.0 => Ok((requests * 1e6 / micros, p99)),
        [_, _, _, errors] => Err(io::Error::other(format!("{errors} answers were errors"))),
        _ => Err(io::Error::other(format!("wrk said: {text}"))),
    }
}

fn post(address: &str, path: &str, body: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         x-stack-project-id: internal\r\nx-stack-secret-server-key: {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        _ => Err(io::Error::other(format!("the server answered: {answer}"))),
    }
}
