//! A server in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use axum::Router;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store, serve};

/// The soft limit on open files that most systems set.
const FILES: u64 = 1024;

/// What serves the routes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `axum::serve`.
    Axum,
    /// `counterfoil::axum::serve`.
    Ours,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum::serve",
            Self::Ours => "counterfoil::axum::serve",
        }
    }

    /// The server that this process is to be.
    pub(crate) fn asked(args: &[String]) -> Option<Self> {
        [Self::Axum, Self::Ours].into_iter().find(|kind| args.iter().any(|arg| arg == kind.name()))
    }
}

/// Serves until standard input ends.
#[tokio::main]
pub(crate) async fn serve_until_input_ends(kind: Kind) {
    let (_, hard) = rlimit::Resource::NOFILE.get().unwrap();
    rlimit::Resource::NOFILE.set(FILES, hard).unwrap();
    let store = Store::builder().build().unwrap();
    let access = StaticAccess::new().project("internal", "ssk", "pck");
    let app: Router = Routes::new(store, access, StaticTokens::new()).router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let (sender, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        let _ = sender.send(());
    });
    match kind {
        Kind::Axum => tokio::select! {
            _ = axum::serve(listener, app).into_future() => {}
            _ = ended => {}
        },
        Kind::Ours => {
            serve(listener, app).with_graceful_shutdown(async { drop(ended.await) }).await;
        }
    }
}

/// A server's process, until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Running {
    pub(crate) fn start(kind: Kind) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg(kind.name()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().parse().unwrap(), child }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
