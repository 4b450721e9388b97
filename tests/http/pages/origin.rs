//! What "this site" is to the pages: a scheme, a host and a port, of the public URL if one is set.

use std::net::SocketAddr;

use crate::browser::{Browser, CONFIRM, Cookies, DEVICE};
use crate::support::{Answer, SIGNED_IN};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use counterfoil::State;

const QUESTION: &str = "Let a command-line tool sign in?";
const ELSEWHERE: &str = "Request from another site";
const ALICE: (&str, &str) = ("cookie", "session=alice");

fn public(url: &str) -> Browser {
    Browser::with(|pages| pages.public_url(url.parse().unwrap()).sign_in(Cookies).router())
}

/// Approves a new login by a cookie.
async fn approve(browser: &Browser, headers: &[(&str, &str)]) -> Answer {
    let login = browser.begin();
    let headers = [&[ALICE], headers].concat();
    let answer = browser.approve_by(CONFIRM, &headers, ("login_code", &login.login)).await;
    let state = browser.server.store.for_tenant("internal").inspect(login.code()).unwrap().state;
    assert_eq!(state == State::Completed, answer.status == 200, "{answer:?}");
    answer
}

#[tokio::test]
async fn scheme_host_and_port_must_all_be_this_sites() {
    let browser = public("https://login.example");
    let host = ("host", "login.example");
    for origin in ["https://login.example", "https://Login.Example", "https://login.example:443"] {
        approve(&browser, &[host, ("origin", origin)]).await.expect_page(200, "Approved");
        approve(&browser, &[("host", "login.example:443"), ("origin", origin)]).await.expect_page(200, "Approved");
    }
    for origin in [
        "http://login.example",
        "ftp://login.example",
        "https://login.example:8443",
        "https://www.login.example",
        "https://login.example.evil.example",
        "https://user@login.example",
        "https://login.example/",
        "login.example",
        "",
        "null",
    ] {
        approve(&browser, &[host, ("origin", origin)]).await.expect_page(400, ELSEWHERE);
        // Browsers contradict themselves in nothing but `null`, which other headers can make of the page's own form.
        if origin != "null" {
            let fetched = ("sec-fetch-site", "same-origin");
            approve(&browser, &[host, ("origin", origin), fetched]).await.expect_page(400, ELSEWHERE);
        }
    }
    let twice = [host, ("origin", "https://login.example"), ("origin", "https://login.example")];
    approve(&browser, &twice).await.expect_page(400, ELSEWHERE);
}

#[tokio::test]
async fn other_hosts_are_misdirected() {
    let browser = public("https://login.example:8443/login");
    let login = browser.begin();
    for host in ["evil.example", "login.example", "login.example:443", "127.0.0.1:8443", "www.login.example:8443"] {
        for path in [DEVICE.to_owned(), format!("{CONFIRM}?login_code={}", login.login)] {
            let request = |method| Request::builder().method(method).uri(&path).header("host", host);
            for method in ["GET", "HEAD", "PUT"] {
                let answer = browser.send(request(method).body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, 421, "{method} {host} {path}");
                if method != "HEAD" {
                    answer.expect_page(421, "Not at this address");
                }
            }
        }
        let foreign = format!("https://{host}");
        approve(&browser, &[("host", host), ("origin", &foreign)]).await.expect_page(421, "Not at this address");
        let typed = [("login_code", &*login.login), ("decision", "approve"), ("refresh_token", SIGNED_IN)];
        browser.post_with(CONFIRM, &[("host", host)], &typed).await.expect_page(421, "Not at this address");
    }
    for host in ["login.example:8443", "LOGIN.example:8443"] {
        let ask = Request::get(format!("{CONFIRM}?login_code={}", login.login)).header("host", host);
        browser.send(ask.body(Body::empty()).unwrap()).await.expect_page(200, QUESTION);
        let origin = ("origin", "https://login.example:8443");
        approve(&browser, &[("host", host), origin]).await.expect_page(200, "Approved");
    }
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    for browser in [Browser::new(), public("https://login.example")] {
        for hosts in
            [&["login.example", "login.example"][..], &["a", "b"], &[""], &["a b"], &["a@b"], &["a,b"], &["a:x"]]
        {
            for method in ["GET", "POST", "PUT"] {
                let mut request = Request::builder().method(method).uri(DEVICE);
                for host in hosts {
                    request = request.header("host", *host);
                }
                let answer = browser.send(request.body(Body::empty()).unwrap()).await;
                answer.expect_page(400, "That did not work");
            }
        }
        let none = Request::get(DEVICE).body(Body::empty()).unwrap();
        browser.server.send_as_it_is(none).await.expect_page(400, "That did not work");
    }
}

#[tokio::test]
async fn without_a_public_url_the_host_is_taken_over_plain_http() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    for (host, origin) in [
        ("login.example", "http://login.example"),
        ("login.example:80", "http://login.example"),
        ("127.0.0.1:8102", "http://127.0.0.1:8102"),
        ("[::1]:8102", "http://[::1]:8102"),
    ] {
        approve(&browser, &[("host", host), ("origin", origin)]).await.expect_page(200, "Approved");
    }
    for (host, origin) in [
        ("login.example", "https://login.example"),
        ("login.example", "ftp://login.example"),
        ("login.example", "http://login.example:8080"),
        ("login.example:443", "https://login.example"),
        ("127.0.0.1:8102", "http://localhost:8102"),
        ("login.example", "http://evil.example"),
    ] {
        approve(&browser, &[("host", host), ("origin", origin)]).await.expect_page(400, ELSEWHERE);
    }
}

#[tokio::test]
async fn a_trusted_proxy_tells_the_scheme() {
    let browser =
        Browser::with(|pages| pages.trusted_proxies(["10.0.0.0/8".parse().unwrap()]).sign_in(Cookies).router());
    for (peer, proto, origin, right) in [
        ("10.0.0.1", "https", "https://login.example", true),
        ("10.0.0.1", "https", "http://login.example", false),
        ("10.0.0.1", "http", "http://login.example", true),
        ("10.0.0.1", "ftp", "ftp://login.example", false),
        ("192.0.2.1", "https", "https://login.example", false),
        ("192.0.2.1", "https", "http://login.example", true),
    ] {
        let login = browser.begin();
        let proof = browser.proof(&[ALICE], ("login_code", &login.login)).await.unwrap();
        let mut request = Request::post(CONFIRM)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-proto", proto)
            .header("origin", origin)
            .header(ALICE.0, ALICE.1)
            .body(format!("login_code={}&decision=approve&proof={proof}", login.login).into())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        assert_eq!(browser.send(request).await.status == 200, right, "{peer} {proto} {origin}");
    }
}

/// A page without an origin, in a sandboxed frame say, decides nothing that the visitor's browser would vouch for.
#[tokio::test]
async fn a_page_without_an_origin_decides_nothing() {
    for browser in [Browser::with(|pages| pages.sign_in(Cookies).router()), public("http://login.example")] {
        let login = browser.begin();
        let wrong = if login.user == "BBBB-BBBB" { "CCCC-CCCC" } else { "BBBB-BBBB" };
        let null = [ALICE, ("origin", "null")];
        for _ in 0..20 {
            for code in [("login_code", &*login.login), ("user_code", wrong)] {
                for decision in ["approve", "deny"] {
                    let form = [code, ("decision", decision)];
                    browser.post_with(DEVICE, &null, &form).await.expect_page(400, ELSEWHERE);
                }
            }
            // A script's request, which browsers send with an origin.
            let fetched = Request::get(format!("{DEVICE}?user_code={wrong}")).header("origin", "null");
            browser.send(fetched.body(Body::empty()).unwrap()).await.expect_page(400, ELSEWHERE);
        }
        // None of it has spent the visitor's guesses.
        browser.get(&format!("{DEVICE}?user_code={}", login.user)).await.expect_page(200, QUESTION);
    }
}
