//! `slow_down` (RFC 8628, section 3.5).

use std::time::Duration;

use super::world::{Device, FORM, HOST, TOKEN};
use crate::support::{Answer, Server};

struct Polls<'a> {
    server: &'a Server,
    device: Device,
}

impl Polls<'_> {
    /// Asks after a pause.
    async fn after(&self, millis: u64) -> Answer {
        self.server.clock.advance(Duration::from_millis(millis));
        self.server.ask(&self.device).await
    }

    /// The pause was long enough; the next must be as long as this.
    async fn welcome(&self, millis: u64, retry_after: &str) {
        let answer = self.after(millis).await;
        answer.expect_error(400, "authorization_pending");
        assert_eq!(answer.header("retry-after"), Some(retry_after));
    }

    /// It was not.
    async fn hasty(&self, millis: u64, retry_after: &str) {
        let answer = self.after(millis).await;
        answer.expect_error(400, "slow_down");
        assert_eq!(answer.header("retry-after"), Some(retry_after));
    }
}

#[tokio::test]
async fn the_interval_grows_by_five_seconds_and_decays() {
    let server = Server::new();
    let polls = Polls { server: &server, device: server.device().await };
    // The first is welcome at once, and so is each that leaves the interval.
    polls.welcome(0, "5").await;
    polls.welcome(5000, "5").await;
    polls.hasty(4999, "10").await;
    polls.hasty(9999, "15").await;
    polls.hasty(251, "20").await;
    polls.welcome(20_000, "15").await;
    polls.welcome(15_000, "10").await;
    polls.hasty(5000, "15").await;
    polls.welcome(15_000, "10").await;
    polls.welcome(10_000, "5").await;
    polls.welcome(5000, "5").await;
}

#[tokio::test]
async fn the_interval_grows_by_a_minute_at_the_most() {
    let server = Server::new();
    let polls = Polls { server: &server, device: server.device().await };
    polls.welcome(0, "5").await;
    for strike in 1..=30_u64 {
        polls.hasty(251, &(5 + 5 * strike.min(12)).to_string()).await;
    }
    polls.hasty(64_999, "65").await;
    polls.welcome(65_000, "60").await;
}

/// Two requests within 250 ms are one poll, judged once; a third that comes later is measured from the first.
#[tokio::test]
async fn who_asks_twice_at_once_has_asked_once() {
    let server = Server::new();
    let polls = Polls { server: &server, device: server.device().await };
    polls.welcome(0, "5").await;
    for pause in [0, 100, 150] {
        polls.welcome(pause, "5").await;
    }
    // 250 ms after the first, not after the last of them.
    polls.welcome(4750, "5").await;
    polls.welcome(5000, "5").await;
    polls.hasty(251, "10").await;
    // One poll that came too soon, and one strike for it.
    polls.hasty(0, "10").await;
    polls.hasty(250, "10").await;
    polls.welcome(9750, "5").await;
    polls.hasty(251, "10").await;
    polls.hasty(251, "15").await;
}

/// As golang.org/x/oauth2 does it, for as long as no request has succeeded.
#[tokio::test]
async fn a_client_that_tries_two_ways_of_naming_itself_is_not_hasty() {
    let server = Server::new();
    let device = server.device().await;
    let in_body = device.body();
    let by_header = in_body.replace("&client_id=internal", "");
    let basic = ("authorization", "Basic aW50ZXJuYWw6");
    for _ in 0..4 {
        for (headers, body) in [(&[HOST, FORM, basic][..], &by_header), (&[HOST, FORM], &in_body)] {
            let answer = server.post_raw(TOKEN, headers, body.clone()).await;
            answer.expect_error(400, "authorization_pending");
            assert_eq!(answer.header("retry-after"), Some("5"));
            server.clock.advance(Duration::from_millis(120));
        }
        server.clock.advance(Duration::from_millis(4880));
    }
    server.approve_device(&device);
    assert_eq!(server.post_raw(TOKEN, &[HOST, FORM, basic], by_header).await.status, 200);
}

#[tokio::test]
async fn an_approval_is_told_at_once_to_the_hasty_too() {
    let server = Server::new();
    let polls = Polls { server: &server, device: server.device().await };
    polls.welcome(0, "5").await;
    polls.hasty(251, "10").await;
    server.approve_device(&polls.device);
    assert_eq!(polls.after(0).await.status, 200);
    for _ in 0..3 {
        polls.after(0).await.expect_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn what_is_refused_for_another_reason_is_no_poll() {
    let server = Server::new();
    let polls = Polls { server: &server, device: server.device().await };
    for client in ["other", "nobody", ""] {
        let body = polls.device.body().replace("internal", client);
        assert_ne!(server.form("/oauth/token", body).await.status, 200);
    }
    polls.welcome(0, "5").await;
    let body = polls.device.body().replace("internal", "other");
    server.clock.advance(Duration::from_secs(4));
    server.form("/oauth/token", body).await.expect_error(400, "invalid_grant");
    polls.welcome(1000, "5").await;
}
