//! The example server, started as a document says.

use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Ended when the last copy is dropped.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: String,
    /// What it has printed, or was given.
    pub(crate) client_key: String,
    pub(crate) secret_key: String,
    pub(crate) user_token: String,
    _child: Arc<Child>,
}

impl Server {
    pub(crate) async fn start(arguments: &[String]) -> Self {
        let mut command = Command::new(crate::binary("server"));
        command.args(arguments).args(["--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        // That is its last line.
        while !printed.last().is_some_and(|line: &String| line.contains("What is where")) {
            printed.push(lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended after {printed:?}")));
        }
        let given = |flag: &str| arguments.iter().skip_while(|own| *own != flag).nth(1).cloned();
        let line =
            |words: &str| printed.iter().find_map(|line| line.split_once(words)).map(|(_, rest)| rest.to_owned());
        Self {
            address: line("listening on http://").expect("no address"),
            client_key: given("--publishable-client-key").or_else(|| line("publishable client key: ")).expect("no key"),
            secret_key: given("--secret-server-key").or_else(|| line("secret server key: ")).expect("no key"),
            user_token: line("refresh token of a signed-in user: ").expect("no token"),
            _child: Arc::new(child),
        }
    }

    /// Returns the answer, head and body.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)).await
    }

    /// A request of the documented dialect. Returns its answer, head and body.
    pub(crate) async fn post(&self, path: &str, body: &str) -> String {
        let request = format!(
            "POST /api/v1/auth/cli{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             x-stack-project-id: internal\r\nx-stack-publishable-client-key: {}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            self.client_key,
            body.len(),
        );
        self.ask(&request).await
    }

    async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        answer
    }
}
