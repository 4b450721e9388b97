//! Each fault by its name, with what to do; one that stays is told at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use counterfoil::client::{Cause, Certificate, LoginError, NetworkError, login};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::device;
use crate::tls::{Authority, params, self_signed, serve};
use crate::{child, server};

/// Long before retries would be over, and more than a busy machine takes for one try.
const SOON: Duration = Duration::from_secs(5);

async fn fault(url: &str) -> NetworkError {
    match login(device(url).patience(Duration::from_secs(8))).await {
        Err(LoginError::Network(fault)) => fault,
        other => panic!("{url}: {other:?}"),
    }
}

/// Something that says these bytes to each that connects, once it has been spoken to.
async fn says(bytes: &'static [u8]) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connected = Arc::new(AtomicUsize::new(0));
    let count = connected.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
            // What is left unread would reset the connection, and the answer with it.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
    });
    (port, connected)
}

/// A port at which nothing listens.
async fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority() {
    for authority in [false, true] {
        let (port, connected) = serve(self_signed(authority)).await;
        let start = Instant::now();
        let fault = fault(&format!("https://localhost:{port}")).await;
        assert_eq!(fault.cause(), Cause::Certificate(Certificate::Untrusted), "{fault:?}");
        assert!(fault.is_permanent() && start.elapsed() < SOON);
        assert_eq!(connected.load(Ordering::Relaxed), 1, "it was tried again");
        assert!(
            fault.to_string().starts_with(&format!("the certificate of localhost:{port} is not signed")),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority() {
    let authority = Authority::new("causes");
    let trusted = [("SSL_CERT_FILE", authority.file.to_str().unwrap())];
    for (host, years, expected, told) in [
        ("localhost", (2020, 2100), "Tokens", ""),
        ("other.example", (2020, 2100), "Certificate(OtherHost)", "is for another host name"),
        ("localhost", (2020, 2021), "Certificate(Expired)", "has expired; check this machine's clock"),
        ("localhost", (2099, 2100), "Certificate(NotYetValid)", "is not valid yet; check this machine's clock"),
    ] {
        let (port, connected) = serve(authority.sign(&params(host, years))).await;
        let (result, text, took) = child::end(child::start(&format!("https://localhost:{port}"), &trusted)).await;
        assert!(result.starts_with(expected) && text.contains(told), "{host} {years:?}: {result}: {text}");
        assert!(took < SOON, "{took:?}");
        let tries = if expected == "Tokens" { 2 } else { 1 };
        assert_eq!(connected.load(Ordering::Relaxed), tries, "{result}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_machine_without_authorities() {
    let nowhere = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    let (result, text, _) = child::end(child::start("https://login.example", &nowhere)).await;
    assert!(result.starts_with("NoAuthorities") && text.contains("install its ca-certificates"), "{result}: {text}");
    // Its own servers need no certificate.
    let token = server::json(200, r#"{"access_token":"a"}"#);
    let server = server::Server::start([server::authorized("https://a.example"), token]).await;
    assert!(child::end(child::start(&server.url, &nowhere)).await.0.starts_with("Tokens"));
}

#[tokio::test]
async fn https_to_a_port_without_tls() {
    let plain: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    for bytes in [plain, b"SSH-2.0-OpenSSH_9.9\r\n", b"<html>\r\n"] {
        let (port, connected) = says(bytes).await;
        let fault = fault(&format!("https://127.0.0.1:{port}")).await;
        assert_eq!(fault.cause(), Cause::NotTls, "{fault:?}");
        assert_eq!(connected.load(Ordering::Relaxed), 1);
        assert!(fault.to_string().contains("does not speak TLS; check the port"), "{fault}");
    }
}

#[tokio::test]
async fn a_server_that_wants_other_tls() {
    // A fatal alert, `handshake_failure`.
    let (port, connected) = says(b"\x15\x03\x03\x00\x02\x02\x28").await;
    let fault = fault(&format!("https://127.0.0.1:{port}")).await;
    assert_eq!(fault.cause(), Cause::Tls, "{fault:?}");
    assert_eq!(connected.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn http_to_a_port_with_tls() {
    let (port, connected) = serve(self_signed(false)).await;
    let told = fault(&format!("http://localhost:{port}")).await;
    assert_eq!(told.cause(), Cause::NotHttp, "{told:?}");
    assert_eq!(connected.load(Ordering::Relaxed), 1);
    assert!(told.to_string().contains("whether http:// should be https://"), "{told}");

    let nginx = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 62\r\n\r\n<p>The plain HTTP request was sent to HTTPS port, says nginx.\n";
    for bytes in [&nginx[..], b"\x15\x03\x01\x00\x02\x02\x46", b"SSH-2.0-OpenSSH_9.9\r\n"] {
        let (port, connected) = says(bytes).await;
        let told = fault(&format!("http://127.0.0.1:{port}")).await;
        assert_eq!(told.cause(), Cause::NotHttp, "{told:?}");
        assert_eq!(connected.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_host_that_does_not_resolve_is_named() {
    // RFC 6761 section 6.4: it never will.
    let start = Instant::now();
    let fault = fault("https://login.invalid:8443").await;
    assert_eq!(fault.cause(), Cause::UnknownHost, "{fault:?}");
    assert!(fault.to_string().contains("login.invalid"), "{fault}");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[tokio::test]
async fn what_passes_is_tried_again_and_told() {
    let options = |url: &str| device(url).patience(Duration::from_millis(800));
    let url = format!("http://127.0.0.1:{}", closed().await);
    let Err(LoginError::Network(refused)) = login(options(&url)).await else { panic!() };
    assert_eq!(refused.cause(), Cause::Refused);
    assert!(refused.to_string().contains(&url["http://".len()..]) && !refused.is_permanent(), "{refused}");

    let server = server::Server::start([server::Step::Silence]).await;
    let options = options(&server.url).request_timeout(Duration::from_millis(100)).patience(Duration::ZERO);
    let Err(LoginError::Network(silent)) = login(options).await else { panic!() };
    assert_eq!(silent.cause(), Cause::Timeout);
}

#[tokio::test]
async fn a_proxy_is_named_and_its_password_is_not() {
    let wants: &[u8] =
        b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
    let refuses = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
    for (bytes, expected, tries, told) in [
        (wants, "ProxyCredentials", 1, "wants a user name and a password (407)"),
        (refuses, "ProxyRefused", 3, "does not connect to login.example"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "ProxyRefused", 3, "does not connect to login.example"),
    ] {
        let (port, connected) = says(bytes).await;
        let proxy = format!("http://user:rt_secret@127.0.0.1:{port}");
        let child = child::start("https://login.example", &[("HTTPS_PROXY", &proxy)]);
        let (result, text, took) = child::end(child).await;
        assert_eq!(result, format!("{expected} Some(\"http://127.0.0.1:{port}\")"));
        assert!(text.contains(told) && text.contains(&format!("the proxy http://127.0.0.1:{port} ")), "{text}");
        assert!(!text.contains("secret") && took < SOON, "{text} {took:?}");
        assert_eq!(connected.load(Ordering::Relaxed), tries, "{expected}");
    }
    let refuses = closed().await;
    for dead in [
        format!("http://user:rt_secret@127.0.0.1:{refuses}"),
        format!("socks5h://user:rt_secret@127.0.0.1:{refuses}"),
        "http://proxy.invalid:3128".into(),
    ] {
        let (result, text, _) = child::end(child::start("https://login.example", &[("ALL_PROXY", &dead)])).await;
        // What becomes of the connection to a SOCKS proxy stays inside of `reqwest`.
        let expected = if dead.starts_with("socks") { "ProxyRefused" } else { "NoProxy" };
        assert!(result.starts_with(expected), "{result}: {text}");
        assert!(text.contains("the proxy ") && text.contains("NO_PROXY") && !text.contains("secret"), "{text}");
    }
    // A server on this machine is asked directly.
    let proxy = format!("http://127.0.0.1:{}", closed().await);
    let server =
        server::Server::start([server::authorized("https://a.example"), server::json(200, r#"{"access_token":"a"}"#)]);
    let child = child::start(&server.await.url, &[("HTTP_PROXY", &proxy)]);
    assert!(child::end(child).await.0.starts_with("Tokens"));
}
