//! Every command that the documents show is run, as a person would who copies it: the example server, and against it
//! the example tool and `curl`. What is added is a free port, the key and the code that were printed, and an approval.
//!
//! A command that this cannot run has to be named in `LEFT_OUT`, with a reason. In a binary of its own, since it builds
//! and runs the examples, and needs both sides' features.
#![cfg(all(feature = "axum", feature = "client"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod documents;
mod server;
mod tool;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use documents::Shown;
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
    ("cargo bench --bench redis --features redis", "optimized as a whole, which takes minutes"),
];

#[tokio::test]
async fn every_command_of_the_documents_runs() {
    build().await;
    let mut left_out = BTreeSet::new();
    let mut run = 0;
    for (file, commands) in documents::all() {
        // A server is there for the commands that follow in the same document.
        let mut server = None;
        for command in commands {
            if let Some((command, _)) = LEFT_OUT.iter().find(|(name, _)| *name == command) {
                left_out.insert(*command);
                continue;
            }
            println!("{file}: {command}");
            let shown = Shown::read(&command).unwrap_or_else(|error| panic!("{file}: {command}: {error}"));
            timeout(LONG, follow(shown, &mut server)).await.unwrap_or_else(|_| panic!("{file}: {command} hangs"));
            run += 1;
        }
    }
    assert_eq!(left_out.len(), LEFT_OUT.len(), "one is no longer shown, only {left_out:?}");
    assert!(run >= 8, "{run} commands were found, fewer than the documents have");
}

async fn follow(shown: Shown, server: &mut Option<Server>) {
    let started = |server: &Option<Server>| server.clone().expect("no server was started before this command");
    match shown {
        Shown::Example { name, arguments } if arguments.iter().any(|argument| argument == "--help") => {
            assert!(output(&name, &arguments).await.contains("Usage"), "{name} has no help");
        }
        Shown::Example { name, arguments } if name == "server" => *server = Some(Server::start(&arguments).await),
        Shown::Example { name, arguments } if name == "cli" => tool::logs_in(&arguments, &started(server)).await,
        Shown::Example { name, arguments } => {
            assert!(!output(&name, &arguments).await.is_empty(), "{name} says nothing");
        }
        Shown::Curl(command) => tool::curl(&command, &started(server)).await,
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
