//! The right page opens however its link was passed on, and reads what a person pastes into it.

use crate::browser::{Browser, CONFIRM, DEVICE};
use crate::support::SIGNED_IN;
use axum::body::Body;
use axum::http::Request;
use counterfoil::{Polled, State};

const QUESTION: &str = "Let a command-line tool sign in?";
const ENTER: &str = "Enter the code from your terminal";

/// Writes every byte as a browser may.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
}

/// What mailers, chat programs, redirects and people make of a page's path.
const DEVICES: [&str; 14] = [
    "/device",
    "/device/",
    "/device//",
    "//device",
    "/Device",
    "/DEVICE/",
    "/device.",
    "/device)",
    "/device,/",
    "/device%3E",
    "/device%22",
    "/device%E2%80%8B",
    "/%64evice",
    "/",
];
const CONFIRMS: [&str; 9] = [
    "/handler/cli-auth-confirm",
    "/handler/cli-auth-confirm/",
    "//handler//cli-auth-confirm//",
    "/Handler/Cli-Auth-Confirm",
    "/handler/cli-auth-confirm.",
    "/handler/cli%2Dauth%2Dconfirm",
    "/handler%2Fcli-auth-confirm",
    "/handler/cli-auth-confirm%29",
    "/handler/cli_auth_confirm",
];

#[tokio::test]
async fn a_path_in_any_spelling_opens_its_page() {
    let browser = Browser::new();
    let login = browser.begin();
    for (paths, query) in
        [(&DEVICES[..], format!("user_code={}", login.user)), (&CONFIRMS, format!("login_code={}", login.login))]
    {
        for path in paths {
            browser.get(path).await.expect_page(200, ENTER);
            browser.get(&format!("{path}?")).await.expect_page(200, ENTER);
            browser.get(&format!("{path}?{query}")).await.expect_page(200, QUESTION);
            let head = Request::head(format!("{path}?{query}")).body(Body::empty()).unwrap();
            assert_eq!(browser.send(head).await.status, 200, "{path}");
        }
    }
    // The form of such a page leads back to it.
    for path in ["/device/", "/Device.", "/handler/cli-auth-confirm/", "//handler/cli-auth-confirm"] {
        let login = browser.begin();
        browser.approve(path, ("login_code", &login.login)).await.expect_page(200, "Approved");
    }
}

#[tokio::test]
async fn other_paths_are_not_pages() {
    let browser = Browser::new();
    for path in ["/devices", "/api/v1/auth/cli/", "/handler/sign-in", "/x", "/api/v1/device", "/d\u{e9}vice"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        browser.server.send(request).await.expect_refusal(404, "NOT_FOUND");
    }
    let post = Request::post("/").body(Body::empty()).unwrap();
    browser.server.send(post).await.expect_refusal(404, "NOT_FOUND");
}

#[tokio::test]
async fn without_a_fallback_a_slash_still_opens_the_page() {
    let browser = Browser::with(counterfoil::axum::Pages::router);
    for path in ["/device/", "/handler/cli-auth-confirm/"] {
        browser.get(path).await.expect_page(200, ENTER);
    }
}

#[tokio::test]
async fn a_query_in_any_spelling_names_its_login() {
    let browser = Browser::new();
    let login = browser.begin();
    let (user, code) = (&login.user, &login.login);
    let (left, right) = code.split_at(23);
    for query in [
        format!("user_code={user}&utm_source=mail&utm_source=mail&fbclid=%ff%fe"),
        format!("utm_campaign=x&amp;user_code={user}"),
        format!("amp;user_code={user}"),
        format!("USER_CODE={}", user.to_lowercase()),
        format!("userCode={user}"),
        format!("user_code={}", encoded(user)),
        format!("user_code={}", encoded(&encoded(user))),
        format!("user%5Fcode%3D{user}"),
        format!("user_code={user}."),
        format!("user_code=%3C{user}%3E"),
        format!("user_code={user}%29%2C"),
        format!("user_code={user}%3C%2Fa%3E"),
        format!("user_code={user}%23top"),
        format!("user_code={user}%26utm_source=mail"),
        format!("user_code={user}%E2%80%8B%A0"),
        format!("user_code={user}&user_code={}", user.to_lowercase()),
        format!("user_code={user}&login_code="),
        format!("login_code={code}&state=a&state=b"),
        format!("login_code={}", code.to_uppercase()),
        format!("Login_Code={left}+{right}"),
        format!("login_code={left}%0D%0A%20%20{right}%29."),
        format!("login_code=%22{code}%22"),
        format!("login_code={code}&login_code={code}"),
    ] {
        for path in [DEVICE, CONFIRM] {
            browser.get(&format!("{path}?{query}")).await.expect_page(200, QUESTION);
        }
    }
    // A question mark that was encoded along with the rest.
    browser.get(&format!("/device%3Fuser_code%3D{user}")).await.expect_page(200, QUESTION);
    browser.get(&format!("/device%3Fuser_code={user}?utm_source=mail")).await.expect_page(200, QUESTION);
}

#[tokio::test]
async fn a_link_without_its_code_shows_the_form() {
    let browser = Browser::new();
    for path in [DEVICE, CONFIRM, "/handler/cli-auth-", "/handler/", "/"] {
        for query in
            ["", "?", "?login_code=", "?user_code=", "?user_code", "?user_code=%20%E2%80%8B.", "?utm_source=mail"]
        {
            let form = browser.get(&format!("{path}{query}")).await;
            form.expect_page(200, ENTER);
            form.expect_words("name=\"user_code\"");
        }
    }
}

/// Whatever a person pastes into the form's one field.
#[tokio::test]
async fn the_form_reads_codes_and_links_alike() {
    let browser = Browser::new();
    let login = browser.begin();
    let (user, code) = (&login.user, &login.login);
    let (left, right) = code.split_at(11);
    for typed in [
        user.clone(),
        format!("\u{201c}{}\u{201d}.", user.replace('-', "\u{2011}")),
        format!("`{}`", user.replace('-', "\u{2212}")),
        format!("[{}]\u{feff}", user.replace('-', "_")),
        format!("{}\u{200b}", user.replace('-', "\u{ad}:")),
        format!("https://login.example/device?user_code={user}"),
        format!("<https://login.example/device?user_code={user}>."),
        code.clone(),
        code.to_uppercase(),
        format!(" {left} {right}\t"),
        format!("> {left}\n> {right}"),
        format!("https://login.example/handler/cli-auth-confirm?login_code={left} {right}"),
        format!("Open https://login.example/handler/cli-auth-confirm?login_code={code} to go on."),
    ] {
        for path in [DEVICE, CONFIRM] {
            browser.get(&format!("{path}?user_code={}", encoded(&typed))).await.expect_page(200, QUESTION);
        }
    }
    for typed in
        ["\u{412}CDF-GHJK", "BCDF-GHJ\u{ff2b}", "BCDF-GHJK-7", "BCDF-GHJ\u{212a}", "https://login.example/device"]
    {
        browser.get(&format!("{DEVICE}?user_code={}", encoded(typed))).await.expect_page(400, ENTER);
    }
}

#[tokio::test]
async fn a_pasted_token_loses_what_copying_added() {
    let browser = Browser::new();
    for typed in [
        format!(" {SIGNED_IN}\r\n"),
        format!("\t{SIGNED_IN}\u{200b}"),
        format!("\u{feff}{SIGNED_IN}\u{a0}"),
        format!("{}\r\n{}", &SIGNED_IN[..5], &SIGNED_IN[5..]),
        format!("\u{2068}{SIGNED_IN}\u{2069}"),
    ] {
        let login = browser.begin();
        let form = [("login_code", &*login.login), ("decision", "approve"), ("refresh_token", &typed)];
        browser.post(CONFIRM, &form).await.expect_page(200, "Approved");
        let store = browser.server.store.for_tenant("internal");
        let Polled::Completed(token) = store.poll(&login.codes.polling_code) else { panic!("{typed:?}") };
        assert_eq!(token.expose(), SIGNED_IN, "the token as it is, not as it was typed");
    }
    let login = browser.begin();
    let form = [("login_code", &*login.login), ("decision", "approve"), ("refresh_token", " \u{200b}\n")];
    browser.post(CONFIRM, &form).await.expect_words("the refresh token is missing");
}

/// Mailers and chat programs look where a link leads before a person does.
#[tokio::test]
async fn looking_where_a_link_leads_costs_nothing_and_changes_nothing() {
    let browser = Browser::new();
    let login = browser.begin();
    let wrong = if login.user == "BBBB-BBBB" { "CCCC-CCCC" } else { "BBBB-BBBB" };
    for _ in 0..30 {
        for code in [wrong, &login.user] {
            let head = Request::head(format!("{DEVICE}?user_code={code}")).body(Body::empty()).unwrap();
            assert_eq!(browser.send(head).await.status, 200);
        }
        browser.get(&format!("{DEVICE}?user_code={}", login.user)).await.expect_page(200, QUESTION);
    }
    let store = browser.server.store.for_tenant("internal");
    assert_eq!(store.inspect(login.code()).unwrap().state, State::Pending);
    browser.approve(DEVICE, ("user_code", &login.user)).await.expect_page(200, "Approved");
}
