//! Connections that are refused are told so, if there are few of them at a time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// As many are told at once; the rest is closed without a word, which costs next to nothing.
const TOLD: usize = 32;
/// How long telling one may take.
const TIME: Duration = Duration::from_millis(500);
const ANSWER: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\n\
    content-type: application/json\r\ncache-control: no-store\r\nretry-after: 1\r\nconnection: close\r\n\
    content-length: 100\r\n\r\n\
    {\"code\":\"TOO_MANY_CONNECTIONS\",\"error\":\"Too many connections from one address; close some of them.\"}";

/// Tells connections that there is no room.
#[derive(Debug, Clone)]
pub(super) struct TurnedAway(Arc<Semaphore>);

impl TurnedAway {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(TOLD)))
    }

    /// Closes a connection, with a response if there is room for telling.
    pub(super) fn turn(&self, stream: TcpStream) {
        if let Ok(permit) = self.0.clone().try_acquire_owned() {
            tokio::spawn(async move {
                let _ = timeout(TIME, tell(stream)).await;
                drop(permit);
            });
        }
    }
}

/// Reads before it closes: a connection that is closed with unread data is reset, and the response lost with it.
async fn tell(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(ANSWER).await?;
    stream.shutdown().await?;
    let mut discarded = [0; 1024];
    while stream.read(&mut discarded).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_as_long_as_it_says() {
        let text = str::from_utf8(ANSWER).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], "TOO_MANY_CONNECTIONS");
    }
}
