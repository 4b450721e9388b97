//! Two servers in process, on a Redis of the test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use super::*;

const KEYS: Keys = Keys { store: [1; 32], form: [2; 32] };
const GRANT: &str = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=acme";

/// Ended with the test.
struct Redis {
    child: Child,
    url: String,
}

impl Redis {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let mut redis = Command::new(std::env::var("COUNTERFOIL_REDIS_SERVER").unwrap_or("redis-server".into()));
        redis.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--maxmemory-policy", "noeviction"]);
        let child = redis
            .stdout(Stdio::null())
            .spawn()
            .expect("this test needs Redis or Valkey: install redis-server, or name one in COUNTERFOIL_REDIS_SERVER");
        Self { child, url: format!("redis://127.0.0.1:{port}") }
    }

    fn server(&self) -> Router {
        server(&self.url.parse().unwrap(), &KEYS).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn post(server: &Router, path: &str, form: String) -> (StatusCode, String) {
    let request = Request::post(path)
        .header("host", "login.example")
        .header("sec-fetch-site", "same-origin")
        .header("prefer", "wait=20")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = server.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
    let status = answer.status();
    (status, String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap())
}

/// Begins a login, as soon as Redis answers.
async fn begin(server: &Router) -> Value {
    for _ in 0..200 {
        let (status, body) = post(server, "/oauth/device_authorization", "client_id=acme".into()).await;
        if status == StatusCode::OK {
            return serde_json::from_str(&body).unwrap();
        }
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("Redis does not answer");
}

#[tokio::test]
async fn a_tool_waits_at_one_server_while_the_browser_approves_at_the_other() {
    let redis = Redis::start();
    let (first, second) = (redis.server(), redis.server());
    let begun = begin(&first).await;
    let poll = format!("{GRANT}&device_code={}", begun["device_code"].as_str().unwrap());

    // Held by the first server.
    let held = tokio::spawn({
        let (first, poll) = (first.clone(), poll.clone());
        async move { post(&first, "/oauth/token", poll).await }
    });
    let approval =
        format!("user_code={}&decision=approve&refresh_token=rt_of_alice", begun["user_code"].as_str().unwrap());
    assert_eq!(post(&second, "/device", approval).await.0, StatusCode::OK);
    let (status, tokens) = held.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert!(tokens.contains("rt_of_alice"));

    // Once, whichever server is asked.
    for server in [first, second] {
        assert!(post(&server, "/oauth/token", poll.clone()).await.1.contains("invalid_grant"));
    }
}

#[tokio::test]
async fn a_restarted_server_knows_the_logins_under_way() {
    let redis = Redis::start();
    let server = redis.server();
    let begun = begin(&server).await;
    drop(server);
    let server = redis.server();
    let approval =
        format!("user_code={}&decision=approve&refresh_token=rt_of_alice", begun["user_code"].as_str().unwrap());
    assert_eq!(post(&server, "/device", approval).await.0, StatusCode::OK);
    let poll = format!("{GRANT}&device_code={}", begun["device_code"].as_str().unwrap());
    assert_eq!(post(&server, "/oauth/token", poll).await.0, StatusCode::OK);
}
