//! What the pages tell an audit log: what happened, to which login, by whom, and no secret.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::browser::{Begun, Browser, CONFIRM, Cookies, DEVICE, DIRECT};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use counterfoil::axum::{Event, EventKind, Events};
use counterfoil::{Details, LoginOptions, SessionId, Source};

const PEER: &str = "203.0.113.9";

/// Kind, tenant, login and client of each event.
type Noted = (EventKind, Option<String>, Option<SessionId>, Option<String>);

#[derive(Default)]
struct Log(Mutex<Vec<Noted>>, Mutex<Vec<String>>);

impl Events for Log {
    fn note(&self, event: &Event<'_>) {
        assert_eq!(event.source, Source::from(PEER.parse::<IpAddr>().unwrap()));
        self.1.lock().unwrap().push(format!("{event:?}"));
        let owned = |text: Option<&str>| text.map(str::to_owned);
        self.0.lock().unwrap().push((event.kind, owned(event.tenant), event.session, owned(event.client)));
    }
}

impl Log {
    fn take(&self) -> Vec<Noted> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn logged() -> (Browser, Arc<Log>) {
    let log = Arc::new(Log::default());
    (Browser::with(|pages| pages.sign_in(Cookies).events(log.clone()).router()), log)
}

async fn send(browser: &Browser, method: &str, path: &str, form: &str) -> crate::support::Answer {
    let request = Request::builder().method(method).uri(path).header("cookie", "session=alice");
    let site = if method == "POST" { ("sec-fetch-site", "same-origin") } else { DIRECT };
    let request = request.header(site.0, site.1).header("content-type", "application/x-www-form-urlencoded");
    let mut request = request.body(Body::from(form.to_owned())).unwrap();
    let peer = std::net::SocketAddr::new(PEER.parse().unwrap(), 1);
    request.extensions_mut().insert(ConnectInfo(peer));
    browser.send(request).await
}

#[tokio::test]
async fn each_step_of_a_login_is_noted_once() {
    let (browser, log) = logged();
    let begin = || browser.begin_with("internal", LoginOptions::new().details(Details::new().client("acme")));
    let of =
        |kind, login: &Begun| vec![(kind, Some("internal".to_owned()), Some(login.codes.id), Some("acme".to_owned()))];
    let login = begin();
    let path = format!("{CONFIRM}?login_code={}", login.login);
    send(&browser, "HEAD", &path, "").await;
    assert_eq!(log.take(), []);
    let page = send(&browser, "GET", &path, "").await;
    assert_eq!(log.take(), of(EventKind::LookedUp, &login));
    let form = |page: &crate::support::Answer, decision: &str| {
        let fields = [("login_code", &*login.login), ("proof", &page.field("proof").unwrap()), ("decision", decision)];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    };
    let done = send(&browser, "POST", CONFIRM, &form(&page, "approve")).await;
    done.expect_page(200, "Approved");
    assert_eq!(log.take(), of(EventKind::Approved, &login));
    send(&browser, "POST", CONFIRM, &form(&page, "approve")).await.expect_page(400, "Already approved");
    assert_eq!(log.take(), [], "it was approved once");
    send(&browser, "POST", CONFIRM, &form(&done, "withdraw")).await.expect_page(200, "Taken back");
    assert_eq!(log.take(), of(EventKind::Withdrawn, &login));

    let denied = begin();
    send(&browser, "POST", CONFIRM, &format!("login_code={}&decision=deny", denied.login)).await;
    assert_eq!(log.take(), of(EventKind::Denied, &denied));
    for secret in [&login.login, &login.user, &denied.login, &*login.codes.polling_code.expose()] {
        assert!(log.1.lock().unwrap().iter().all(|event| !event.contains(secret)));
    }
}

#[tokio::test]
async fn a_source_out_of_guesses_is_noted() {
    let (browser, log) = logged();
    for _ in 0..10 {
        send(&browser, "GET", &format!("{DEVICE}?user_code=BBBB-BBBB"), "").await;
    }
    assert_eq!(log.take(), [], "a wrong code is nothing yet");
    send(&browser, "GET", &format!("{DEVICE}?user_code=BBBB-BBBB"), "")
        .await
        .expect_page(429, "Enter the code from your terminal");
    assert_eq!(log.take(), [(EventKind::BudgetExhausted, None, None, None)]);
    for _ in 0..20 {
        send(&browser, "GET", &format!("{DEVICE}?user_code=BBBB-BBBB"), "").await;
    }
    assert_eq!(log.take(), [], "once a minute");
}
