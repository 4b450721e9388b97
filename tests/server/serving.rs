//! The example server's limits, over real sockets: slow clients, broken clients, too many of them, and the end.
//!
//! The limits are tenths of a second here; each test would hang, or answer otherwise, without its limit.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::ending::Ending;
use crate::limits::{Limits, limited};
use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use counterfoil::SessionStore;
use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Far more than any of the limits, for machines that are busy.
const LONG: Duration = Duration::from_secs(20);
const LIMITS: Limits = Limits {
    head: Duration::from_millis(300),
    idle: Duration::from_millis(300),
    head_bytes: 16 * 1024,
    body: Duration::from_millis(300),
    request: Duration::from_millis(900),
    connection: Duration::from_secs(60),
    connections: 1000,
    grace: Duration::from_secs(1),
};

struct Server {
    address: SocketAddr,
    store: Store,
    ending: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let store: Store = SessionStore::builder().build().unwrap();
        let access = StaticAccess::new().project("internal", "ssk", "pck");
        let login = Routes::new(store.clone(), access, StaticTokens::new().signed_in("rt")).max_wait(LONG);
        let app = login.router().route("/ok", get(|| async { "ok" })).route("/panic", post(panics));
        let app = app.route("/slow", post(slow));
        let app = app.route("/never", get(std::future::pending::<()>)).fallback(counterfoil::axum::not_found);
        let (sender, ending) = Ending::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app: Router = limited(app, limits, ending.clone());
        let serving = tokio::spawn(crate::serve::serve(listener, app, limits, ending));
        Self { address, store, ending: sender, serving }
    }

    async fn connect(&self, sent: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stream
    }

    /// Sends this and reads until the server closes the connection.
    async fn exchange(&self, sent: &str) -> String {
        all(&mut self.connect(sent).await).await
    }

    /// Ends the server, which takes no longer than it may.
    async fn end(self) {
        let began = Instant::now();
        self.ending.send(true).unwrap();
        timeout(LONG, self.serving).await.unwrap().unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

/// Takes longer than a connection may be idle.
async fn slow(_body: Bytes) -> &'static str {
    sleep(LIMITS.idle * 2).await;
    "ok"
}

async fn panics() {
    panic!("a secret");
}

/// What comes until the connection is closed or reset.
async fn all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let _ = timeout(LONG, stream.read_to_end(&mut text)).await.expect("the connection stays open");
    String::from_utf8(text).unwrap()
}

/// A poll with this code that waits.
fn waiting_poll(code: &str) -> String {
    let body = format!("{{\"polling_code\":\"{code}\"}}");
    let length = body.len();
    format!(
        "POST /api/v1/auth/cli/poll HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\n\
         x-stack-secret-server-key: ssk\r\ncontent-type: application/json\r\nprefer: wait=20\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn slow_heads_and_connections_without_a_request_are_closed() {
    let server = Server::start(LIMITS).await;
    assert_eq!(server.exchange("").await, "");
    assert_eq!(server.exchange("GET /ok HT").await, "");
    let answered = server.exchange("GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answered.starts_with("HTTP/1.1 200") && answered.ends_with("ok"), "{answered}");

    let large = format!("GET /ok HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(16 * 1024));
    let answer = server.exchange(&large).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");

    // A byte at a time does not help.
    let mut stream = server.connect("GET /ok HTTP/1.1\r\n").await;
    let began = Instant::now();
    while began.elapsed() < LONG && stream.write_all(b"x: y\r\n").await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() < LONG);
    server.end().await;
}

/// Reads one answer of a connection that stays open.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"ok") {
        let read = timeout(LONG, stream.read_buf(&mut text)).await.expect("no answer comes").unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&text));
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_kept_connection_may_be_idle_and_its_next_head_may_not_be_slow() {
    // Without a limit on its own, a slow head would take as long as an idle connection may.
    let server = Server::start(Limits { idle: LONG * 10, ..LIMITS }).await;
    let slow: [&[&str]; 3] = [&["G"], &["GET /ok HTTP/1.1\r\n", "host: x\r\n"], &["POST /ok HTTP/1.1\r\nhost: x\r\n"]];
    let mut streams = [server.connect("").await, server.connect("").await, server.connect("").await];
    for idle in [LIMITS.head * 2, Duration::ZERO] {
        for stream in &mut streams {
            stream.write_all(b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            assert!(answer(stream).await.starts_with("HTTP/1.1 200"));
        }
        sleep(idle).await;
    }
    for (stream, parts) in streams.iter_mut().zip(slow) {
        for part in parts {
            stream.write_all(part.as_bytes()).await.unwrap();
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(all(stream).await, "");
    }

    // A byte at a time does not help here either.
    let mut stream = server.connect("GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await;
    answer(&mut stream).await;
    let began = Instant::now();
    while began.elapsed() < LONG && stream.write_all(b"GET").await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() < LONG);
    server.end().await;
}

#[tokio::test]
async fn a_kept_connection_is_closed_when_it_has_been_idle_for_too_long() {
    let server = Server::start(Limits { head: LONG * 10, body: LONG, request: LONG, ..LIMITS }).await;
    for pipelined in [1, 3] {
        let request = "GET /ok HTTP/1.1\r\nhost: x\r\n\r\n".repeat(pipelined);
        let answers = server.exchange(&request).await;
        assert_eq!(answers.matches("HTTP/1.1 200").count(), pipelined, "{answers}");
    }
    // An answer that takes longer is none of its business, nor is the body before it.
    let body = "x".repeat(1000);
    let head = format!("POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len() * 2);
    let mut stream = server.connect(&format!("{head}{body}")).await;
    sleep(LIMITS.idle / 2).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    server.end().await;
}

/// A connection that is closed while it is idle may have a request on its way to it.
#[tokio::test]
async fn an_old_connection_is_closed_with_its_next_answer() {
    let limits = Limits { connection: Duration::from_secs(1), idle: LONG, ..LIMITS };
    let server = Server::start(limits).await;
    let mut stream = server.connect("GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(!answer(&mut stream).await.contains("connection: close"));
    sleep(Duration::from_millis(1200)).await;
    stream.write_all(b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let last = all(&mut stream).await;
    assert!(last.starts_with("HTTP/1.1 200") && last.contains("connection: close"), "{last}");
    server.end().await;
}

#[tokio::test]
async fn slow_and_broken_bodies_are_given_up() {
    let server = Server::start(LIMITS).await;
    let head = "POST /api/v1/auth/cli HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\n\
                x-stack-secret-server-key: ssk\r\ncontent-type: application/json\r\n";
    for started in ["content-length: 100\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let answer = server.exchange(&format!("{head}{started}")).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("SCHEMA_ERROR"), "{answer}");
    }
    let answer = server.exchange(&format!("{head}transfer-encoding: chunked\r\n\r\nno\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");

    // One that trickles in is given up: as a whole, or at a pause that was too long, if the machine is busy.
    let mut stream = server.connect(&format!("{head}content-length: 10000\r\n\r\n{{")).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1200) && stream.write_all(b" ").await.is_ok() {
        sleep(Duration::from_millis(50)).await;
    }
    let answer = all(&mut stream).await;
    assert!(answer.is_empty() || ["HTTP/1.1 408", "HTTP/1.1 400"].iter().any(|is| answer.starts_with(is)), "{answer}");
    assert_eq!(server.store.stats().initiated, 0);
    server.end().await;
}

#[tokio::test]
async fn requests_that_take_too_long_and_panics_are_answered() {
    let server = Server::start(LIMITS).await;
    let answer = server.exchange("GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"REQUEST_TIMEOUT\""), "{answer}");
    assert!(answer.contains("cache-control: no-store"), "{answer}");
    let answer = server.exchange("POST /panic HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 1"), "{answer}");
    assert!(answer.contains("\"TEMPORARILY_UNAVAILABLE\"") && !answer.contains("a secret"), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_the_grant() {
    let server = Server::start(LIMITS).await;
    let login = server.store.for_tenant("internal").initiate().unwrap();
    let request = waiting_poll(&login.polling_code.expose());
    // One closes half of its connection, one all of it.
    let mut half_closed = server.connect(&request).await;
    half_closed.shutdown().await.unwrap();
    assert_eq!(all(&mut half_closed).await, "");
    drop(server.connect(&request).await);

    sleep(Duration::from_millis(100)).await;
    server.store.for_tenant("internal").complete(&login.login_code, "rt".into()).unwrap();
    sleep(Duration::from_millis(100)).await;
    let answer = server.exchange(&request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("completed"), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn connections_wait_for_room() {
    let server = Server::start(Limits { connections: 2, ..LIMITS }).await;
    let held = [server.connect("GET /ok HT").await, server.connect("GET /ok HT").await];
    // The third is served when the first two have been given up.
    let answer = server.exchange("GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(held);
    server.end().await;
}

#[tokio::test]
async fn a_connection_does_not_live_for_ever() {
    let limits = Limits { connection: Duration::from_millis(200), head: LONG, ..LIMITS };
    let server = Server::start(limits).await;
    // Answers that nobody reads.
    let request = "GET /ok HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000);
    let mut stream = server.connect("").await;
    let writing = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    timeout(LONG, writing).await.expect("the connection stays open");
    server.end().await;
}

#[tokio::test]
async fn the_end_answers_polls_that_wait_and_cuts_off_the_rest() {
    let server = Server::start(Limits { request: LONG, head: LONG, body: LONG, ..LIMITS }).await;
    let store = server.store.for_tenant("internal");
    let mut polls = Vec::new();
    for _ in 0..100 {
        polls.push(server.connect(&waiting_poll(&store.initiate().unwrap().polling_code.expose())).await);
    }
    let mut stuck = vec![
        server.connect("GET /ok HT").await,
        server.connect("").await,
        server.connect("POST /api/v1/auth/cli HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").await,
    ];
    sleep(Duration::from_millis(300)).await;
    let address = server.address;
    server.end().await;
    for poll in &mut polls {
        let answer = all(poll).await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\"SHUTTING_DOWN\""), "{answer}");
        assert!(answer.contains("retry-after: 1") && answer.contains("connection: close"), "{answer}");
    }
    // With the runtime, the rest goes too; nobody is accepted any more.
    stuck.clear();
    assert!(TcpStream::connect(address).await.is_err());
}
