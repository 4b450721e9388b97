//! What comes as the body (RFC 6749, sections 3.1 and 3.2, appendix B).

use super::world::{AUTHORIZE, FORM, GRANT, HOST, TOKEN};
use crate::support::Server;

#[tokio::test]
async fn only_forms_are_taken() {
    let server = Server::new();
    let device = server.device().await;
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "\u{ff}"] {
        for (path, body) in [(AUTHORIZE, "client_id=internal".to_owned()), (TOKEN, device.body())] {
            let answer = server.post_raw(path, &[HOST, ("content-type", content_type)], body).await;
            answer.expect_error(400, "invalid_request");
        }
    }
    let answer = server.post_raw(AUTHORIZE, &[HOST], "client_id=internal").await;
    answer.expect_error(400, "invalid_request");
    for content_type in ["Application/X-WWW-Form-URLEncoded", "application/x-www-form-urlencoded; charset=UTF-8"] {
        let answer = server.post_raw(AUTHORIZE, &[HOST, ("content-type", content_type)], "client_id=internal").await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_parameter_given_twice_is_refused() {
    let server = Server::new();
    let body = server.device().await.body();
    for twice in ["client_id=internal", "client_id=", "client%5Fid=internal", "x=1&x=1", "x=1&x=2", "scope=a&scope=b"] {
        let answer = server.form(AUTHORIZE, format!("client_id=internal&{twice}")).await;
        answer.expect_error(400, "invalid_request");
        server.form(TOKEN, format!("{body}&{twice}")).await.expect_error(400, "invalid_request");
    }
    for twice in [format!("grant_type={GRANT}"), "grant_type=password".to_owned(), "device_code=x".to_owned()] {
        server.form(TOKEN, format!("{body}&{twice}")).await.expect_error(400, "invalid_request");
        server.form(TOKEN, format!("{twice}&{body}")).await.expect_error(400, "invalid_request");
    }
    server.form(TOKEN, body).await.expect_error(400, "authorization_pending");
}

#[tokio::test]
async fn an_empty_parameter_is_none_and_an_unknown_one_ignored() {
    let server = Server::new();
    for body in ["client_id=internal&scope=", "client_id=internal&scope", "&client_id=internal&&x=1&=&client_secret="] {
        assert_eq!(server.form(AUTHORIZE, body).await.status, 200, "{body}");
    }
    for body in ["", "client_id=", "client_id", "x=internal", "Client_id=internal"] {
        server.form(AUTHORIZE, body).await.expect_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn parameters_count_in_the_body_alone() {
    let server = Server::new();
    let path = format!("{AUTHORIZE}?client_id=internal");
    server.form(&path, "").await.expect_error(400, "invalid_request");
    assert_eq!(server.form(&path, "client_id=internal").await.status, 200);
}

#[tokio::test]
async fn other_encodings_are_refused() {
    let server = Server::new();
    for body in [&b"client_id=\xff"[..], b"client_id=%ff", b"client_id=internal&x=%c3", b"%ff=1&client_id=internal"] {
        server.post_raw(AUTHORIZE, &[HOST, FORM], body).await.expect_error(400, "invalid_request");
    }
    assert_eq!(server.form(AUTHORIZE, "client%5fid=%69nternal").await.status, 200);
}

#[tokio::test]
async fn a_body_has_64_kib() {
    let server = Server::new();
    let body = |length: usize| {
        let fixed = "client_id=internal&x=";
        format!("{fixed}{}", "x".repeat(length - fixed.len()))
    };
    assert_eq!(server.form(AUTHORIZE, body(64 * 1024)).await.status, 200);
    for path in [AUTHORIZE, TOKEN] {
        server.form(path, body(64 * 1024 + 1)).await.expect_error(413, "invalid_request");
    }
}
