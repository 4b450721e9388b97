//! A proxy before a server that swallows one reply: the server has done what it was told, and nobody hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Counts replies down, and cuts the connection instead of the one that it was told of.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// Replies until the swallowed one; negative: none is.
    left: Arc<AtomicI64>,
    /// Whether nobody gets through any more once a reply was swallowed.
    for_good: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port_here = listener.local_addr().unwrap().port();
        let proxy = Self { port: port_here, left: Arc::new(AtomicI64::new(-1)), for_good: Arc::default() };
        let (left, for_good) = (proxy.left.clone(), proxy.for_good.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if for_good.load(Ordering::SeqCst) && left.load(Ordering::SeqCst) < 0 {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(pass(client, server, left.clone()));
            }
        });
        proxy
    }

    /// Swallows the reply after so many others.
    pub(crate) fn swallow(&self, after: i64) {
        self.left.store(after, Ordering::SeqCst);
    }

    /// Swallows the next reply and all after it, or lets everybody through again.
    pub(crate) fn close(&self, closed: bool) {
        self.for_good.store(closed, Ordering::SeqCst);
        self.left.store(if closed { 0 } else { -1 }, Ordering::SeqCst);
    }

    /// Whether there was such a reply. Disarms.
    pub(crate) fn has_swallowed(&self) -> bool {
        self.left.swap(-1, Ordering::SeqCst) < 0
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

async fn pass(client: TcpStream, server: TcpStream, left: Arc<AtomicI64>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async move {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    let replies = async move {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count) = from_server.read(&mut bytes).await {
            if count == 0 || left.load(Ordering::SeqCst) >= 0 && left.fetch_sub(1, Ordering::SeqCst) == 0 {
                return;
            }
            if to_client.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = requests => {} () = replies => {} }
}
