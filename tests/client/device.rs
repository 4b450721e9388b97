//! The RFC 8628 dialect, without faults.

use std::time::Duration;

use counterfoil::client::{LoginError, Options, login};

use crate::server::{Server, Step, authorized, device, json};

const TOKEN: &str =
    r#"{"access_token":"at_secret","token_type":"bearer","refresh_token":"rt_secret","expires_in":3600}"#;

fn error(name: &str) -> Step {
    json(400, format!(r#"{{"error":"{name}"}}"#))
}

#[tokio::test]
async fn an_approval_brings_both_tokens() {
    let page = "https://login.example";
    let server = Server::start([authorized(page), error("authorization_pending"), json(200, TOKEN)]).await;
    let options = device(&server.url).scope("openid profile").present(|prompt| {
        assert_eq!(prompt.user_code(), Some("BCDF-GHJK"));
        assert_eq!(prompt.link(), "https://login.example/device");
        assert_eq!(prompt.complete_link(), "https://login.example/device?user_code=BCDF-GHJK");
        assert_eq!(prompt.expires_in(), Duration::from_secs(600));
        Ok(())
    });
    let tokens = login(options).await.unwrap();
    assert_eq!(tokens.access_token.as_ref().unwrap().expose(), "at_secret");
    assert_eq!(tokens.token(), tokens.refresh_token.as_ref().unwrap());
    assert_eq!(tokens.expires_in, Some(Duration::from_secs(3600)));
    assert!(!format!("{tokens:?}").contains("_secret"));

    let seen = server.seen();
    assert_eq!(seen[0].path, "/oauth/device_authorization");
    assert_eq!(seen[0].prescribed(), "client_id=internal&scope=openid profile");
    assert_eq!(seen[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen[2].path, "/oauth/token");
    assert_eq!(
        seen[2].prescribed(),
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=dc_secret&client_id=internal"
    );
    assert_eq!(seen[2].header("prefer"), Some("wait=25"));
}

#[tokio::test]
async fn an_empty_refresh_token_is_none() {
    for odd in
        [r#""refresh_token":"""#, r#""refresh_token":null,"expires_in":"3600""#, r#""refresh_token":7,"scope":[]"#]
    {
        let body = format!(r#"{{"access_token":"at_secret","token_type":"Bearer",{odd}}}"#);
        let server = Server::start([authorized("https://a.example"), json(200, body)]).await;
        let tokens = login(device(&server.url)).await.unwrap();
        assert_eq!(tokens.token().expose(), "at_secret", "{odd}");
        assert!(tokens.refresh_token.is_none(), "{odd}");
        assert_eq!(tokens.expires_in.is_some(), odd.contains("3600"), "{odd}");
    }
}

#[tokio::test]
async fn the_scope_that_was_granted_is_told() {
    for (member, expected) in [
        (r#","scope":"read write""#, Some("read write")),
        ("", None),
        (r#","scope":7"#, None),
        (r#","scope":"\u001b[2J""#, None),
        (r#","scope":"r\u00e4d""#, None),
    ] {
        let body = format!(r#"{{"access_token":"at_secret","token_type":"Bearer"{member}}}"#);
        let server = Server::start([authorized("https://a.example"), json(200, body)]).await;
        let tokens = login(device(&server.url)).await.unwrap();
        assert_eq!(tokens.scope.as_deref(), expected, "{member}");
    }
}

#[tokio::test]
async fn an_access_token_alone_is_enough() {
    let server = Server::start([
        authorized("https://a.example"),
        json(200, r#"{"access_token":"at_secret","token_type":"Bearer"}"#),
    ])
    .await;
    let tokens = login(device(&server.url)).await.unwrap();
    assert_eq!(tokens.token().expose(), "at_secret");
    assert!(tokens.refresh_token.is_none());
}

#[tokio::test]
async fn slow_down_adds_five_seconds() {
    let server = Server::start([authorized("https://a.example"), error("slow_down"), json(200, TOKEN)]).await;
    login(device(&server.url)).await.unwrap();
    assert!(server.gaps()[1] >= Duration::from_secs(5), "{:?}", server.gaps());
}

#[tokio::test]
async fn the_servers_interval_counts_unless_the_caller_has_one() {
    let body =
        r#"{"device_code":"dc","user_code":"B","verification_uri":"https://a.example/","expires_in":9,"interval":1}"#;
    let server = Server::start([json(200, body), error("authorization_pending"), json(200, TOKEN)]).await;
    let options = Options::device(&server.url, "internal").present(|_| Ok(())).open_browser(false).spinner(false);
    login(options).await.unwrap();
    assert!(server.gaps()[1] >= Duration::from_millis(990), "{:?}", server.gaps());
}

#[tokio::test]
async fn each_end_has_its_error() {
    for (answer, expected) in [
        (error("access_denied"), "Denied"),
        (error("expired_token"), "Expired"),
        (error("invalid_grant"), "InvalidCode"),
        (error("invalid_client"), r#"Refused { status: 400, code: Some("invalid_client"), message: "" }"#),
        (json(200, r#"{"access_token":"x","token_type":"mac"}"#), r#"Malformed { what: "no bearer token" }"#),
        (json(200, r#"{"token_type":"bearer"}"#), r#"Malformed { what: "no access_token" }"#),
        (json(403, r#"{"error":"not here"}"#), r#"Refused { status: 403, code: None, message: "not here" }"#),
    ] {
        let server = Server::start([authorized("https://a.example"), answer]).await;
        let error = login(device(&server.url)).await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
    }
}

#[tokio::test]
async fn pending_may_come_with_status_200() {
    let pending = json(200, r#"{"error":"authorization_pending"}"#);
    let server = Server::start([authorized("https://a.example"), pending, json(200, TOKEN)]).await;
    assert!(login(device(&server.url)).await.is_ok());
}

#[tokio::test]
async fn a_link_that_no_browser_should_see_is_refused() {
    for link in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "vscode://x",
        "/device",
        "https://login.example@evil.example/",
        "https://:x@evil.example/",
    ] {
        let body = format!(r#"{{"device_code":"dc","user_code":"B","verification_uri":"{link}","expires_in":9}}"#);
        let server = Server::start([json(200, body)]).await;
        let result = login(device(&server.url)).await;
        assert!(matches!(result, Err(LoginError::Malformed { .. })), "{link}: {result:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn what_is_optional_is_left_out_if_it_is_odd() {
    let page = r#""device_code":"dc","user_code":"B","verification_uri":"https://a.example/""#;
    for odd in [
        r#""verification_uri_complete":"javascript:alert(1)","expires_in":null,"interval":"x""#,
        r#""verification_uri_complete":"https://a@b.example/","expires_in":"soon","interval":[]"#,
        r#""verification_uri_complete":"http://192.168.0.1/","expires_in":{},"interval":-5"#,
        r#""verification_uri_complete":7,"expires_in":1e999,"interval":1e999"#,
    ] {
        let server = Server::start([json(200, format!("{{{page},{odd}}}")), json(200, TOKEN)]).await;
        let options = device(&server.url).present(|prompt| {
            assert_eq!(prompt.complete_link(), prompt.link());
            assert!(prompt.expires_in() >= Duration::from_secs(600));
            Ok(())
        });
        login(options).await.unwrap();
    }
}

#[tokio::test]
async fn a_user_code_that_is_too_long_or_invisible_is_refused() {
    for code in ["B".repeat(33), r"\u200b\u061c\u2028".into(), String::new()] {
        let body = format!(r#"{{"device_code":"dc","user_code":"{code}","verification_uri":"https://a.example/"}}"#);
        let server = Server::start([json(200, body)]).await;
        let result = login(device(&server.url)).await;
        assert!(matches!(result, Err(LoginError::Malformed { .. })), "{code}: {result:?}");
    }
}

#[tokio::test]
async fn nothing_of_the_servers_moves_the_cursor() {
    let body = r#"{"device_code":"dc","user_code":"\u001b[2JBC\u200b\u061c\u2028\udb40\udc41DF\r\n","verification_uri":"https://a.example/\u001b[1A",
        "expires_in":9}"#;
    let server = Server::start([json(200, body), json(200, TOKEN)]).await;
    let options = device(&server.url).present(|prompt| {
        assert_eq!(prompt.user_code(), Some("[2JBCDF"));
        assert_eq!(prompt.link(), "https://a.example/%1B[1A");
        assert_eq!(prompt.complete_link(), prompt.link());
        Ok(())
    });
    login(options).await.unwrap();
}

#[tokio::test]
async fn numbers_out_of_all_proportion_do_no_harm() {
    let body = format!(
        r#"{{"device_code":"dc","user_code":"B","verification_uri":"https://a.example/","expires_in":{0},"interval":{0}}}"#,
        u64::MAX
    );
    let server = Server::start([json(200, body), json(200, TOKEN)]).await;
    assert!(login(device(&server.url)).await.is_ok());
}

#[tokio::test]
async fn the_endpoints_may_be_elsewhere() {
    let server = Server::start([authorized("https://a.example"), json(200, TOKEN)]).await;
    login(device(&server.url).endpoints("/login/device/code", "/login/oauth/access_token")).await.unwrap();
    assert_eq!(server.paths(), ["/login/device/code", "/login/oauth/access_token"]);
}
