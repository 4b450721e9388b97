//! A proxy that speaks Redis' protocol: it answers some commands with an error in the server's place.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

/// Refuses what it is told to refuse, and passes all else on, one command after the other.
pub(crate) struct Refuser {
    port: u16,
    orders: Arc<Mutex<Orders>>,
}

#[derive(Default)]
struct Orders {
    line: String,
    /// Commands that pass before.
    pass: usize,
    /// Commands that are refused then.
    refuse: usize,
    refused: usize,
}

impl Refuser {
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let orders = Arc::new(Mutex::new(Orders::default()));
        let shared = orders.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(pass(client, server, shared.clone()));
            }
        });
        Self { port: here, orders }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Of the commands that come from now on, so many pass, and so many after them are answered with that error. Those
    /// that make a connection, and looks at the settings, pass and are not counted.
    pub(crate) fn refuse(&self, line: &str, pass: usize, refuse: usize) {
        *self.orders.lock().unwrap() = Orders { line: line.to_owned(), pass, refuse, refused: 0 };
    }

    /// Commands that were refused since. Refuses no more.
    pub(crate) fn refused(&self) -> usize {
        let mut orders = self.orders.lock().unwrap();
        orders.refuse = 0;
        orders.refused
    }
}

/// What to answer in the server's place, if that is due.
fn refusal(orders: &Mutex<Orders>, command: &[u8]) -> Option<String> {
    let name: Vec<_> = command.split(|byte| *byte == b'\n').nth(2)?.to_ascii_uppercase();
    if ["CLIENT", "HELLO", "INFO", "PING", "SELECT", "AUTH"].iter().any(|other| name.starts_with(other.as_bytes())) {
        return None;
    }
    let mut orders = orders.lock().unwrap();
    if orders.pass > 0 {
        orders.pass -= 1;
        return None;
    }
    orders.refuse = orders.refuse.checked_sub(1)?;
    orders.refused += 1;
    Some(format!("-{}\r\n", orders.line))
}

async fn pass(client: TcpStream, server: TcpStream, orders: Arc<Mutex<Orders>>) {
    let (from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let (mut from_client, mut from_server) = (BufReader::new(from_client), BufReader::new(from_server));
    while let Some(command) = frame(&mut from_client).await {
        let answer = match refusal(&orders, &command) {
            Some(line) => line.into_bytes(),
            None => {
                if to_server.write_all(&command).await.is_err() {
                    return;
                }
                let Some(answer) = frame(&mut from_server).await else { return };
                answer
            }
        };
        if to_client.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// One value of the protocol (RESP2), as it came. `None` at the end.
async fn frame(from: &mut BufReader<OwnedReadHalf>) -> Option<Vec<u8>> {
    let (mut out, mut left) = (Vec::new(), 1);
    while left > 0 {
        left -= 1;
        let start = out.len();
        if from.read_until(b'\n', &mut out).await.ok()? == 0 {
            return None;
        }
        let line = std::str::from_utf8(&out[start..]).ok()?.trim_end();
        let number = line.get(1..).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0);
        match (line.as_bytes().first()?, usize::try_from(number)) {
            (b'*', Ok(items)) => left += items,
            (b'$', Ok(length)) => {
                let from_here = out.len();
                out.resize(from_here + length + 2, 0);
                from.read_exact(&mut out[from_here..]).await.ok()?;
            }
            _ => {}
        }
    }
    Some(out)
}
