//! What `counterfoil::axum::serve` limits, over real sockets: slow clients, broken clients, too many of them, and the end.
//!
//! The limits are tenths of a second here; each test would hang, or answer otherwise, without its limit.

use std::time::{Duration, Instant};

use crate::support::{LIMIT, LONG, Server, all, answer, limited, patient, waiting_poll};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn slow_heads_and_connections_without_a_request_are_closed() {
    let server = Server::start(limited).await;
    assert_eq!(server.exchange("").await, "");
    assert_eq!(server.exchange("GET /ok HT").await, "");
    let answered = server.exchange("GET /ok HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answered.starts_with("HTTP/1.1 200") && answered.ends_with("ok"), "{answered}");

    let large = format!("GET /ok HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(128 * 1024));
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

#[tokio::test]
async fn a_kept_connection_may_be_idle_and_its_next_head_may_not_be_slow() {
    // Without a limit on its own, a slow head would take as long as an idle connection may.
    let server = Server::start(|serve| limited(serve).idle_timeout(LONG * 10)).await;
    let slow: [&[&str]; 3] = [&["G"], &["GET /ok HTTP/1.1\r\n", "host: x\r\n"], &["POST /ok HTTP/1.1\r\nhost: x\r\n"]];
    let mut streams = [server.connect("").await, server.connect("").await, server.connect("").await];
    for idle in [LIMIT * 2, Duration::ZERO] {
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
    let server =
        Server::start(|serve| limited(serve).header_timeout(LONG * 10).body_timeout(LONG).request_timeout(LONG)).await;
    for pipelined in [1, 3] {
        let request = "GET /ok HTTP/1.1\r\nhost: x\r\n\r\n".repeat(pipelined);
        let answers = server.exchange(&request).await;
        assert_eq!(answers.matches("HTTP/1.1 200").count(), pipelined, "{answers}");
    }
    // An answer that takes longer is none of its business, nor is the body before it.
    let body = "x".repeat(1000);
    let head = format!("POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len() * 2);
    let mut stream = server.connect(&format!("{head}{body}")).await;
    sleep(LIMIT / 2).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    server.end().await;
}

/// A request whose response takes a while leaves hyper, and its response is written by another.
#[tokio::test]
async fn a_response_that_took_a_while_is_written_as_its_request_wanted_it() {
    let server = Server::start(patient).await;
    let slow = |version: &str, more: &str| format!("POST /slow HTTP/{version}\r\nhost: x\r\n{more}\r\n");
    // The connection is closed by the response.
    for (version, more) in [
        ("1.1", "connection: close\r\n"),
        ("1.1", "Connection: TE, Close\r\ncontent-length: 0\r\n"),
        ("1.0", ""),
        ("1.0", "content-length: 0\r\n"),
    ] {
        let answer = server.exchange(&slow(version, more)).await;
        assert!(
            answer.starts_with(&format!("HTTP/{version} 200")) && answer.ends_with("\r\n\r\nok"),
            "{more}: {answer}"
        );
        assert_eq!(answer.matches("HTTP/").count(), 1, "{answer}");
    }
    // It stays open, and what has come meanwhile is read in its turn.
    let bodies = [
        ("content-length: 3\r\n", "abc"),
        ("transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
        ("expect: 100-continue\r\ncontent-length: 3\r\n", "abc"),
        ("connection: keep-alive\r\n", ""),
    ];
    let requests: String = bodies.iter().map(|(more, body)| slow("1.1", more) + body).collect();
    let mut stream = server.connect(&format!("{requests}GET /ok HTTP/1.1\r\nhost: x\r\n\r\nPOST /slow HT")).await;
    let mut answers = String::new();
    while answers.matches("HTTP/1.1 200").count() <= bodies.len() {
        answers += &answer(&mut stream).await;
    }
    assert!(!answers.contains("connection: close"), "{answers}");
    stream.write_all(b"TP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nab").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    stream.write_all(b"cd").await.unwrap();
    let last = all(&mut stream).await;
    assert!(last.starts_with("HTTP/1.1 200") && last.contains("connection: close") && last.ends_with("ok"), "{last}");
    // HTTP/1.0 says so, too.
    let mut stream = server.connect(&slow("1.0", "connection: keep-alive\r\n")).await;
    let kept = answer(&mut stream).await;
    assert!(kept.starts_with("HTTP/1.0 200") && kept.contains("connection: keep-alive"), "{kept}");
    stream.write_all(b"GET /ok HTTP/1.0\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(all(&mut stream).await.ends_with("ok"));
    server.end().await;
}

/// A connection that is closed while it is idle may have a request on its way to it.
#[tokio::test]
async fn an_old_connection_is_closed_with_its_next_answer() {
    let age = Duration::from_secs(1);
    let server = Server::start(|serve| limited(serve).max_connection_age(age).idle_timeout(LONG)).await;
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
    let server = Server::start(limited).await;
    let head = "POST /api/v1/auth/cli HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\n\
                x-stack-secret-server-key: ssk\r\ncontent-type: application/json\r\n";
    for started in ["content-length: 100\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let answer = server.exchange(&format!("{head}{started}")).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
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
    let server = Server::start(limited).await;
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
    let server = Server::start(limited).await;
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
async fn a_connection_does_not_live_for_ever() {
    let age = Duration::from_millis(200);
    let server = Server::start(|serve| limited(serve).max_connection_age(age).header_timeout(LONG)).await;
    // Answers that nobody reads.
    let request = "GET /ok HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000);
    let mut stream = server.connect("").await;
    let writing = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    timeout(LONG, writing).await.expect("the connection stays open");
    server.end().await;
}

#[tokio::test]
async fn the_end_answers_polls_that_wait_and_cuts_off_the_rest() {
    let server = Server::start(|serve| patient(serve).max_connections_per_source(200)).await;
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
