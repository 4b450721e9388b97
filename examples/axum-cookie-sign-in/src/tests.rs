//! The server in process: a browser that keeps cookies, and a tool.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use counterfoil::Secret;

const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=acme-cli";

fn server() -> (Router, Signer) {
    let users = Users::open(":memory:").unwrap();
    users.add_if_none("alice", "correct horse").unwrap();
    let signer = Signer::random();
    (app(Store::builder().build().unwrap(), users, signer.clone()), signer)
}

struct Browser {
    app: Router,
    cookies: HashMap<String, String>,
}

impl Browser {
    fn of(app: &Router) -> Self {
        Self { app: app.clone(), cookies: HashMap::new() }
    }

    /// Returns the status, where it leads, and the page.
    async fn ask(&mut self, from: &str, path: &str, form: Option<&str>) -> (StatusCode, Option<String>, String) {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(if form.is_some() { "POST" } else { "GET" })
            .uri(path)
            .header("host", "login.example")
            .header("sec-fetch-site", from)
            .header("cookie", cookies.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.unwrap_or_default().to_owned()))
            .unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, location, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// A request of the tool's.
async fn tool(app: &Router, path: &str, form: &str) -> (StatusCode, Value) {
    let (status, _, body) = Browser::of(app).ask("none", path, Some(form)).await;
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The person opens the link, signs in and approves. Returns the browser, and the page after it.
async fn approve(app: &Router, link: &str) -> (Browser, String) {
    let mut browser = Browser::of(app);
    let confirm = link.strip_prefix("http://login.example").unwrap();
    let (_, _, page) = browser.ask("none", confirm, None).await;
    let (_, rest) = page.split_once("href=\"/sign-in").unwrap_or_else(|| panic!("no sign-in: {page}"));
    let sign_in = format!("/sign-in{}", rest.split('"').next().unwrap().replace("&amp;", "&"));

    let (status, ..) = browser.ask("same-origin", &sign_in, Some("name=alice&password=wrong")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, ..) = browser.ask("cross-site", &sign_in, Some("name=alice&password=correct+horse")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (_, back, _) = browser.ask("same-origin", &sign_in, Some("name=alice&password=correct+horse")).await;
    assert_eq!(back.as_deref(), Some(confirm), "back to the page, with its code");

    let (_, _, page) = browser.ask("same-origin", confirm, None).await;
    assert!(page.contains("alice"), "{page}");
    let form = format!(
        "user_code={}&proof={}&decision=approve",
        hidden(&page, "user_code"),
        hidden(&page, "proof").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
    );
    let (status, _, page) = browser.ask("same-origin", "/device", Some(&form)).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    (browser, page)
}

#[tokio::test]
async fn a_login_approved_by_who_is_signed_in() {
    let (app, signer) = server();
    let (status, begun) = tool(&app, "/oauth/device_authorization", "client_id=acme-cli&scope=read").await;
    assert_eq!(status, StatusCode::OK, "{begun}");
    let poll = format!("{GRANT}&device_code={}", begun["device_code"].as_str().unwrap());
    assert_eq!(tool(&app, "/oauth/token", &poll).await.1["error"], "authorization_pending");

    approve(&app, begun["verification_uri_complete"].as_str().unwrap()).await;
    let (status, tokens) = tool(&app, "/oauth/token", &poll).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let claims = signer.check(&Secret::new(tokens["access_token"].as_str().unwrap())).unwrap();
    assert_eq!((&*claims.sub, &*claims.scope), ("alice", "read"));
    assert_eq!(tool(&app, "/oauth/token", &poll).await.1["error"], "invalid_grant", "once");
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_revoked() {
    let (app, signer) = server();
    let (_, begun) = tool(&app, "/oauth/device_authorization", "client_id=acme-cli&scope=read").await;
    approve(&app, begun["verification_uri_complete"].as_str().unwrap()).await;
    let poll = format!("{GRANT}&device_code={}", begun["device_code"].as_str().unwrap());
    let first = tool(&app, "/oauth/token", &poll).await.1["refresh_token"].as_str().unwrap().to_owned();

    let refresh = |token: &str| format!("grant_type=refresh_token&client_id=acme-cli&refresh_token={token}");
    let more = format!("{}&scope=write", refresh(&first));
    assert_eq!(tool(&app, "/oauth/token", &more).await.1["error"], "invalid_scope");
    let (status, tokens) = tool(&app, "/oauth/token", &refresh(&first)).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert!(signer.check(&Secret::new(tokens["access_token"].as_str().unwrap())).is_ok());
    assert_eq!(tool(&app, "/oauth/token", &refresh(&first)).await.1["error"], "invalid_grant", "replaced");

    let second = tokens["refresh_token"].as_str().unwrap();
    let (status, _) = tool(&app, "/oauth/revoke", &format!("client_id=acme-cli&token={second}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(tool(&app, "/oauth/token", &refresh(second)).await.1["error"], "invalid_grant", "revoked");
}

#[tokio::test]
async fn a_scope_that_there_is_none_of_is_refused() {
    let (app, _) = server();
    let (status, error) = tool(&app, "/oauth/device_authorization", "client_id=acme-cli&scope=admin").await;
    assert_eq!((status, &error["error"]), (StatusCode::BAD_REQUEST, &Value::from("invalid_scope")));
}

/// The tool has its token, and has even replaced it.
#[tokio::test]
async fn who_says_that_it_was_not_them_signs_the_tool_out() {
    let (app, _) = server();
    let (_, begun) = tool(&app, "/oauth/device_authorization", "client_id=acme-cli&scope=read").await;
    let (mut browser, done) = approve(&app, begun["verification_uri_complete"].as_str().unwrap()).await;
    let poll = format!("{GRANT}&device_code={}", begun["device_code"].as_str().unwrap());
    let refresh = |tokens: &Value| {
        let token = tokens["refresh_token"].as_str().unwrap();
        format!("grant_type=refresh_token&client_id=acme-cli&refresh_token={token}")
    };
    let first = tool(&app, "/oauth/token", &poll).await.1;
    let (status, second) = tool(&app, "/oauth/token", &refresh(&first)).await;
    assert_eq!(status, StatusCode::OK, "{second}");

    let undo = format!("login_code={}&proof={}&decision=withdraw", hidden(&done, "login_code"), hidden(&done, "proof"));
    let (status, _, page) = browser.ask("same-origin", "/device", Some(&undo)).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("was told to sign it out"), "{page}");
    assert_eq!(tool(&app, "/oauth/token", &refresh(&second)).await.1["error"], "invalid_grant", "revoked");
}
