//! The browser pages: each page, its status, and what became of the login.

mod arrival;
mod asking;
mod events;
mod guards;
mod languages;
mod links;
mod origin;
mod undo;

use std::time::Duration;

use crate::browser::{Browser, CONFIRM, DEVICE};
use crate::support::{ANONYMOUS, SIGNED_IN};
use axum::body::Body;
use axum::http::Request;
use counterfoil::{Polled, State};

const QUESTION: &str = "Let a command-line tool sign in?";
const ENTER: &str = "Enter the code from your terminal";

#[tokio::test]
async fn a_login_code_is_approved() {
    let browser = Browser::new();
    let login = browser.begin();
    let page = browser.get(&format!("{CONFIRM}?login_code={}", login.login)).await;
    page.expect_page(200, QUESTION);
    page.expect_words("<bdi>internal</bdi>");
    page.expect_words("10 minutes");
    page.expect_words("it would let <em>them</em> in as you");
    page.expect_words(&format!("<input type=\"hidden\" name=\"login_code\" value=\"{}\">", login.login));
    assert_eq!(page.text.matches(&login.login).count(), 1, "nowhere but in the hidden field");
    assert!(!page.text.contains(&login.user), "a user code that was not asked for");

    let done = browser.approve(CONFIRM, ("login_code", &login.login)).await;
    done.expect_page(200, "Approved");
    assert_eq!(done.text.matches(&login.login).count(), 1, "nowhere but in the form that takes it back");
    assert!(!done.text.contains(SIGNED_IN));
    let store = browser.server.store.for_tenant("internal");
    let Polled::Completed(token) = store.poll(&login.codes.polling_code) else { panic!() };
    assert_eq!(token.expose(), SIGNED_IN);
}

#[tokio::test]
async fn a_user_code_is_approved_however_it_is_typed() {
    let browser = Browser::new();
    let form = browser.get(DEVICE).await;
    form.expect_page(200, ENTER);
    browser.get("/device?user_code=").await.expect_page(200, ENTER);
    for typed in [|code: &str| code.to_owned(), |code: &str| code.to_lowercase().replace('-', "+")] {
        let login = browser.begin();
        let page = browser.get(&format!("{DEVICE}?user_code={}", typed(&login.user))).await;
        page.expect_page(200, QUESTION);
        page.expect_words("Compare the code above with the one on your terminal.");
        page.expect_words(&format!("<code dir=\"ltr\">{}</code>", login.user));
        page.expect_words(&format!("<input type=\"hidden\" name=\"user_code\" value=\"{}\">", login.user));
        assert!(!page.text.contains(&login.login));
        let done = browser.approve(DEVICE, ("user_code", &login.user)).await;
        done.expect_page(200, "Approved");
        assert!(!done.text.contains(&login.user) && !done.text.contains(SIGNED_IN));
    }
}

#[tokio::test]
async fn a_login_is_denied_without_a_token() {
    let browser = Browser::new();
    for (path, by_user_code) in [(CONFIRM, false), (DEVICE, true)] {
        let login = browser.begin();
        let code = if by_user_code { ("user_code", &*login.user) } else { ("login_code", &*login.login) };
        browser.deny(path, code).await.expect_page(200, "Denied");
        let store = browser.server.store.for_tenant("internal");
        assert!(matches!(store.poll(&login.codes.polling_code), Polled::Denied));
    }
}

/// A second click, the back button, or a look at the page later.
#[tokio::test]
async fn a_second_decision_hears_about_the_first() {
    let browser = Browser::new();
    for by_user_code in [false, true] {
        let path = if by_user_code { DEVICE } else { CONFIRM };
        for approved in [true, false] {
            let login = browser.begin();
            let code = if by_user_code { ("user_code", &*login.user) } else { ("login_code", &*login.login) };
            let heading = if approved { "Already approved" } else { "Already denied" };
            if approved {
                browser.approve(path, code).await
            } else {
                browser.deny(path, code).await
            };
            browser.approve(path, code).await.expect_page(400, heading);
            browser.deny(path, code).await.expect_page(400, heading);
            browser.get(&format!("{path}?{}={}", code.0, code.1)).await.expect_page(400, heading);
            let store = browser.server.store.for_tenant("internal");
            let polled = store.poll(&login.codes.polling_code);
            assert!(matches!(polled, Polled::Completed(_)) == approved);
            let again = browser.approve(path, code).await;
            again.expect_page(400, heading);
            if approved {
                again.expect_words("the command-line tool is signed in");
            }
        }
    }
}

#[tokio::test]
async fn a_login_that_is_over_says_so() {
    let browser = Browser::new();
    let store = browser.server.store.for_tenant("internal");
    let expired = browser.begin();
    browser.server.clock.advance(Duration::from_secs(600));
    let cancelled = browser.begin();
    store.cancel(&cancelled.codes.polling_code).unwrap();
    for (login, heading) in [(&cancelled, "Cancelled"), (&expired, "Expired")] {
        for (path, name, code) in [(CONFIRM, "login_code", &login.login), (DEVICE, "user_code", &login.user)] {
            browser.get(&format!("{path}?{name}={code}")).await.expect_page(400, heading);
            browser.approve(path, (name, code)).await.expect_page(400, heading);
            browser.deny(path, (name, code)).await.expect_page(400, heading);
        }
    }
}

#[tokio::test]
async fn login_codes_that_name_nothing_are_answered_alike() {
    let browser = Browser::new();
    let unknown = "a".repeat(40);
    let expected = browser.get(&format!("{CONFIRM}?login_code={unknown}")).await;
    expected.expect_page(400, "No such login");
    for path in ["?login_code=x", "?login_code=%3Cscript%3E", "?login_code=BCDF-GHJ%D0%9A"] {
        let answer = browser.get(&format!("{CONFIRM}{path}")).await;
        assert_eq!((answer.status, &answer.text), (400, &expected.text), "{path}");
    }
    for code in [&*unknown, "x", "<script>alert(1)</script>"] {
        for answer in
            [browser.approve(CONFIRM, ("login_code", code)).await, browser.deny(CONFIRM, ("login_code", code)).await]
        {
            assert_eq!((answer.status, &answer.text), (400, &expected.text), "{code}");
        }
    }
}

#[tokio::test]
async fn only_a_signed_in_users_token_approves() {
    let browser = Browser::new();
    let login = browser.begin();
    for (name, code, path) in [("login_code", &login.login, CONFIRM), ("user_code", &login.user, DEVICE)] {
        for token in [ANONYMOUS, "rt-nobody", "<script>"] {
            let form = [(name, &**code), ("decision", "approve"), ("refresh_token", token)];
            let page = browser.post(path, &form).await;
            page.expect_page(400, QUESTION);
            page.expect_words("that is not the refresh token of a signed-in user");
            assert!(!page.text.contains(token), "{}", page.text);
        }
        for form in [
            &[(name, &**code), ("decision", "approve")][..],
            &[(name, code), ("decision", "approve"), ("refresh_token", "")],
        ] {
            let page = browser.post(path, form).await;
            page.expect_page(400, QUESTION);
            page.expect_words("the refresh token is missing");
        }
    }
    // The login is as it was, and the form is there to try again.
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    browser.approve(CONFIRM, ("login_code", &login.login)).await.expect_page(200, "Approved");
}

#[tokio::test]
async fn what_is_not_the_form_is_refused() {
    let browser = Browser::new();
    let login = browser.begin();
    let code = format!("login_code={}", login.login);
    let token = format!("refresh_token={SIGNED_IN}");
    let bodies = [
        String::new(),
        code.clone(),
        format!("{code}&decision="),
        format!("{code}&decision=deny&x=%ff"),
        format!("{code}&decision=Approve&{token}"),
        format!("{code}&decision=%3Cscript%3E"),
        "decision=deny".to_owned(),
        "decision=deny&login_code=".to_owned(),
        format!("{code}&{code}&decision=deny"),
        format!("{code}&decision=deny&decision=approve&{token}"),
        format!("{code}&decision=approve&{token}&{token}"),
        format!("{{\"login_code\":\"{}\"}}", login.login),
    ];
    let send = async |content_type: Option<&str>, body: String| {
        let mut request = Request::post(CONFIRM);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        browser.send(request.body(Body::from(body)).unwrap()).await
    };
    let form = "application/x-www-form-urlencoded";
    for body in bodies {
        let page = send(Some(form), body.clone()).await;
        page.expect_page(400, "That did not work");
        assert!(!page.text.contains(&login.login), "{body}");
    }
    let good = format!("{code}&decision=deny");
    for content_type in [None, Some("application/json"), Some("text/plain"), Some("multipart/form-data; boundary=x")] {
        send(content_type, good.clone()).await.expect_page(400, "That did not work");
    }
    browser.get(&format!("{CONFIRM}?{code}&login_code=a")).await.expect_page(400, "That did not work");
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    send(Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), good).await.expect_page(200, "Denied");
}

#[tokio::test]
async fn a_form_is_not_encoded() {
    let browser = Browser::new();
    let login = browser.begin();
    let form = [("login_code", &*login.login), ("decision", "deny")];
    for coding in ["gzip", "br", "identity, gzip", "x"] {
        let page = browser.post_with(CONFIRM, &[("content-encoding", coding)], &form).await;
        page.expect_page(415, "That did not work");
    }
    browser.post_with(CONFIRM, &[("content-encoding", "identity")], &form).await.expect_page(200, "Denied");
}

#[tokio::test]
async fn a_body_over_64_kib_is_too_much() {
    let browser = Browser::new();
    let login = browser.begin();
    let form = |padding: usize| format!("login_code={}&decision=deny&x={}", login.login, "x".repeat(padding));
    let room = 64 * 1024 - form(0).len();
    for (padding, status) in [(room + 1, 413), (room, 200)] {
        let request = Request::post(CONFIRM).header("content-type", "application/x-www-form-urlencoded");
        let answer = browser.send(request.body(form(padding).into()).unwrap()).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn other_methods_are_refused_and_head_is_get() {
    let browser = Browser::new();
    let login = browser.begin();
    for path in [CONFIRM, DEVICE] {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = browser.send(request).await;
            answer.expect_page(405, "That is not possible here");
            let allowed = answer.header("allow").unwrap();
            assert!(["GET", "HEAD", "POST"].iter().all(|method| allowed.contains(method)), "{allowed}");
        }
    }
    for (path, status) in [
        (format!("{CONFIRM}?login_code={}", login.login), 200),
        (format!("{DEVICE}?user_code={}", login.user), 200),
        (DEVICE.to_owned(), 200),
        (CONFIRM.to_owned(), 200),
        (format!("{DEVICE}?user_code=AEIO"), 400),
        (format!("{CONFIRM}?login_code=x"), 400),
    ] {
        let answer = browser.send(Request::head(&path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, &*answer.text), (status, ""), "{path}");
    }
}

#[tokio::test]
async fn names_and_codes_are_escaped() {
    let browser = Browser::new();
    let hostile = "<script>alert('\"&')</script>\u{202e}";
    let login = browser.begin_in(hostile);
    let page = browser.get(&format!("{CONFIRM}?login_code={}", login.login)).await;
    page.expect_page(200, QUESTION);
    page.expect_words("<bdi>&#60;script&#62;alert(&#39;&#34;&#38;&#39;)&#60;/script&#62;\u{202e}</bdi>");
    let done = browser.approve(CONFIRM, ("login_code", &login.login)).await;
    done.expect_page(200, "Approved");
    done.expect_words("<bdi>&#60;script&#62;");

    let page = browser.get("/device?user_code=%22%3E%3Cscript%3E").await;
    page.expect_page(400, ENTER);
    page.expect_words("value=\"&#34;&#62;&#60;script&#62;\"");
    // What is much too long for a code is not shown again.
    let page = browser.get(&format!("/device?user_code={}", "x".repeat(25))).await;
    page.expect_words("value=\"\"");
}

#[tokio::test]
async fn the_time_left_counts_down() {
    let browser = Browser::new();
    let login = browser.begin();
    for (seconds, words) in
        [(1, "9 minutes"), (419, "3 minutes"), (59, "2 minutes"), (1, "2 minutes"), (70, "50 seconds")]
    {
        browser.server.clock.advance(Duration::from_secs(seconds));
        let page = browser.get(&format!("{CONFIRM}?login_code={}", login.login)).await;
        page.expect_words(&format!("<dd>{words}</dd>"));
    }
}
