//! The program as a process, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::Value;

pub(crate) const SECRET: &str = "ssk-that-must-not-show";
pub(crate) const PUBLISHABLE: &str = "pck-that-must-not-show";

/// A file for one test.
pub(crate) struct TempFile(pub(crate) PathBuf);

impl TempFile {
    pub(crate) fn new(text: &str) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("counterfoil-server-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The program with these variables and no others.
pub(crate) fn program(variables: &[(&str, &str)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_counterfoil-server"));
    program.env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    program
}

/// A program that serves.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    pub(crate) metrics: String,
    /// What it has logged.
    log: Option<JoinHandle<String>>,
}

impl Running {
    /// Starts it, and waits until it is ready.
    pub(crate) fn start(config: &Path) -> Self {
        let mut program = program(&[("COUNTERFOIL_LOG_FILTER", "trace")]);
        program.arg("--config").arg(config).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let (mut text, mut metrics) = (String::new(), String::new());
        let address = loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it has ended: {text}");
            text += &line;
            let address = line.split("address=").nth(1).map(|rest| rest.split_whitespace().next().unwrap().to_owned());
            match address {
                Some(address) if line.contains("serving metrics") => metrics = address,
                Some(address) if line.contains("ready") => break address,
                _ => {}
            }
        };
        let log = thread::spawn(move || {
            let _ = lines.read_to_string(&mut text);
            text
        });
        Self { child, address, metrics, log: Some(log) }
    }

    /// Asks it to end. Nothing of it is read or waited for.
    pub(crate) fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits for its end, which is in order. Returns what it has logged and printed.
    pub(crate) fn ended(mut self) -> (String, String) {
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        let status = self.child.wait().unwrap();
        let log = self.log.take().unwrap().join().unwrap();
        assert!(status.success(), "{status}: {log}");
        (log, printed)
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        Answer::read(Self::sent(&self.address, &Self::request("POST", &self.address, path, headers, body)))
    }

    pub(crate) fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::read(Self::sent(address, &Self::request("GET", address, path, headers, "")))
    }

    /// The text of a request.
    fn request(method: &str, address: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = lines.concat();
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\
             {headers}\r\n{body}"
        )
    }

    /// Sends a poll that waits, in one with a request before it.
    pub(crate) fn send_waiting_poll(&self, body: &str) -> TcpStream {
        let first = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        let headers = [&tool()[..], &[("prefer", "wait=20")]].concat();
        let poll = Self::request("POST", &self.address, "/api/v1/auth/cli/poll", &headers, body);
        Self::sent(&self.address, &(first + &poll))
    }

    fn sent(address: &str, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer, its body as JSON (`null` where it is none).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        let (head, text) = all.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {all}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, body: serde_json::from_str(text).unwrap_or_default(), text: text.to_owned() }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn text_of(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {self:?}")).to_owned()
    }
}

/// The headers of your site's server, and those of a tool.
pub(crate) fn site() -> [(&'static str, &'static str); 3] {
    [("content-type", "application/json"), ("x-stack-project-id", "internal"), ("x-stack-secret-server-key", SECRET)]
}

pub(crate) fn tool() -> [(&'static str, &'static str); 3] {
    let key = ("x-stack-publishable-client-key", PUBLISHABLE);
    [("content-type", "application/json"), ("x-stack-project-id", "internal"), key]
}
