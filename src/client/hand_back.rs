//! `HandBack`: the address on this machine that the approved page leads the browser to (RFC 8252 section 7.3).

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rand::RngExt;
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Secret;

/// The most connections at once: a browser opens a few, and does not use all of them.
const MAX_CONNECTIONS: usize = 16;
/// The longest time that a request may take.
const REQUEST: Duration = Duration::from_secs(10);
/// How long a page that is being sent may still take when the login has ended.
const LAST_PAGE: Duration = Duration::from_secs(1);
/// 32 bytes, in base64url without padding.
const PROOF_LENGTH: usize = 43;

const DONE: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
                    content=\"width=device-width\">\n<title>Approved</title>\n<h1>Approved</h1>\n<p>The command-line tool \
                    on this machine signs in with what you have approved, and goes on in the terminal. You can close this \
                    tab.</p>\n<p>If you have not started this login yourself, tell the operators of the service that you \
                    have approved it for.</p>\n</html>\n";

/// Listens on this machine alone, at a random port and an address that cannot be guessed, for the browser that
/// approved the login. It brings a proof that the redeeming poll must carry: whoever has the polling code and is not on
/// this machine never has it.
pub(super) struct HandBack {
    url: String,
    listener: TcpListener,
    path: String,
    host: String,
    proofs: mpsc::Sender<Secret>,
    proved: mpsc::Receiver<Secret>,
    connections: JoinSet<()>,
}

impl HandBack {
    pub(super) async fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let host = listener.local_addr()?.to_string();
        let path = format!("/{}", URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>()));
        let (proofs, proved) = mpsc::channel(1);
        let url = format!("http://{host}{path}");
        Ok(Self { url, listener, path, host, proofs, proved, connections: JoinSet::new() })
    }

    /// Returns the address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the next proof that a browser brings. May be dropped and called again.
    pub(super) async fn proof(&mut self) -> Secret {
        loop {
            let free = self.connections.len() < MAX_CONNECTIONS;
            tokio::select! {
                Some(proof) = self.proved.recv() => return proof,
                Some(_) = self.connections.join_next() => {}
                Ok((stream, _)) = self.listener.accept(), if free => self.serve(stream),
                // The listener failed, for lack of descriptors for one.
                else => tokio::time::sleep(LAST_PAGE).await,
            }
        }
    }

    /// Waits until the browser has its page, for a short time.
    pub(super) async fn finish(mut self) {
        let _ = timeout(LAST_PAGE, async { while self.connections.join_next().await.is_some() {} }).await;
    }

    /// Serves one request on a task of its own, so that none keeps another waiting.
    fn serve(&mut self, stream: TcpStream) {
        let (path, host, proofs) = (self.path.clone(), self.host.clone(), self.proofs.clone());
        self.connections.spawn(async move {
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let proof = proof(&request, &path, &host);
                let answer = answer(proof.is_some());
                if let Some(proof) = proof {
                    // If there is one already, the tool is about to take it.
                    let _ = proofs.try_send(proof);
                }
                std::future::ready(Ok::<_, Infallible>(answer))
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(REQUEST).max_buf_size(16 * 1024).keep_alive(false);
            let _ = timeout(REQUEST, http.serve_connection(TokioIo::new(stream), service)).await;
        });
    }
}

/// Returns the proof, if the request has one and is for this address. The `Host` must be it too: another site's name
/// may lead here (DNS rebinding).
fn proof<B>(request: &Request<B>, path: &str, host: &str) -> Option<Secret> {
    let own = request.headers().get(HOST).is_some_and(|value| value.as_bytes() == host.as_bytes());
    let here: bool = request.uri().path().as_bytes().ct_eq(path.as_bytes()).into();
    if request.method() != Method::GET || !own || !here {
        return None;
    }
    let mut given = request.uri().query()?.split('&').filter_map(|pair| pair.strip_prefix("proof="));
    let proof = given.next().filter(|proof| is_proof(proof))?;
    given.next().is_none().then(|| Secret::new(proof))
}

fn is_proof(text: &str) -> bool {
    text.len() == PROOF_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn answer(done: bool) -> Response<String> {
    let (status, page) = if done { (StatusCode::OK, DONE) } else { (StatusCode::NOT_FOUND, "not found\n") };
    let mut answer = Response::new(page.to_owned());
    *answer.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, if done { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" }),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONNECTION, "close"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROOF: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn read(method: &str, target: &str, host: &str) -> Option<Secret> {
        let request = Request::builder().method(method).uri(target).header(HOST, host).body(()).unwrap();
        proof(&request, "/path", "127.0.0.1:9")
    }

    #[test]
    fn only_a_proof_at_the_address_counts() {
        let good = format!("/path?proof={PROOF}");
        assert_eq!(read("GET", &good, "127.0.0.1:9").unwrap().expose(), PROOF);
        assert!(read("GET", &format!("/path?a=b&proof={PROOF}"), "127.0.0.1:9").is_some());
        for (method, target, host) in [
            ("POST", good.as_str(), "127.0.0.1:9"),
            ("HEAD", &good, "127.0.0.1:9"),
            ("GET", &good, "evil.example"),
            ("GET", &good, "localhost:9"),
            ("GET", &good, "127.0.0.1"),
            ("GET", &format!("/other?proof={PROOF}"), "127.0.0.1:9"),
            ("GET", &format!("/?proof={PROOF}"), "127.0.0.1:9"),
            ("GET", &format!("/path?proof={PROOF}&proof={PROOF}"), "127.0.0.1:9"),
            ("GET", &format!("/path?proof={}", &PROOF[1..]), "127.0.0.1:9"),
            ("GET", &format!("/path?proof={PROOF}A"), "127.0.0.1:9"),
            ("GET", &format!("/path?proof={}%41", &PROOF[3..]), "127.0.0.1:9"),
            ("GET", "/path", "127.0.0.1:9"),
            ("GET", "/path?proof=", "127.0.0.1:9"),
            ("GET", "/favicon.ico", "127.0.0.1:9"),
        ] {
            assert!(read(method, target, host).is_none(), "{method} {target} at {host}");
        }
        let none = Request::builder().uri(&good).body(()).unwrap();
        assert!(proof(&none, "/path", "127.0.0.1:9").is_none());
    }

    #[tokio::test]
    async fn each_address_is_another_and_on_this_machine_only() {
        let (one, two) = (HandBack::listen().await.unwrap(), HandBack::listen().await.unwrap());
        assert!(one.url().starts_with("http://127.0.0.1:") && one.url() != two.url(), "{}", one.url());
        assert_eq!(one.path.len(), 23);
    }
}
