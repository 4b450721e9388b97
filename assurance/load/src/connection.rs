//! One connection to a server, kept alive; enough of HTTP/1.1 for its answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// The answer did not come: what was asked may have been done.
#[derive(Debug, Clone, Copy)]
pub struct Lost;

pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The text of a JSON member.
    pub fn text(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("\"{name}\":\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    }
}

pub struct Connection {
    from: Ipv4Addr,
    to: SocketAddr,
    stream: Option<TcpStream>,
}

/// A connection from an address of the loopback network.
pub fn connect(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect_timeout(&to.into(), Duration::from_secs(3))?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(15)))?;
    stream.set_write_timeout(Some(Duration::from_secs(15)))?;
    Ok(stream)
}

impl Connection {
    pub fn new(from: Ipv4Addr, to: SocketAddr) -> Self {
        Self { from, to, stream: None }
    }

    pub fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer, Lost> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.from, self.to).map_err(|_| Lost)?,
        };
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\n{headers}\r\n{body}", self.to);
        stream.write_all(request.as_bytes()).map_err(|_| Lost)?;
        let (answer, close) = read(&mut stream).ok_or(Lost)?;
        if !close {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read(stream: &mut TcpStream) -> Option<(Answer, bool)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::trim);
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head + length {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
    let body = String::from_utf8_lossy(&bytes[head..head + length]).into_owned();
    Some((Answer { status, body }, header("connection") == Some("close")))
}
