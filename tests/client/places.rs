//! Where a tool runs: over SSH, without a desktop, without a terminal, in CI, with a token that it was given.

use std::process::Stdio;

use counterfoil::client::{LoginError, Unattended, login};
use tokio::io::AsyncWriteExt;

use crate::child;
use crate::server::{Server, authorized, device, json, options};

fn script() -> [crate::server::Step; 2] {
    [authorized("https://a.example"), json(200, r#"{"access_token":"at_secret"}"#)]
}

#[tokio::test]
async fn without_a_terminal_and_a_browser_nothing_is_begun() {
    let server = Server::start([]).await;
    for (variable, reason, text) in [
        (("TERM", "dumb"), "NoTerminal", "no terminal to show the link on"),
        (("CI", "true"), "Ci", "this is a CI job"),
        (("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22"), "NoTerminal", "no browser to open it in"),
    ] {
        let (result, said, _) = child::end(child::start(&server.url, &[variable, ("LOGIN_ATTENDED", "")])).await;
        assert!(result.starts_with(&format!("Unattended {{ reason: {reason}")), "{result}");
        assert!(said.contains(text) && said.contains("LOGIN_TOKEN"), "{said}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_tool_that_shows_the_link_itself_begins_everywhere() {
    let server = Server::start(script()).await;
    // This test has no terminal if its output is captured, and `CI` may be set.
    login(device(&server.url)).await.unwrap();
    let error = LoginError::Unattended { reason: Unattended::Ci, variable: None };
    assert!(error.to_string().ends_with("; log in from a terminal"), "{error}");
}

#[tokio::test]
async fn a_token_in_the_environment_needs_no_server() {
    let server = Server::start([]).await;
    let environment = [("LOGIN_TOKEN", "at_secret\n"), ("CI", "1"), ("LOGIN_ATTENDED", "")];
    let (result, text, _) = child::end(child::start(&server.url, &environment)).await;
    assert!(result.contains("access_token: Some(") && result.contains("given: true"), "{result}");
    assert!(!result.contains("secret") && text == "at_SECRET", "{result}, {text}");
    let environment = [("LOGIN_TOKEN", "at secret"), ("LOGIN_ATTENDED", "")];
    let (result, text, _) = child::end(child::start(&server.url, &environment)).await;
    assert_eq!(result, r#"Given { variable: Some("LOGIN_TOKEN") }"#);
    assert!(text.contains("LOGIN_TOKEN does not hold a token") && !text.contains("secret"), "{text}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_empty_variable_is_none() {
    let server = Server::start(script()).await;
    let (result, ..) = child::end(child::start(&server.url, &[("LOGIN_TOKEN", "")])).await;
    assert!(result.contains("given: false"), "{result}");
}

#[tokio::test]
async fn a_token_is_read_from_standard_input() {
    let server = Server::start([]).await;
    for (input, expected) in [("at_secret\r\n", "Tokens"), ("", "Given { variable: None }"), ("a b", "Given")] {
        let mut child = child::prepare(&server.url, &[("LOGIN_STDIN", ""), ("LOGIN_ATTENDED", "")]);
        let mut child = child.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let (result, ..) = child::end(child).await;
        assert!(result.starts_with(expected), "{input}: {result}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_token_that_is_given_is_of_the_dialects_kind() {
    // Any variable that holds one word: cargo sets this one.
    let tokens = login(options("http://127.0.0.1:9").token_from_env("CARGO_PKG_NAME")).await.unwrap();
    assert!(tokens.is_given() && tokens.access_token.is_none());
    assert_eq!(tokens.refresh_token.unwrap().expose(), env!("CARGO_PKG_NAME"));
    let tokens = login(device("http://127.0.0.1:9").token_from_env("CARGO_PKG_NAME")).await.unwrap();
    assert_eq!(tokens.access_token.unwrap().expose(), env!("CARGO_PKG_NAME"));
}
