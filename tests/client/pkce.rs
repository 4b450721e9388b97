//! What binds a login to the tool that began it (RFC 7636), and servers that do not know it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil::client::{LoginError, login};
use sha2::{Digest, Sha256};

use crate::server::{Request, Server, Step, authorized, completed, device, initiated, json, options, pending, refused};

const TOKEN: &str = r#"{"access_token":"at_secret","token_type":"Bearer"}"#;

fn bound(seen: &[Request]) {
    assert_eq!(seen[0].member("code_challenge_method").as_deref(), Some("S256"));
    let challenge = seen[0].member("code_challenge").unwrap();
    assert!(seen[0].member("code_verifier").is_none() && seen.len() > 2);
    for poll in &seen[1..] {
        // RFC 7636 section 4.1: 43 to 128 unreserved characters.
        let verifier = poll.member("code_verifier").unwrap();
        assert_eq!(verifier.len(), 43);
        assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), challenge);
        assert!(poll.member("code_challenge").is_none());
    }
}

#[tokio::test]
async fn each_poll_carries_the_verifier_of_the_challenge() {
    let server = Server::start([initiated(), pending(), completed()]).await;
    login(options(&server.url)).await.unwrap();
    bound(&server.seen());
    let again = Server::start([initiated(), completed()]).await;
    login(options(&again.url)).await.unwrap();
    assert_ne!(server.seen()[0].member("code_challenge"), again.seen()[0].member("code_challenge"));

    let pending = json(400, r#"{"error":"authorization_pending"}"#);
    let server = Server::start([authorized("https://a.example"), pending, json(200, TOKEN)]).await;
    login(device(&server.url)).await.unwrap();
    bound(&server.seen());
}

#[tokio::test]
async fn a_login_that_begins_again_keeps_its_binding() {
    let server = Server::start([json(503, ""), initiated(), pending(), completed()]).await;
    login(options(&server.url)).await.unwrap();
    bound(&server.seen()[1..]);
}

#[tokio::test]
async fn the_tools_name_is_sent_where_it_is_set() {
    let server = Server::start([initiated(), completed()]).await;
    login(options(&server.url).client_name("acme-cli")).await.unwrap();
    assert_eq!(server.seen()[0].member("client_name").as_deref(), Some("acme-cli"));
    assert_eq!(server.seen()[1].member("client_name"), None);
}

/// As the published server of the documented dialect does: `body contains unknown properties`.
fn strict(seen: &[Request]) -> Step {
    let request = seen.last().unwrap();
    let names: Vec<String> = request.members().into_iter().map(|(name, _)| name).collect();
    let known = ["expires_in_millis", "anon_refresh_token", "polling_code", "client_id", "scope"];
    if names.iter().any(|name| !known.contains(&name.as_str())) {
        return refused("SCHEMA_ERROR");
    }
    if request.path.ends_with("poll") { completed() } else { initiated() }
}

#[tokio::test]
async fn a_server_that_refuses_what_it_does_not_know_is_asked_without() {
    let server = Server::start([Step::By(strict), Step::By(strict), Step::By(strict)]).await;
    let tokens = login(options(&server.url).client_name("acme")).await.unwrap();
    assert_eq!(tokens.token().expose(), "rt_secret");
    assert_eq!(server.paths(), ["/api/v1/auth/cli", "/api/v1/auth/cli", "/api/v1/auth/cli/poll"]);
    assert!(server.seen()[1..].iter().all(|request| !request.body.contains("code_")));
}

#[tokio::test]
async fn so_is_a_token_endpoint() {
    let refusal = || json(400, r#"{"error":"invalid_request","error_description":"not allowed: code_verifier"}"#);
    let server = Server::start([authorized("https://a.example"), refusal(), json(200, TOKEN)]).await;
    login(device(&server.url)).await.unwrap();
    assert!(!server.seen()[2].body.contains("code_"));

    // Refused for another reason: it is asked twice, and no more.
    let server = Server::start([refusal(), refusal()]).await;
    let error = login(device(&server.url)).await.unwrap_err();
    assert!(matches!(&error, LoginError::Refused { code: Some(code), .. } if code == "invalid_request"), "{error:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_check_word_is_that_of_the_login_code() {
    let login_of = |code: &str| format!(r#"{{"polling_code":"pc","login_code":"{code}"}}"#);
    let code = "Q".repeat(40);
    let expected = counterfoil::LoginCode::parse(&code).ok().map(|code| code.check_word().to_string());
    for (body, word) in [(login_of(&code), expected.clone()), (login_of("lc_of_another_server"), None)] {
        let server = Server::start([json(200, body), completed()]).await;
        let options = options(&server.url).present(move |prompt| {
            assert_eq!(prompt.check_word(), word.as_deref());
            Ok(())
        });
        login(options).await.unwrap();
    }
    let link = format!("https://a.example/device?user_code=BCDF-GHJK&login_code={code}");
    let body = format!(
        r#"{{"device_code":"dc","user_code":"BCDF-GHJK","verification_uri":"https://a.example/device",
            "verification_uri_complete":"{link}"}}"#
    );
    let server = Server::start([json(200, body), json(200, TOKEN)]).await;
    let options = device(&server.url).present(move |prompt| {
        assert_eq!(prompt.check_word(), expected.as_deref());
        Ok(())
    });
    login(options).await.unwrap();
}
