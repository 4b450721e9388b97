//! No source keeps others out by its connections, over real sockets from several addresses of this machine.

use crate::support::{LIMIT, LONG, Server, all, answer, patient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const OK: &str = "GET /ok HTTP/1.1\r\nhost: x\r\n\r\n";
const HALF_HEAD: &str = "GET /ok HT";
const HALF_BODY: &str = "POST /api/v1/auth/cli HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\n\
                         x-stack-secret-server-key: ssk\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";

/// A connection on which a request has been answered.
async fn idle(server: &Server, source: &str) -> TcpStream {
    let mut stream = server.connect_from(source, OK).await;
    answer(&mut stream).await;
    stream
}

/// Asks again on a connection that is still open.
async fn asks(stream: &mut TcpStream) {
    stream.write_all(OK.as_bytes()).await.unwrap();
    answer(stream).await;
}

/// Reads until what has come ends so, or the connection is closed.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes())
        && timeout(LONG, stream.read_buf(&mut text)).await.unwrap().is_ok_and(|n| n > 0)
    {}
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_full_source_closes_its_own_oldest_idle_connection() {
    let server = Server::start(|serve| patient(serve).max_connections_per_source(3)).await;
    let mut other = idle(&server, "127.0.0.2").await;
    let mut mine =
        [idle(&server, "127.0.0.1").await, idle(&server, "127.0.0.1").await, idle(&server, "127.0.0.1").await];
    let mut new = idle(&server, "127.0.0.1").await;
    assert_eq!(all(&mut mine[0]).await, "", "the oldest is closed");
    for stream in mine[1..].iter_mut().chain([&mut new, &mut other]) {
        asks(stream).await;
    }
    server.end().await;
}

#[tokio::test]
async fn half_heads_and_half_bodies_make_room() {
    for half in ["", HALF_HEAD, HALF_BODY] {
        let server = Server::start(|serve| patient(serve).max_connections_per_source(2)).await;
        let mut halves = [server.connect(half).await, server.connect(half).await];
        let mut new = server.connect(OK).await;
        answer(&mut new).await;
        assert_eq!(all(&mut halves[0]).await, "", "{half:?}");
        drop(halves);
        server.end().await;
    }
}

#[tokio::test]
async fn a_source_whose_requests_are_all_held_is_refused_and_others_are_not() {
    let server = Server::start(|serve| patient(serve).max_connections_per_source(2)).await;
    let request = "GET /never HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut held = [server.connect(request).await, server.connect(request).await];
    let _ = timeout(LONG, server.held.acquire_many(2)).await.unwrap();
    let refused = until(&mut server.connect(OK).await, "}").await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("\"TOO_MANY_CONNECTIONS\""), "{refused}");
    let mut other = idle(&server, "127.0.0.2").await;
    asks(&mut other).await;
    server.end().await;
    for stream in &mut held {
        assert!(all(stream).await.starts_with("HTTP/1.1 503"), "it was held until the end");
    }
}

#[tokio::test]
async fn a_full_server_at_work_has_new_connections_wait() {
    let server = Server::start(|serve| patient(serve).max_connections(1).request_timeout(LIMIT)).await;
    let mut held = server.connect("GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let _ = timeout(LONG, server.held.acquire_many(1)).await.unwrap();
    answer(&mut server.connect(OK).await).await;
    assert!(all(&mut held).await.starts_with("HTTP/1.1 408"), "it was not closed to make room");
    server.end().await;
}

#[tokio::test]
async fn a_trusted_proxy_stands_for_many_people() {
    let proxy = ["127.0.0.2".parse().unwrap()];
    let server = Server::start(|serve| patient(serve).max_connections_per_source(1).trusted_proxies(proxy)).await;
    let mut many = Vec::new();
    for _ in 0..20 {
        many.push(idle(&server, "127.0.0.2").await);
    }
    for stream in &mut many {
        asks(stream).await;
    }
    server.end().await;
}

#[tokio::test]
async fn a_full_server_closes_the_oldest_idle_connections() {
    let server = Server::start(|serve| patient(serve).max_connections(3)).await;
    let mut first = [idle(&server, "127.0.0.1").await, idle(&server, "127.0.0.2").await];
    // It waits since it was accepted, whenever its head is read.
    let mut half = server.connect_from("127.0.0.3", HALF_HEAD).await;
    let mut new = idle(&server, "127.0.0.4").await;
    assert_eq!(all(&mut first[0]).await, "");
    asks(&mut first[1]).await;
    // Of those that are left, the half head has waited longest.
    let mut newer = idle(&server, "127.0.0.5").await;
    assert_eq!(all(&mut half).await, "");
    for stream in [&mut first[1], &mut new, &mut newer] {
        asks(stream).await;
    }
    server.end().await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_while_its_body_is_still_coming() {
    let server = Server::start(patient).await;
    let head = "POST /api/v1/auth/cli HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\n\
                x-stack-secret-server-key: wrong\r\ncontent-type: application/json\r\n";
    for body in ["content-length: 60000\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let mut stream = server.connect(&format!("{head}{body}")).await;
        let refused = all(&mut stream).await;
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    }
    // A client that sends its body after its head gets the answer, and may keep the connection.
    let mut stream = server.connect(&format!("{head}content-length: 2\r\n\r\n")).await;
    stream.write_all(b"{}").await.unwrap();
    let text = until(&mut stream, "}").await;
    assert!(text.starts_with("HTTP/1.1 401"), "{text}");
    asks(&mut stream).await;
    server.end().await;
}
