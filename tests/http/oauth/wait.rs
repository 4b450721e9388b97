//! `Prefer: wait=N` (RFC 7240, section 4.3) at the token endpoint.

use std::time::{Duration, Instant};

use super::world::{Device, FORM, HOST, TOKEN};
use crate::support::{Answer, Server};

async fn wait(server: &Server, device: &Device, prefer: &str) -> Answer {
    server.post_raw(TOKEN, &[HOST, FORM, ("prefer", prefer)], device.body()).await
}

#[tokio::test]
async fn an_approval_ends_the_wait() {
    let server = Server::new();
    let device = server.device().await;
    let approve = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.approve_device(&device);
        Instant::now()
    };
    let (answer, approved) = tokio::join!(wait(&server, &device, "wait=2"), approve);
    assert!(approved.elapsed() < Duration::from_millis(500));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("preference-applied"), Some("wait=2"));
}

#[tokio::test]
async fn so_does_a_denial() {
    let server = Server::new();
    let device = server.device().await;
    let deny = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (store, code) = device.browser(&server.store);
        store.deny(&code).unwrap();
    };
    let (answer, ()) = tokio::join!(wait(&server, &device, "wait=2"), deny);
    answer.expect_error(400, "access_denied");
    assert_eq!(answer.header("preference-applied"), Some("wait=2"));
}

#[tokio::test]
async fn the_server_caps_the_wait() {
    let server = Server::new();
    let device = server.device().await;
    let clock = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.clock.advance(Duration::from_secs(2));
    };
    let (answer, ()) = tokio::join!(wait(&server, &device, "wait=9999"), clock);
    answer.expect_error(400, "authorization_pending");
    assert_eq!(answer.header("preference-applied"), Some("wait=2"));
    // What is left of the interval.
    assert_eq!(answer.header("retry-after"), Some("3"));
    wait(&server, &device, "wait=2").await.expect_error(400, "slow_down");
}

#[tokio::test]
async fn who_has_waited_an_interval_is_welcome_at_once() {
    let server = Server::new();
    let device = server.device().await;
    for _ in 0..3 {
        let clock = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            server.clock.advance(Duration::from_secs(5));
        };
        let (answer, ()) = tokio::join!(wait(&server, &device, "wait=2"), clock);
        answer.expect_error(400, "authorization_pending");
        assert_eq!(answer.header("retry-after"), Some("0"));
    }
}

#[tokio::test]
async fn no_wish_no_wait() {
    let server = Server::new();
    for prefer in ["wait=0", "wait=x", "respond-async"] {
        let device = server.device().await;
        let answer = wait(&server, &device, prefer).await;
        answer.expect_error(400, "authorization_pending");
        assert_eq!(answer.header("preference-applied"), None);
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
}

#[tokio::test]
async fn a_waiter_that_goes_away_loses_nothing() {
    let server = Server::new();
    let device = server.device().await;
    let gone = tokio::time::timeout(Duration::from_millis(50), wait(&server, &device, "wait=2")).await;
    assert!(gone.is_err());
    server.approve_device(&device);
    assert_eq!(server.ask(&device).await.status, 200);
}
