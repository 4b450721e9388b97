//! Every command that the documents show is run, as a person would who copies it: the example server, and against it
//! the example tool and `curl`. What is added is a free port, the key and the code that were printed, and an approval.
//!
//! A command that this cannot run has to be named in `LEFT_OUT`, with a reason. In a binary of its own, since it builds
//! and runs the examples, and needs both sides' features.
#![cfg(all(feature = "axum", feature = "client"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod browser;
mod dashboard;
mod documents;
mod front;
mod links;
mod server;
mod targets;
mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use documents::{Shown, Step};
use server::Server;
use tokio::process::Command;
use tokio::time::timeout;

/// More than any of them takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// Commands that are not run here, and why.
const LEFT_OUT: [(&str, &str); 4] = [
    ("cargo test --all-features", "runs this test; `.ci/run` takes it from the README, word for word"),
    ("cargo run --release --manifest-path benches/peers/Cargo.toml", "half an hour, in a workspace of its own"),
    ("cargo run --release --manifest-path benches/peers/Cargo.toml -- --report-only", "the same workspace"),
    ("cargo run --features axum,redis --example two_servers", "needs a server of Redis; `tests/redis` runs it"),
];

#[tokio::test]
async fn every_command_of_the_documents_runs() {
    build().await;
    let mut left_out = BTreeSet::new();
    let mut run = 0;
    for (file, steps) in documents::all() {
        // A server is there for the commands that follow in the same document.
        let mut server = None;
        let mut printed = String::new();
        let folder = Folder::new();
        for step in steps {
            let command = match step {
                Step::Command(command) => command,
                Step::Prints(pattern) => {
                    assert!(fits(&pattern, printed.trim()), "{file}: expected {pattern}, not {printed}");
                    continue;
                }
                Step::Approval => {
                    let link = fs::read_to_string(folder.0.join("login.json")).unwrap_or_default();
                    timeout(LONG, browser::approves(&link, started(server.as_ref()))).await.expect("the browser hangs");
                    continue;
                }
            };
            if let Some((command, _)) = LEFT_OUT.iter().find(|(name, _)| *name == command) {
                left_out.insert(*command);
                continue;
            }
            println!("{file}: {command}");
            let shown = Shown::read(&command).unwrap_or_else(|error| panic!("{file}: {command}: {error}"));
            let followed = timeout(LONG, follow(shown, &mut server, &folder)).await;
            printed = followed.unwrap_or_else(|_| panic!("{file}: {command} hangs"));
            run += 1;
        }
    }
    assert_eq!(left_out.len(), LEFT_OUT.len(), "one is no longer shown, only {left_out:?}");
    assert!(run >= 8, "{run} commands were found, fewer than the documents have");
}

fn started(server: Option<&Server>) -> &Server {
    server.expect("no server was started before this")
}

/// Returns what was printed.
async fn follow(shown: Shown, server: &mut Option<Server>, folder: &Folder) -> String {
    match shown {
        Shown::Example { name, arguments } if arguments.iter().any(|argument| argument == "--help") => {
            let help = output(&name, &arguments).await;
            assert!(help.contains("Usage"), "{name} has no help");
            help
        }
        Shown::Example { name, arguments } if name == "server" => {
            *server = Some(Server::start(&arguments).await);
            String::new()
        }
        Shown::Example { name, arguments } if name == "cli" => {
            tool::logs_in(&arguments, started(server.as_ref())).await
        }
        Shown::Example { name, arguments } => {
            let printed = output(&name, &arguments).await;
            assert!(!printed.is_empty(), "{name} says nothing");
            printed
        }
        Shown::Curl(command) => tool::curl(&command, started(server.as_ref()), &folder.0).await,
    }
}

/// A folder for the files that a document's commands leave.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("counterfoil-commands-{}-{made}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether the text is the pattern, in which `…` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[test]
fn a_pattern_fits_what_it_says() {
    for (pattern, text, expected) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a…c", "abc", true),
        ("a…c", "abcd", false),
        ("a…b…c", "a-b-c", true),
        ("a…b…c", "a-c", false),
        ("…", "", true),
    ] {
        assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
    }
}

/// Runs an example to its end.
async fn output(name: &str, arguments: &[String]) -> String {
    ended(Command::new(binary(name)).args(arguments).stdin(Stdio::null()).output().await.unwrap())
}

fn ended(output: Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Builds the examples, as they are now. If all tests are run, they are there already.
async fn build() {
    let profile = if folder().ends_with("release") { "release" } else { "test" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--profile", profile, "--all-features", "--examples", "--target-dir"]);
    cargo.arg(folder().parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    ended(cargo.output().await.unwrap());
}

fn binary(name: &str) -> PathBuf {
    folder().join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

/// The profile's folder. The tests lie in one of its own.
fn folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}
