//! What HTTP itself asks for, on every route: one host, content that is what it says, challenges; and callers that do
//! not contradict themselves.

use crate::support::{Answer, ENDPOINTS, OTHER_PUBLISHABLE, OTHER_SECRET, PUBLISHABLE, SECRET, Server, server_headers};
use axum::body::Body;
use axum::http::{Request, Version};
use serde_json::{Value, json};

type Headers<'a> = &'a [(&'a str, &'a str)];

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OAUTH: [&str; 2] = ["/oauth/device_authorization", "/oauth/token"];

/// All that an endpoint may be asked for.
const BODY: &str = r#"{"polling_code":"x","login_code":"x","mode":"check"}"#;

async fn send(server: &Server, method: &str, path: &str, version: Version, headers: Headers<'_>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).version(version);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if path.starts_with("/oauth") { "client_id=internal" } else { BODY };
    server.send_as_it_is(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn every_route_asks_for_one_host() {
    let server = Server::new();
    let json = server_headers("internal", SECRET);
    let mut routes: Vec<(&str, &str, Headers<'_>)> = vec![
        ("GET", "/api/v1/openapi.json", &[]),
        ("GET", "/.well-known/oauth-authorization-server", &[]),
        ("GET", "/no/such/path", &[]),
        ("PUT", "/.well-known/oauth-authorization-server", &[]),
        ("PUT", "/api/v1/openapi.json", &[]),
    ];
    for path in ENDPOINTS {
        // Whoever calls, and however.
        routes.extend([("POST", path, &json[..]), ("POST", path, &[]), ("GET", path, &[])]);
    }
    for path in OAUTH {
        routes.extend([("POST", path, &[FORM][..]), ("POST", path, &[]), ("GET", path, &[])]);
    }
    let bad: [&[&str]; 12] = [
        &[],
        &[""],
        &["login.example", "login.example"],
        &["login.example", "evil.example"],
        &["login.example, evil.example"],
        &["user@login.example"],
        &["login.example/path"],
        &["login example"],
        &["login.example:port"],
        &["login.example:65536"],
        &["http://login.example"],
        &["[::1"],
    ];
    for (method, path, headers) in routes {
        let with =
            |hosts: &[&'static str]| [headers, &hosts.iter().map(|host| ("host", *host)).collect::<Vec<_>>()].concat();
        for hosts in bad {
            let answer = send(&server, method, path, Version::HTTP_11, &with(hosts)).await;
            let error = answer.body["code"].as_str().or(answer.body["error"].as_str()).map(ToOwned::to_owned);
            assert_eq!(answer.status, 400, "{method} {path} {hosts:?}: {answer:?}");
            assert!(matches!(error.as_deref(), Some("SCHEMA_ERROR" | "invalid_request")), "{answer:?}");
            assert!(answer.text.contains("Host"), "{answer:?}");
        }
        let good = send(&server, method, path, Version::HTTP_11, &with(&["login.example:8102"])).await;
        assert!(!good.text.contains("Host"), "{method} {path}: {good:?}");
        // HTTP/1.0 has no such header, and an answer that needs one says so.
        let old = send(&server, method, path, Version::HTTP_10, headers).await;
        let needs = method == "GET" && path.starts_with("/.well") || path == OAUTH[0] && headers == [FORM];
        assert_eq!(old.text.contains("Host"), needs, "{method} {path}: {old:?}");
    }
    // With HTTP/1.0 and 1.1 the two dialects, and OAuth where it is named how.
    assert_eq!(server.store.stats().initiated, 5);
}

#[tokio::test]
async fn every_401_has_a_challenge() {
    let server = Server::new();
    let mut answers = Vec::new();
    for path in ENDPOINTS {
        let refused: [Headers<'_>; 5] = [
            &[],
            &[("x-stack-project-id", "internal")],
            &[("x-stack-project-id", "internal"), ("x-stack-secret-server-key", "wrong")],
            &[("x-stack-project-id", "internal"), ("x-stack-publishable-client-key", "wrong")],
            &[("x-stack-project-id", "nowhere"), ("x-hexclave-secret-server-key", SECRET)],
        ];
        for headers in refused {
            answers.push(server.post_raw(path, headers, BODY).await);
        }
    }
    for (body, authorization) in [
        ("client_id=nobody", None),
        ("client_id=internal&client_secret=x", None),
        ("", Some("Basic bm9ib2R5Og==")),
        ("", Some("Bearer x")),
    ] {
        for path in OAUTH {
            let grant = "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x";
            let headers = [FORM, ("authorization", authorization.unwrap_or_default())];
            let headers = if authorization.is_some() { &headers[..] } else { &headers[..1] };
            answers.push(server.post_raw(path, headers, format!("{grant}&{body}")).await);
        }
    }
    for answer in answers {
        assert_eq!(answer.status, 401, "{answer:?}");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        let scheme = if answer.body["error"] == "invalid_client" { "Basic realm=\"" } else { "ApiKey realm=\"" };
        assert!(challenge.starts_with(scheme), "{answer:?}");
    }
}

#[tokio::test]
async fn an_encoded_body_is_refused() {
    let server = Server::new();
    let encoded: [&[&str]; 8] = [
        &["gzip"],
        &["x-gzip"],
        &["br"],
        &["Deflate"],
        &["identity, gzip"],
        &["identity", "zstd"],
        &["unheard-of"],
        &["gzip;q=0"],
    ];
    let plain: [&[&str]; 5] = [&[], &["identity"], &["IDENTITY"], &["identity, identity"], &[""]];
    let json = server_headers("internal", SECRET);
    let paths = ENDPOINTS.map(|path| (path, &json[..], BODY)).into_iter();
    let paths = paths.chain(OAUTH.map(|path| (path, &[FORM][..], "client_id=internal")));
    for (path, headers, body) in paths {
        let ask = async |codings: &[&str]| {
            let codings = codings.iter().map(|coding| ("content-encoding", *coding));
            server.post_raw(path, &headers.iter().copied().chain(codings).collect::<Vec<_>>(), body).await
        };
        for codings in encoded {
            let answer = ask(codings).await;
            assert_eq!((answer.status, answer.header("accept-encoding")), (415, Some("identity")), "{path} {answer:?}");
        }
        for codings in plain {
            assert_ne!(ask(codings).await.status, 415, "{path} {codings:?}");
        }
    }
    // Who is not let in learns nothing about the body.
    let stranger = server.post_raw(ENDPOINTS[0], &[("content-encoding", "gzip")], "").await;
    stranger.expect_known(401, "ACCESS_TYPE_WITHOUT_PROJECT_ID");
}

#[tokio::test]
async fn a_body_has_one_type() {
    let server = Server::new();
    let json = server_headers("internal", SECRET);
    for other in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let headers = [&json[..], &[("content-type", other)]].concat();
        server.post_raw(ENDPOINTS[0], &headers, "{}").await.expect_known(415, "SCHEMA_ERROR");
        let answer = server.post_raw(OAUTH[0], &[FORM, ("content-type", other)], "client_id=internal").await;
        assert_eq!(answer.status, if other == FORM.1 { 200 } else { 400 }, "{answer:?}");
    }
    let headers = [&json[..], &[("content-type", "application/json; charset=utf-8")]].concat();
    assert_eq!(server.post_raw(ENDPOINTS[0], &headers, "{}").await.status, 200);
}

#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    let server = Server::new();
    for prefix in ["/api/v1", "/stack/api/v1"] {
        let (polling, login) = server.begin(prefix, &json!({})).await;
        let marked = async |path: &str, body: Value| {
            let headers = server_headers("internal", SECRET);
            server.post_raw(&format!("{prefix}/auth/cli{path}"), &headers, format!("\u{feff}{body}")).await
        };
        assert_eq!(marked("", json!({ "expires_in_millis": 1000 })).await.status, 200);
        assert!([200, 201].contains(&marked("/poll", json!({ "polling_code": polling })).await.status));
        assert_eq!(marked("/complete", json!({ "login_code": login, "mode": "check" })).await.status, 200);
    }
}

/// Of two values that differ one would go unheard. Two that are the same do no harm.
#[tokio::test]
async fn callers_do_not_contradict_themselves() {
    let server = Server::new();
    let cases = [
        ("project-id", "internal", ["other", "Internal", "internal ,internal", ""]),
        ("secret-server-key", SECRET, [OTHER_SECRET, "wrong", PUBLISHABLE, ""]),
        ("publishable-client-key", PUBLISHABLE, [OTHER_PUBLISHABLE, "wrong", SECRET, ""]),
        ("access-type", "server", ["client", "admin", "root", ""]),
        ("admin-access-token", "a", ["b", "A", "a, a", ""]),
        ("super-secret-admin-key", "a", ["b", "A", "a, a", ""]),
        ("access-token", "a", ["b", "A", "a, a", ""]),
        ("refresh-token", "a", ["b", "A", "a, a", ""]),
    ];
    for (name, value, others) in cases {
        let (old, new) = (format!("x-stack-{name}"), format!("x-hexclave-{name}"));
        let full = [
            ("content-type", "application/json"),
            ("x-stack-project-id", "internal"),
            ("x-stack-secret-server-key", SECRET),
            ("x-stack-publishable-client-key", PUBLISHABLE),
        ];
        let rest: Vec<_> = full.into_iter().filter(|(header, _)| **header != old).collect();
        let ask =
            async |path: &str, pair: [(&str, &str); 2]| server.post_raw(path, &[&rest[..], &pair].concat(), BODY).await;
        for names in [[&*old, &old], [&new, &new], [&old, &new], [&new, &old]] {
            for other in others {
                for values in [[value, other], [other, value]] {
                    for path in ENDPOINTS {
                        let answer = ask(path, [(names[0], values[0]), (names[1], values[1])]).await;
                        answer.expect_known(400, "SCHEMA_ERROR");
                        assert!(answer.text.contains(name), "{answer:?}");
                        assert!(other.is_empty() || !answer.text.contains(OTHER_SECRET), "{answer:?}");
                    }
                }
            }
            let answer = ask(ENDPOINTS[0], [(names[0], value), (names[1], value)]).await;
            assert_eq!(answer.status, 200, "{names:?} {answer:?}");
        }
    }
}
