//! What the browser pages hold off: guesses, other sites, and who may approve by being signed in.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;

use crate::browser::{Browser, CONFIRM, Cookies, DEVICE};
use crate::support::{Answer, SIGNED_IN, Server};
use counterfoil::axum::pages::{Page, PlainHtml, Render};
use counterfoil::axum::{Pages, StaticTokens, Store};
use counterfoil::{Polled, Source, State};

const QUESTION: &str = "Let a command-line tool sign in?";
const ENTER: &str = "Enter the code from your terminal";
const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A well-formed code that no login has: one of two, whichever is not `other`.
fn wrong(other: &str) -> &'static str {
    if other == "BBBB-BBBB" { "CCCC-CCCC" } else { "BBBB-BBBB" }
}

#[tokio::test]
async fn wrong_codes_spend_the_budget_wherever_they_are_sent() {
    let browser = Browser::new();
    let login = browser.begin();
    let bad = wrong(&login.user);
    let too_many = |answer: &Answer, seconds: &str| {
        answer.expect_page(429, ENTER);
        assert_eq!(answer.header("retry-after"), Some(seconds));
        answer.expect_words("Too many wrong codes.");
    };
    // What is no code at all, or no decision, costs nothing; nor do right codes.
    for _ in 0..20 {
        let malformed = browser.get("/device?user_code=AEIO-1234").await;
        malformed.expect_page(400, ENTER);
        malformed.expect_words("That is not a code.");
        browser.post(DEVICE, &[("user_code", bad)]).await.expect_page(400, "That did not work");
        browser.get(&format!("{DEVICE}?user_code={}", login.user)).await.expect_page(200, QUESTION);
    }
    for _ in 0..3 {
        let unknown = browser.get(&format!("{DEVICE}?user_code={bad}")).await;
        unknown.expect_page(400, ENTER);
        unknown.expect_words("No login has that code.");
        unknown.expect_words(&format!("value=\"{bad}\""));
        browser.approve(DEVICE, ("user_code", bad)).await.expect_page(400, ENTER);
        browser.deny(DEVICE, ("user_code", bad)).await.expect_page(400, ENTER);
    }
    browser.get(&format!("{DEVICE}?user_code={bad}")).await.expect_page(400, ENTER);
    browser.server.clock.advance(Duration::from_millis(30_500));
    too_many(&browser.get(&format!("{DEVICE}?user_code={bad}")).await, "30");
    too_many(&browser.get(&format!("{DEVICE}?user_code={}", login.user)).await, "30");
    too_many(&browser.approve(DEVICE, ("user_code", &login.user)).await, "30");
    too_many(&browser.deny(DEVICE, ("user_code", &login.user)).await, "30");
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    // The page without a code is there, other sources are, and so is the login code's page.
    browser.get(DEVICE).await.expect_page(200, ENTER);
    browser.get_from("192.0.2.1", &format!("{DEVICE}?user_code={}", login.user)).await.expect_page(200, QUESTION);
    browser.get(&format!("{CONFIRM}?login_code={}", login.login)).await.expect_page(200, QUESTION);
    browser.server.clock.advance(Duration::from_millis(29_500));
    browser.approve(DEVICE, ("user_code", &login.user)).await.expect_page(200, "Approved");
}

#[tokio::test]
async fn a_source_is_the_peer_or_what_a_trusted_proxy_says() {
    let browser = Browser::with(|pages| pages.trusted_proxies(["10.0.0.0/8".parse().unwrap()]).router());
    let path = format!("{DEVICE}?user_code={}", wrong(""));
    let ask = async |peer: &str, forwarded: &str| {
        let mut request =
            axum::http::Request::get(&path).header("x-forwarded-for", forwarded).body(axum::body::Body::empty());
        let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 1);
        request.as_mut().unwrap().extensions_mut().insert(axum::extract::ConnectInfo(peer));
        browser.send(request.unwrap()).await.status
    };
    for n in 0..10 {
        assert_eq!(ask("192.0.2.1", &format!("198.51.100.{n}")).await, 400);
        assert_eq!(ask("10.0.0.1", "203.0.113.1").await, 400);
    }
    assert_eq!(ask("192.0.2.1", "198.51.100.99").await, 429);
    assert_eq!(ask("10.0.0.1", "203.0.113.1").await, 429);
    assert_eq!(ask("10.0.0.1", "203.0.113.2").await, 400);
}

#[tokio::test]
async fn a_server_finds_the_visitors_address_in_its_own_way() {
    let named = |head: &Parts| match head.headers.get("cf-connecting-ip") {
        Some(told) => told.to_str().unwrap().parse::<std::net::IpAddr>().unwrap().into(),
        None => Source::UNKNOWN,
    };
    let browser = Browser::with(|pages| pages.source(named).router());
    let path = format!("{DEVICE}?user_code={}", wrong(""));
    let ask = async |address: &str| {
        let mut request = axum::http::Request::get(&path).header("cf-connecting-ip", address);
        let peer = std::net::SocketAddr::from(([10, 0, 0, 1], 1));
        request.extensions_mut().unwrap().insert(axum::extract::ConnectInfo(peer));
        browser.send(request.body(axum::body::Body::empty()).unwrap()).await.status
    };
    for _ in 0..10 {
        assert_eq!(ask("203.0.113.1").await, 400);
    }
    assert_eq!([ask("203.0.113.1").await, ask("198.51.100.1").await], [429, 400]);
}

#[tokio::test]
async fn a_decision_from_another_site_is_refused() {
    let browser = Browser::new();
    let login = browser.begin();
    let (code, token) = (("login_code", &*login.login), ("refresh_token", SIGNED_IN));
    let elsewhere: [&[(&str, &str)]; 3] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("host", "example.org")],
    ];
    for headers in elsewhere {
        for fields in [&[code, ("decision", "approve"), token][..], &[code, ("decision", "deny")]] {
            browser.post_with(CONFIRM, headers, fields).await.expect_page(400, "Request from another site");
        }
    }
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    // A token in the form proves itself, so a request that says nothing is as good as curl's.
    let fields = [code, ("decision", "approve"), token];
    browser.post_with(CONFIRM, &[("origin", "null")], &fields).await.expect_page(200, "Approved");
}

#[tokio::test]
async fn another_sites_page_cannot_spend_the_visitors_guesses() {
    let browser = Browser::new();
    let login = browser.begin();
    let ask = async |dest: &str, mode: &str, code: &str| {
        let request = axum::http::Request::get(format!("{DEVICE}?user_code={code}"))
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", dest);
        browser.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    for _ in 0..20 {
        ask("image", "no-cors", wrong(&login.user)).await.expect_page(400, "Request from another site");
        ask("iframe", "navigate", wrong(&login.user)).await.expect_page(400, "Request from another site");
    }
    // A link brings the visitor here, and looks nothing up.
    for code in [wrong(&login.user), &login.user] {
        for _ in 0..20 {
            let form = ask("document", "navigate", code).await;
            form.expect_page(200, ENTER);
            form.expect_words(&format!("value=\"{code}\""));
        }
    }
    browser.get(&format!("{DEVICE}?user_code={}", login.user)).await.expect_page(200, QUESTION);
}

#[tokio::test]
async fn who_is_signed_in_and_has_come_directly_approves_with_one_click() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    let login = browser.begin();
    let path = format!("{CONFIRM}?login_code={}", login.login);
    let get = async |cookie: &str| {
        let request = axum::http::Request::get(&path).header("cookie", cookie).body(axum::body::Body::empty());
        browser.send(request.unwrap()).await
    };
    let page = get("session=<alice>").await;
    page.expect_page(200, QUESTION);
    page.expect_words("<bdi>&#60;alice&#62;</bdi>");
    assert!(!page.text.contains("name=\"refresh_token\""), "{}", page.text);
    let down = get("session=down").await;
    down.expect_page(503, "Temporarily unavailable");
    assert_eq!(down.header("retry-after"), Some("2"));
    let out = get("").await;
    out.expect_page(200, QUESTION);
    out.expect_words("href=\"/sign-in?a=1&#38;b=&#34;\"");
    assert!(!out.text.contains("value=\"approve\"") && out.text.contains("value=\"deny\""), "{}", out.text);

    let approve =
        async |headers: &[(&str, &str)]| browser.approve_by(CONFIRM, headers, ("login_code", &login.login)).await;
    let alice = ("cookie", "session=alice");
    // By a cookie, only from this site for certain.
    for headers in [&[alice][..], &[alice, ("origin", "null")], &[alice, ("sec-fetch-site", "cross-site")]] {
        approve(headers).await.expect_page(400, "Request from another site");
    }
    for (cookie, words) in [
        ("", "you are not signed in"),
        ("session=leaving", "you are not signed in"),
        ("session=visitor", "your account may not approve logins here"),
    ] {
        let page = approve(&[("cookie", cookie), HERE]).await;
        page.expect_page(400, QUESTION);
        page.expect_words(words);
    }
    approve(&[("cookie", "session=down"), HERE]).await.expect_page(503, "Temporarily unavailable");
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    let approved = approve(&[alice, ("origin", "http://example.org"), ("host", "example.org")]).await;
    approved.expect_page(200, "Approved");
    approved.expect_words("<bdi>internal</bdi></strong> as <strong><bdi>alice</bdi>");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Completed(token) if token.expose() == SIGNED_IN));
    approve(&[alice, HERE]).await.expect_page(400, "Already approved");
}

/// The page named Alice. If Bob is signed in when the form arrives, the login is not approved as Bob, nor without a
/// page, nor on the page of another login.
#[tokio::test]
async fn an_approval_is_bound_to_the_account_that_the_page_named() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    let (login, other) = (browser.begin(), browser.begin());
    let [alice, bob] = ["session=alice", "session=bob"].map(|cookie| [("cookie", cookie), HERE]);
    let code = ("login_code", &*login.login);
    let shown_to_alice = browser.proof(&alice, code).await.unwrap();
    let of_another_login = browser.proof(&bob, ("login_code", &other.login)).await.unwrap();
    let by_user_code = browser.proof(&bob, ("user_code", &login.user)).await.unwrap();
    let store = browser.server.store.for_tenant("internal");
    for proof in [None, Some(""), Some(&*shown_to_alice), Some(&of_another_login)] {
        let mut form = vec![code, ("decision", "approve")];
        form.extend(proof.map(|proof| ("proof", proof)));
        let page = browser.post_with(CONFIRM, &bob, &form).await;
        page.expect_page(400, QUESTION);
        page.expect_words("not shown for the account that you are signed in with now");
        page.expect_words("<dd><bdi>bob</bdi></dd>");
        assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    }
    // Denying needs no proof: it gives nothing away.
    let form = [("login_code", &*other.login), ("decision", "deny")];
    browser.post_with(CONFIRM, &alice, &form).await.expect_page(200, "Denied");
    // Whichever code names the login.
    let form = [code, ("decision", "approve"), ("proof", &by_user_code)];
    browser.post_with(CONFIRM, &bob, &form).await.expect_page(200, "Approved");
}

/// Two accounts may have one name, and the name is all that the proof was bound to.
#[tokio::test]
async fn an_approval_is_bound_to_the_account_and_not_to_its_name() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    let login = browser.begin();
    let [one, other] = ["session=alex#1", "session=alex#2"].map(|cookie| [("cookie", cookie), HERE]);
    let code = ("login_code", &*login.login);
    let shown_to_one = browser.proof(&one, code).await.unwrap();
    let form = [code, ("decision", "approve"), ("proof", &*shown_to_one)];
    let page = browser.post_with(CONFIRM, &other, &form).await;
    page.expect_page(400, QUESTION);
    page.expect_words("not shown for the account that you are signed in with now");
    page.expect_words("<dd><bdi>alex</bdi></dd>");
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    browser.post_with(CONFIRM, &one, &form).await.expect_page(200, "Approved");
}

/// A form that was sent is sent again, by the back button or by whoever has a copy of it: the login has ended.
#[tokio::test]
async fn a_form_that_is_sent_again_decides_nothing() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    let login = browser.begin();
    let alice = [("cookie", "session=alice"), HERE];
    let code = ("login_code", &*login.login);
    let proof = browser.proof(&alice, code).await.unwrap();
    let form = [code, ("decision", "approve"), ("proof", &*proof)];
    browser.post_with(CONFIRM, &alice, &form).await.expect_page(200, "Approved");
    browser.post_with(CONFIRM, &alice, &form).await.expect_page(400, "Already approved");
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Completed(_)));
    browser.post_with(CONFIRM, &alice, &form).await.expect_page(400, "Already approved");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Redeemed));
}

/// Pages before anything is set.
type Plain = Pages<Store, Arc<StaticTokens>>;

#[tokio::test]
async fn servers_with_one_form_key_take_each_others_forms() {
    let one = Browser::with(|pages| pages.form_key([1; 32]).sign_in(Cookies).router());
    let login = one.begin();
    let alice = [("cookie", "session=alice"), HERE];
    let proof = one.proof(&alice, ("login_code", &login.login)).await.unwrap();
    let form = [("login_code", &*login.login), ("decision", "approve"), ("proof", &proof)];
    let with = |pages: fn(Plain) -> Plain| {
        let tokens = Arc::new(StaticTokens::new().signed_in(SIGNED_IN));
        let pages = pages(Pages::new(one.server.store.clone(), tokens));
        Browser { server: Server { router: pages.sign_in(Cookies).router(), ..Server::new() } }
    };
    for other in [with(|pages| pages), with(|pages| pages.form_key([2; 32]))] {
        other.post_with(CONFIRM, &alice, &form).await.expect_page(400, QUESTION);
    }
    let rotated = with(|pages| pages.form_key([2; 32]).form_key([1; 32]));
    rotated.post_with(CONFIRM, &alice, &form).await.expect_page(200, "Approved");
}

#[tokio::test]
async fn a_token_in_the_form_counts_where_users_sign_in_too() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    let login = browser.begin();
    browser.approve(CONFIRM, ("login_code", &login.login)).await.expect_page(200, "Approved");
}

/// Pages of one's own.
struct Branded(&'static str);

impl Render for Branded {
    fn html(&self, page: &Page, request: &Parts) -> String {
        PlainHtml.html(page, request).replace("</main>", "<p>Brand</p></main>")
    }

    fn content_security_policy(&self) -> &str {
        self.0
    }
}

#[tokio::test]
async fn pages_can_be_replaced() {
    struct Default;
    impl Render for Default {
        fn html(&self, page: &Page, request: &Parts) -> String {
            PlainHtml.html(page, request)
        }
    }

    let policy = "default-src 'none'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let browser = Browser::with(|pages| pages.render(Branded(policy)).sign_in(Cookies).router());
    let answer = browser.get(DEVICE).await;
    answer.expect_words("<p>Brand</p>");
    assert_eq!(answer.header("content-security-policy"), Some(policy));

    let answer = Browser::with(|pages| pages.render(Default).router()).get(DEVICE).await;
    assert!(answer.header("content-security-policy").unwrap().contains("style-src 'self'"));

    // A policy that is no header's value forbids everything.
    let browser = Browser::with(|pages| pages.render(Branded("a\nb")).router());
    let request = axum::http::Request::get(DEVICE);
    let answer = browser.server.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'; form-action 'none'"));
}

#[test]
fn no_formatter_prints_a_code() {
    struct Printing;
    impl Render for Printing {
        fn html(&self, page: &Page, _: &Parts) -> String {
            format!("{page:?} {page:#?}")
        }
    }

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let browser = Browser::with(|pages| pages.render(Printing).router());
        let login = browser.begin();
        for path in [format!("{CONFIRM}?login_code={}", login.login), format!("{DEVICE}?user_code={}", login.user)] {
            let request = axum::http::Request::get(path);
            let answer = browser.server.send(request.body(axum::body::Body::empty()).unwrap()).await;
            assert!(answer.text.contains("redacted"), "{}", answer.text);
            assert!(!answer.text.contains(&login.login) && !answer.text.contains(&login.user), "{}", answer.text);
        }
    });
}
