//! A proxy before a server, and what goes wrong on the way: a reply that is lost or late, a connection that nobody hears
//! anything over any more, a reply that comes a second time, another server behind the same address.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Passes all on, but for what it was told of.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    faults: Arc<Faults>,
}

struct Faults {
    /// Where new connections lead.
    target: AtomicU16,
    /// Milliseconds that replies are late.
    late: AtomicU64,
    /// Replies until the swallowed one; negative: none is.
    left: AtomicI64,
    /// Whether the connection of the swallowed one stays open, and nothing comes over it any more.
    silent: AtomicBool,
    /// Whether nobody gets through any more once a reply was swallowed.
    for_good: AtomicBool,
    /// Connections that were made before the last freeze are dead, and stay open.
    freezes: AtomicU64,
    /// Whether the last reply comes once more, before the next one.
    again: AtomicBool,
    /// Connections that were made.
    made: AtomicU64,
}

impl Proxy {
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port_here = listener.local_addr().unwrap().port();
        let faults = Arc::new(Faults {
            target: AtomicU16::new(port),
            late: AtomicU64::new(0),
            left: AtomicI64::new(-1),
            silent: AtomicBool::new(false),
            for_good: AtomicBool::new(false),
            freezes: AtomicU64::new(0),
            again: AtomicBool::new(false),
            made: AtomicU64::new(0),
        });
        let proxy = Self { port: port_here, faults: faults.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if faults.for_good.load(Ordering::SeqCst) && faults.left.load(Ordering::SeqCst) < 0 {
                    continue;
                }
                let port = faults.target.load(Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                faults.made.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pass(client, server, faults.clone()));
            }
        });
        proxy
    }

    /// From now on new connections lead to another server. Those that there are stay where they are.
    pub(crate) fn lead_to(&self, port: u16) {
        self.faults.target.store(port, Ordering::SeqCst);
    }

    /// From now on replies come so much later; those that come together are late together.
    pub(crate) fn delay(&self, time: Duration) {
        self.faults.late.store(time.as_millis() as u64, Ordering::SeqCst);
    }

    /// Swallows the reply after so many others, and cuts the connection instead.
    pub(crate) fn swallow(&self, after: i64) {
        self.faults.silent.store(false, Ordering::SeqCst);
        self.faults.left.store(after, Ordering::SeqCst);
    }

    /// The same, and the connection stays open: nothing comes over it any more.
    pub(crate) fn swallow_in_silence(&self, after: i64) {
        self.faults.silent.store(true, Ordering::SeqCst);
        self.faults.left.store(after, Ordering::SeqCst);
    }

    /// Swallows the next reply and all after it, or lets everybody through again.
    pub(crate) fn close(&self, closed: bool) {
        self.close_after(if closed { Some(0) } else { None });
    }

    /// The same, after so many replies.
    pub(crate) fn close_after(&self, replies: Option<i64>) {
        self.faults.for_good.store(replies.is_some(), Ordering::SeqCst);
        self.faults.left.store(replies.unwrap_or(-1), Ordering::SeqCst);
    }

    /// Whether there was such a reply. Disarms.
    pub(crate) fn has_swallowed(&self) -> bool {
        self.faults.left.swap(-1, Ordering::SeqCst) < 0
    }

    /// From now on nothing comes over the connections that there are, and nobody closes them.
    pub(crate) fn freeze(&self) {
        self.faults.freezes.fetch_add(1, Ordering::SeqCst);
    }

    /// Before its next reply a connection has its last one once more.
    pub(crate) fn repeat_a_reply(&self) {
        self.faults.again.store(true, Ordering::SeqCst);
    }

    /// Connections that were made so far.
    pub(crate) fn made(&self) -> u64 {
        self.faults.made.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

async fn pass(client: TcpStream, server: TcpStream, faults: Arc<Faults>) {
    let born = faults.freezes.load(Ordering::SeqCst);
    let frozen = |faults: &Faults| faults.freezes.load(Ordering::SeqCst) != born;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let faults_of_requests = faults.clone();
    let requests = async move {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            if frozen(&faults_of_requests) {
                pending::<()>().await;
            }
            if to_server.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    let replies = async move {
        let mut bytes = vec![0; 1 << 16];
        let mut last: Vec<u8> = Vec::new();
        while let Ok(count @ 1..) = from_server.read(&mut bytes).await {
            if frozen(&faults) {
                pending::<()>().await;
            }
            let late = faults.late.load(Ordering::SeqCst);
            if late > 0 {
                tokio::time::sleep(Duration::from_millis(late)).await;
            }
            if faults.left.load(Ordering::SeqCst) >= 0 && faults.left.fetch_sub(1, Ordering::SeqCst) == 0 {
                if faults.silent.load(Ordering::SeqCst) {
                    pending::<()>().await;
                }
                return;
            }
            let again = !last.is_empty() && faults.again.swap(false, Ordering::SeqCst);
            if again && to_client.write_all(&last).await.is_err() {
                return;
            }
            last = bytes[..count].to_vec();
            if to_client.write_all(&last).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = requests => {} () = replies => {} }
}
