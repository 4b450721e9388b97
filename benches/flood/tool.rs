//! The tool: polls its login, each time on a new connection.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::PATIENCE;

/// Another address than the attacker's.
const SOURCE: &str = "127.0.0.2:0";
/// The time between two polls.
const PAUSE: Duration = Duration::from_millis(2);

pub(crate) struct Tool {
    server: SocketAddr,
    poll: String,
}

/// How long polls took.
pub(crate) struct Times {
    pub(crate) median: Duration,
    pub(crate) worst: Duration,
    pub(crate) answered: usize,
    pub(crate) unanswered: usize,
}

impl Tool {
    /// Begins a login.
    pub(crate) fn begin(server: SocketAddr) -> Self {
        let answer = ask(server, &request("", "{}")).unwrap();
        let (_, rest) = answer.split_once(r#""polling_code":""#).unwrap();
        let (code, _) = rest.split_once('"').unwrap();
        Self { server, poll: request("/poll", &format!(r#"{{"polling_code":"{code}"}}"#)) }
    }

    /// Polls for so long, and for as long as `longer` says.
    pub(crate) fn poll_for(&self, time: Duration, longer: impl Fn() -> bool) -> Times {
        let began = Instant::now();
        let (mut took, mut unanswered) = (Vec::new(), 0);
        while began.elapsed() < time || (longer() && began.elapsed() < time * 4) {
            let asked = Instant::now();
            match ask(self.server, &self.poll) {
                Ok(answer) if answer.starts_with("HTTP/1.1 201") => {}
                _ => unanswered += 1,
            }
            took.push(asked.elapsed());
            std::thread::sleep(PAUSE);
        }
        took.sort_unstable();
        let worst = took.last().copied().unwrap_or_default();
        Times { median: took[took.len() / 2], worst, answered: took.len() - unanswered, unanswered }
    }
}

fn request(path: &str, body: &str) -> String {
    format!(
        "POST /api/v1/auth/cli{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-stack-project-id: internal\r\n\
         x-stack-publishable-client-key: pck\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ask(server: SocketAddr, request: &str) -> io::Result<String> {
    let mut socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SOURCE.parse::<SocketAddr>().unwrap().into())?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect_timeout(&server.into(), PATIENCE)?;
    socket.write_all(request.as_bytes())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}
