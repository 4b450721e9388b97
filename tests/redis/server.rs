//! Real servers, each on a free port of the loopback, in a directory of its own, stopped when it is dropped.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A server of the tests' own.
pub(crate) struct Server {
    pub(crate) port: u16,
    dir: PathBuf,
    args: Vec<String>,
    /// Whether all settings are in a file.
    of_file: bool,
    password: Option<String>,
    child: Option<Child>,
}

/// The program: of the variable, of the path, or of the system's packages.
fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Ok(named) = std::env::var("COUNTERFOIL_REDIS_SERVER") {
            return named;
        }
        let runs = |name: &&str| {
            Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        };
        let found = ["redis-server", "valkey-server"].iter().find(|name| runs(name)).map(|name| (*name).to_owned());
        found.unwrap_or_else(|| {
            // The package's own service must not start.
            let install =
                "apt-get update -q && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -yq redis-server";
            let _ = Command::new("sh").args(["-c", install]).stdout(Stdio::null()).status();
            assert!(
                runs(&"redis-server"),
                "these tests need Redis or Valkey: install `redis-server` (Debian: apt-get install redis-server), or \
                 name a binary in COUNTERFOIL_REDIS_SERVER. A running server in COUNTERFOIL_REDIS_URL serves those \
                 that change nothing in one (conformance, refusals, parts of network and carried); the others start \
                 and stop servers of their own, and need the binary"
            );
            "redis-server".to_owned()
        })
    })
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts a server with these settings besides its own.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::try_start(args).expect("the server starts")
    }

    /// `None` if the server does not know one of the settings.
    pub(crate) fn try_start(args: &[&str]) -> Option<Self> {
        let mut server = Self::new(args);
        server.run().then_some(server)
    }

    /// Starts a Sentinel with these lines in its file.
    pub(crate) fn sentinel(lines: &str) -> Self {
        let mut server = Self::new(&[]);
        let file = server.dir.join("sentinel.conf");
        let (port, dir) = (server.port, server.dir.display());
        fs::write(&file, format!("port {port}\nbind 127.0.0.1\ndir {dir}\n{lines}")).unwrap();
        server.args = vec![file.to_str().unwrap().to_owned(), "--sentinel".to_owned()];
        server.of_file = true;
        server.restart();
        server
    }

    fn new(args: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let port = free_port();
        let name = format!("counterfoil-redis-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        let password = args.iter().position(|arg| *arg == "--requirepass").map(|at| args[at + 1].to_owned());
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { port, dir, args, of_file: false, password, child: None }
    }

    /// Starts it again, with what it has on its disk.
    pub(crate) fn restart(&mut self) {
        assert!(self.run(), "the server starts");
    }

    /// Returns whether it runs, and has not refused its settings.
    fn run(&mut self) -> bool {
        let mut command = Command::new(program());
        if !self.of_file {
            command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]);
            command.arg(&self.dir);
        }
        command.args(&self.args).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        let mut child = command.spawn().expect("the server starts");
        let started = Instant::now();
        while self.cli(&["ping"]).trim() != "PONG" {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "the server does not answer");
            thread::sleep(Duration::from_millis(20));
        }
        self.child = Some(child);
        true
    }

    /// Stops it where it is, with all its connections open, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        let signal = if frozen { "-STOP" } else { "-CONT" };
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// How often it has told an error of that name.
    pub(crate) fn errors(&self, name: &str) -> u64 {
        let info = self.cli(&["info", "errorstats"]);
        let line = info.lines().find_map(|line| line.strip_prefix(&format!("errorstat_{name}:count=")));
        line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
    }

    /// How often a command was called.
    pub(crate) fn calls(&self, command: &str) -> usize {
        let info = self.cli(&["info", "commandstats"]);
        let line = info.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As the tests themselves speak to it.
    fn own_url(&self) -> String {
        let login = self.password.as_ref().map_or(String::new(), |password| format!(":{password}@"));
        format!("redis://{login}127.0.0.1:{}", self.port)
    }

    /// Runs a command of the server's. Returns what it printed.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        command(&self.own_url(), args).unwrap_or_default()
    }
}

impl Server {
    /// The keys of a pattern.
    pub(crate) fn keys(&self, pattern: &str) -> Vec<String> {
        let client = redis::Client::open(self.own_url()).unwrap();
        redis::cmd("KEYS").arg(pattern).query(&mut client.get_connection().unwrap()).unwrap()
    }

    /// Keys of a slot of a cluster.
    pub(crate) fn slot_keys(&self, slot: &str) -> Vec<String> {
        let client = redis::Client::open(self.own_url()).unwrap();
        let mut command = redis::cmd("CLUSTER");
        command.arg("GETKEYSINSLOT").arg(slot).arg(100).query(&mut client.get_connection().unwrap()).unwrap()
    }

    /// All files that it has written.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut dirs = vec![self.dir.clone()];
        let mut files = Vec::new();
        while let Some(dir) = dirs.pop() {
            for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() { dirs.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

/// One command in its own connection, and what came back, without its framing where that is simple.
fn command(url: &str, args: &[&str]) -> Option<String> {
    let client = redis::Client::open(url).ok()?;
    let mut connection = client.get_connection_with_timeout(Duration::from_secs(5)).ok()?;
    let mut command = redis::cmd(args[0]);
    args[1..].iter().for_each(|arg| _ = command.arg(*arg));
    Some(match command.query::<redis::Value>(&mut connection) {
        Ok(redis::Value::BulkString(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(redis::Value::SimpleString(text)) => text,
        Ok(redis::Value::Okay) => "OK".to_owned(),
        Ok(redis::Value::Int(number)) => number.to_string(),
        Ok(redis::Value::Nil) => String::new(),
        Ok(other) => format!("{other:?}"),
        Err(error) => error.to_string(),
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The server that tests share which need nothing special: one for the process, and it ends with the last of them.
/// `COUNTERFOIL_REDIS_URL` names one that runs; tests that kill a server, or set it up, start their own all the same.
pub(crate) fn shared() -> String {
    static SHARED: OnceLock<String> = OnceLock::new();
    if let Ok(url) = std::env::var("COUNTERFOIL_REDIS_URL") {
        return url;
    }
    SHARED
        .get_or_init(|| {
            let server = Server::start(&["--appendonly", "no"]);
            let url = server.url();
            stop_at_exit(&server);
            std::mem::forget(server);
            url
        })
        .clone()
}

/// Statics are not dropped: a helper waits for this process to end, and then stops the server.
fn stop_at_exit(server: &Server) {
    let Some(child) = &server.child else { return };
    let watch = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.2; done; kill {}; rm -rf '{}'",
        std::process::id(),
        child.id(),
        server.dir.display()
    );
    let _ = Command::new("sh").args(["-c", &watch]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
