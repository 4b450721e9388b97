//! The page says who asks, from where, since when, and for what (RFC 8628, section 5.4).

use std::net::IpAddr;
use std::time::Duration;

use crate::browser::{Browser, CONFIRM};
use crate::support::Answer;
use counterfoil::{Details, LoginOptions, Requester};

async fn page(details: Details, after: u64) -> Answer {
    let browser = Browser::new();
    let login = browser.begin_with("internal", LoginOptions::new().details(details));
    browser.server.clock.advance(Duration::from_secs(after));
    let page = browser.get(&format!("{CONFIRM}?login_code={}", login.login)).await;
    page.expect_page(200, "Let a command-line tool sign in?");
    page
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn who_asks_and_for_what() {
    let requester = Requester::new().address(address("203.0.113.9")).name("acme-cli").agent("curl/8");
    let page = page(Details::new().client("acme").scope("read write").requester(requester), 12).await;
    page.expect_words("<dd><bdi>acme-cli</bdi> on <bdi>203.0.113.9</bdi>, <bdi>12 seconds</bdi> ago</dd>");
    page.expect_words("<dt>Asks for</dt><dd><bdi>read</bdi>, <bdi>write</bdi></dd>");
    assert!(!page.text.contains("everything there that you can do"), "{}", page.text);
}

#[tokio::test]
async fn whatever_is_known_is_said() {
    let on = |requester: Requester| page(Details::new().requester(requester), 61);
    let ago = "<bdi>1 minute 1 second</bdi> ago</dd>";
    on(Requester::new().name("acme-cli")).await.expect_words(&format!("<dd><bdi>acme-cli</bdi>, {ago}"));
    on(Requester::new().address(address("2001:db8::1")))
        .await
        .expect_words(&format!("<dd><bdi>2001:db8::1</bdi>, {ago}"));
    on(Requester::new().agent("curl/8")).await.expect_words(&format!("<dd><bdi>curl/8</bdi>, {ago}"));
    let client = page(Details::new().client("acme"), 61).await;
    client.expect_words(&format!("<dd><bdi>acme</bdi>, {ago}"));
    client.expect_words("It will then be able to do everything there that you can do.");
    on(Requester::new()).await.expect_words(&format!("<dt>Who asks</dt><dd>{ago}"));
}

/// All of it comes from a stranger.
#[tokio::test]
async fn what_a_stranger_says_of_themselves_is_only_text() {
    let hostile = "<script>'\"&\u{202e}\u{2066}\u{200b}{address}</script>";
    let requester = Requester::new().address(address("::1")).name(hostile).agent(hostile);
    let page = page(Details::new().client(hostile).scope(hostile).requester(requester), 0).await;
    let shown = "<bdi>&#60;script&#62;&#39;&#34;&#38;&#123;address}&#60;/script&#62;</bdi>";
    page.expect_words(&format!("<dd>{shown} on <bdi>::1</bdi>, "));
    for hidden in ["\u{202e}", "\u{2066}", "\u{200b}"] {
        assert!(!page.text.contains(hidden), "{}", page.text);
    }
}
