//! What follows a login: new tokens for a refresh token (RFC 6749 section 6), and the end of a session (RFC 7009).

use std::time::Duration;

use counterfoil::Secret;
use counterfoil::client::{Cause, LoginError, logout, refresh};

use crate::server::{Server, Step, device, json};

fn kept() -> Secret {
    Secret::new("rt_secret")
}

#[tokio::test]
async fn a_refresh_token_brings_a_new_access_token() {
    for (refresh_token, expected) in [(r#","refresh_token":"rt_new""#, "rt_new"), ("", "rt_secret")] {
        let body = format!(r#"{{"access_token":"at_new","token_type":"Bearer","expires_in":60{refresh_token}}}"#);
        let server = Server::start([json(200, body)]).await;
        let tokens = refresh(device(&server.url), &kept()).await.unwrap();
        assert_eq!(tokens.access_token.as_ref().unwrap().expose(), "at_new");
        assert_eq!(tokens.refresh_token.as_ref().unwrap().expose(), expected);
        assert_eq!(tokens.token().expose(), expected);
        assert_eq!(tokens.expires_in, Some(Duration::from_secs(60)));
        let seen = server.seen();
        assert_eq!(seen[0].path, "/oauth/token");
        assert_eq!(seen[0].body, "grant_type=refresh_token&refresh_token=rt_secret&client_id=internal");
    }
}

#[tokio::test]
async fn each_end_of_a_refresh_has_its_error() {
    for (answer, expected) in [
        (json(400, r#"{"error":"invalid_grant"}"#), "session_ended"),
        (json(401, r#"{"error":"invalid_client"}"#), "refused"),
        (json(400, r#"{"error":"unsupported_grant_type"}"#), "refused"),
        (json(400, r#"{"error":"authorization_pending"}"#), "refused"),
        (json(200, "{}"), "malformed"),
        (json(200, "<html>"), "malformed"),
        (json(500, ""), "network"),
    ] {
        let server = Server::start([answer]).await;
        let error = refresh(device(&server.url), &kept()).await.unwrap_err();
        assert_eq!(error.name(), expected, "{error:?}");
        assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
    }
}

/// A server that replaces refresh tokens would take the second request for a theft.
#[tokio::test]
async fn a_refresh_is_not_repeated_once_it_may_be_done() {
    for lost in [Step::Reset, Step::Cut, json(502, "")] {
        let server = Server::start([lost, json(200, r#"{"access_token":"at"}"#)]).await;
        let Err(LoginError::Network(_)) = refresh(device(&server.url), &kept()).await else { panic!("repeated") };
        assert_eq!(server.seen().len(), 1);
    }
    // These answers say that it was not.
    for refused in [json(503, ""), json(429, "")] {
        let server = Server::start([refused, json(200, r#"{"access_token":"at"}"#)]).await;
        assert!(refresh(device(&server.url), &kept()).await.is_ok());
    }
}

fn metadata(revocation: &'static str) -> Step {
    json(200, format!(r#"{{"issuer":"x"{revocation}}}"#))
}

#[tokio::test]
async fn a_logout_revokes_at_the_endpoint_that_the_metadata_names() {
    let revoker = Server::start([json(200, "")]).await;
    let body = format!(r#"{{"revocation_endpoint":"{}/oauth/revoke?a=b"}}"#, revoker.url);
    let server = Server::start([json(200, body)]).await;
    logout(device(&server.url), &kept()).await.unwrap();
    assert_eq!(server.paths(), ["/.well-known/oauth-authorization-server"]);
    let seen = revoker.seen();
    assert_eq!(seen[0].path, "/oauth/revoke?a=b");
    assert_eq!(seen[0].body, "token=rt_secret&client_id=internal");
}

#[tokio::test]
async fn a_logout_is_repeated_until_there_is_an_answer() {
    let server = Server::start([json(200, "<html>sign in</html>"), Step::Reset, json(503, ""), json(200, "")]).await;
    logout(device(&server.url).revocation_endpoint("/revoke"), &kept()).await.unwrap();
    assert_eq!(server.paths(), ["/revoke"; 4]);
}

#[tokio::test]
async fn a_server_that_revokes_nothing_is_told_of() {
    for script in [vec![json(404, "")], vec![metadata("")], vec![metadata(r#","revocation_endpoint":null"#)]] {
        let server = Server::start(script).await;
        let error = logout(device(&server.url), &kept()).await.unwrap_err();
        assert!(matches!(error, LoginError::Unsupported { .. }), "{error:?}");
    }
    for endpoint in ["http://login.example/revoke", "ftp://127.0.0.1/", "https://u@a.example/", "/revoke"] {
        let server = Server::start([json(200, format!(r#"{{"revocation_endpoint":"{endpoint}"}}"#))]).await;
        let error = logout(device(&server.url), &kept()).await.unwrap_err();
        assert!(matches!(error, LoginError::Malformed { .. }), "{endpoint}: {error:?}");
    }
    let server = Server::start([json(400, r#"{"error":"unsupported_token_type"}"#)]).await;
    let error = logout(device(&server.url).revocation_endpoint("/revoke"), &kept()).await.unwrap_err();
    assert_eq!(error.name(), "refused");
    let error = logout(device("http://127.0.0.1:9").revocation_endpoint("revoke"), &kept()).await.unwrap_err();
    assert!(matches!(error, LoginError::Options { .. }), "{error:?}");
}

#[tokio::test]
async fn an_unreachable_server_is_named() {
    let Err(LoginError::Network(error)) = logout(device("http://127.0.0.1:9"), &kept()).await else {
        panic!("revoked")
    };
    assert_eq!(error.cause(), Cause::Refused);
    let error = refresh(device("http://127.0.0.1:9").patience(Duration::ZERO), &kept()).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:9"), "{error}");
}
