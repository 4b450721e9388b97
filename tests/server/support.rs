//! A router that is served with limits, and raw requests to it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::routing::{get, post};
use counterfoil::axum::{Drained, Routes, Serve, StaticAccess, StaticTokens, Store, not_found, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Far more than any of the limits, for machines that are busy.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// What a head, a pause in a body, and a connection between two requests may take.
pub(crate) const LIMIT: Duration = Duration::from_millis(300);

/// Short limits.
pub(crate) fn limited(serve: Serve) -> Serve {
    let serve = serve.header_timeout(LIMIT).idle_timeout(LIMIT).body_timeout(LIMIT);
    serve.request_timeout(Duration::from_millis(900)).max_connection_age(Duration::from_secs(60))
}

/// Long ones: nothing is closed for being slow.
pub(crate) fn patient(serve: Serve) -> Serve {
    serve.header_timeout(LONG).idle_timeout(LONG).body_timeout(LONG).request_timeout(LONG)
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    /// A permit for each request that is held.
    pub(crate) held: Arc<Semaphore>,
    ending: oneshot::Sender<()>,
    serving: JoinHandle<Drained>,
}

impl Server {
    pub(crate) async fn start(limits: impl FnOnce(Serve) -> Serve) -> Self {
        let store: Store = Store::builder().build().unwrap();
        let access = StaticAccess::new().project("internal", "ssk", "pck");
        let login = Routes::new(store.clone(), access, StaticTokens::new().signed_in("rt")).max_wait(LONG);
        let app = login.router().route("/ok", get(|| async { "ok" })).route("/panic", post(panics));
        let app = app.route("/slow", post(slow));
        let held = Arc::new(Semaphore::new(0));
        let never = {
            let held = held.clone();
            move || async move {
                held.add_permits(1);
                std::future::pending::<()>().await;
            }
        };
        let app = app.route("/never", get(never)).fallback(not_found);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ending, ended) = oneshot::channel();
        let ended = async { ended.await.unwrap_or(()) };
        let serving = tokio::spawn(limits(serve(listener, app)).with_graceful_shutdown(ended).into_future());
        Self { address, store, held, ending, serving }
    }

    pub(crate) async fn connect(&self, sent: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stream
    }

    /// The same from another address of this machine.
    pub(crate) async fn connect_from(&self, source: &str, sent: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(source.parse::<IpAddr>().unwrap(), 0)).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stream
    }

    /// Sends this and reads until the server closes the connection.
    pub(crate) async fn exchange(&self, sent: &str) -> String {
        all(&mut self.connect(sent).await).await
    }

    /// Ends the server, which takes no longer than it may. Returns how many connections were cut off.
    pub(crate) async fn end(self) -> usize {
        let began = Instant::now();
        self.ending.send(()).unwrap();
        let drained = timeout(LONG, self.serving).await.unwrap().unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        drained.cut_off
    }
}

/// Takes longer than a connection may be idle.
async fn slow(_body: Bytes) -> &'static str {
    sleep(LIMIT * 2).await;
    "ok"
}

async fn panics() {
    panic!("a secret");
}

/// What comes until the connection is closed or reset.
pub(crate) async fn all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let _ = timeout(LONG, stream.read_to_end(&mut text)).await.expect("the connection stays open");
    String::from_utf8(text).unwrap()
}

/// Reads one answer of a connection that stays open.
pub(crate) async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"ok") {
        let read = timeout(LONG, stream.read_buf(&mut text)).await.expect("no answer comes").unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&text));
    }
    String::from_utf8(text).unwrap()
}

/// A poll with this code that waits.
pub(crate) fn waiting_poll(code: &str) -> String {
    let body = format!("{{\"polling_code\":\"{code}\"}}");
    let length = body.len();
    format!(
        "POST /api/v1/auth/cli/poll HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\n\
         x-stack-secret-server-key: ssk\r\ncontent-type: application/json\r\nprefer: wait=20\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}
