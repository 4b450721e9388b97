//! `Idempotency-Key`: a poll whose answer was lost is repeated without losing the token, in every dialect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{Answer, PUBLISHABLE, SECRET, SIGNED_IN, Server, server_headers};
use counterfoil::axum::{Asked, Holder, Issued, Routes, StaticAccess, Tokens};
use counterfoil::{Attempt, Secret, Source, Unavailable, UserCode};
use serde_json::json;

const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const KEY: (&str, &str) = ("idempotency-key", "\"one key\"");
const OTHER: (&str, &str) = ("idempotency-key", "\"another key\"");
const WAIT: (&str, &str) = ("prefer", "wait=2");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Documented,
    Sdk,
    OAuth,
}

use Dialect::{Documented, OAuth, Sdk};

impl Dialect {
    fn prefix(self) -> &'static str {
        if self == Sdk { "/stack/api/v1" } else { "/api/v1" }
    }

    /// Begins a login: the code to poll by, and the one to approve by.
    async fn begin(self, server: &Server) -> (String, String) {
        if self != OAuth {
            return server.begin(self.prefix(), &json!({})).await;
        }
        let begun = server.post_raw("/oauth/device_authorization", &[FORM], "client_id=internal").await;
        (begun.text_of("device_code"), begun.text_of("user_code"))
    }

    async fn approve(self, server: &Server, code: &str) {
        if self != OAuth {
            return server.approve(self.prefix(), code).await;
        }
        let code = server.store.resolve(&UserCode::parse(code).unwrap(), Source::UNKNOWN).unwrap();
        server.store.locate(&code).unwrap().0.complete(&code, Secret::new(SIGNED_IN)).unwrap();
    }

    /// A login that was approved: the code to poll by.
    async fn approved(self, server: &Server) -> String {
        let (polling, code) = self.begin(server).await;
        self.approve(server, &code).await;
        polling
    }

    async fn poll(self, server: &Server, code: &str, headers: &[(&str, &str)]) -> Answer {
        if self == OAuth {
            let body = format!("grant_type={GRANT}&device_code={code}&client_id=internal");
            return server.post_raw("/oauth/token", &[&[FORM], headers].concat(), body).await;
        }
        let headers = [&server_headers("internal", SECRET), headers].concat();
        let body = json!({ "polling_code": code }).to_string();
        server.post_raw(&format!("{}/auth/cli/poll", self.prefix()), &headers, body).await
    }

    #[track_caller]
    fn expect_token(self, answer: &Answer) {
        let status = if self == Sdk { 201 } else { 200 };
        let token = answer.body["refresh_token"].as_str();
        assert_eq!((answer.status, token), (status, Some(SIGNED_IN)), "{self:?}: {answer:?}");
    }

    #[track_caller]
    fn expect_used(self, answer: &Answer) {
        match self {
            Documented => answer.expect_known(400, "CLI_AUTH_USED_ERROR"),
            Sdk => answer.expect(200, &json!({ "status": "used" })),
            OAuth => assert_eq!((answer.status, &*answer.text_of("error")), (400, "invalid_grant")),
        }
    }

    #[track_caller]
    fn expect_pending(self, answer: &Answer) {
        match self {
            Documented => answer.expect(201, &json!({ "status": "pending" })),
            Sdk => answer.expect(200, &json!({ "status": "waiting" })),
            OAuth => assert_eq!((answer.status, &*answer.text_of("error")), (400, "authorization_pending")),
        }
    }
}

const DIALECTS: [Dialect; 3] = [Documented, Sdk, OAuth];

#[tokio::test]
async fn the_same_key_gets_the_same_token_for_ten_seconds() {
    for dialect in DIALECTS {
        let server = Server::new();
        let code = dialect.approved(&server).await;
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
        for _ in 0..3 {
            server.clock.advance(Duration::from_secs(3));
            dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
        }
        server.clock.advance(Attempt::GRACE);
        dialect.expect_used(&dialect.poll(&server, &code, &[KEY]).await);
    }
}

#[tokio::test]
async fn any_other_poll_is_told_that_the_login_is_used() {
    for dialect in DIALECTS {
        let server = Server::new();
        let code = dialect.approved(&server).await;
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
        for headers in [&[][..], &[OTHER], &[("idempotency-key", "")], &[WAIT], &[OTHER, WAIT]] {
            dialect.expect_used(&dialect.poll(&server, &code, headers).await);
        }
        // Which changes nothing for the one that took it.
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
    }
}

#[tokio::test]
async fn without_a_key_there_is_no_repetition() {
    for dialect in DIALECTS {
        let server = Server::new();
        let code = dialect.approved(&server).await;
        dialect.expect_token(&dialect.poll(&server, &code, &[]).await);
        for headers in [&[][..], &[KEY], &[KEY, WAIT]] {
            dialect.expect_used(&dialect.poll(&server, &code, headers).await);
        }
    }
}

#[tokio::test]
async fn a_poll_that_waits_may_be_repeated_too() {
    for dialect in DIALECTS {
        let server = Server::new();
        let (code, approval) = dialect.begin(&server).await;
        let approve = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            dialect.approve(&server, &approval).await;
        };
        let headers = [KEY, WAIT];
        let (answer, ()) = tokio::join!(dialect.poll(&server, &code, &headers), approve);
        dialect.expect_token(&answer);
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY, WAIT]).await);
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
        dialect.expect_used(&dialect.poll(&server, &code, &[OTHER, WAIT]).await);
    }
}

/// The token is kept for the attempt that took it, not for one that found the login pending.
#[tokio::test]
async fn a_pending_poll_binds_no_key() {
    for dialect in DIALECTS {
        let server = Server::new();
        let (code, approval) = dialect.begin(&server).await;
        dialect.expect_pending(&dialect.poll(&server, &code, &[KEY]).await);
        dialect.approve(&server, &approval).await;
        dialect.expect_token(&dialect.poll(&server, &code, &[OTHER]).await);
        dialect.expect_used(&dialect.poll(&server, &code, &[KEY]).await);
        dialect.expect_token(&dialect.poll(&server, &code, &[OTHER]).await);
    }
}

#[tokio::test]
async fn one_key_names_an_attempt_per_login() {
    for dialect in DIALECTS {
        let server = Server::new();
        for code in [dialect.approved(&server).await, dialect.approved(&server).await] {
            dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
            dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
        }
    }
}

#[tokio::test]
async fn a_key_may_come_twice_but_not_with_another() {
    for dialect in DIALECTS {
        let server = Server::new();
        let code = dialect.approved(&server).await;
        for headers in [&[KEY, OTHER][..], &[KEY, KEY, OTHER], &[KEY, ("idempotency-key", "")]] {
            let answer = dialect.poll(&server, &code, headers).await;
            let (field, refusal) =
                if dialect == OAuth { ("error", "invalid_request") } else { ("code", "SCHEMA_ERROR") };
            assert_eq!((answer.status, &*answer.text_of(field)), (400, refusal), "{dialect:?}");
        }
        // The refusal redeems nothing.
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY, KEY]).await);
        dialect.expect_token(&dialect.poll(&server, &code, &[KEY]).await);
    }
}

/// Makes tokens, unless it is down.
struct Database {
    down: AtomicBool,
}

impl Tokens for Database {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(Some(Holder::SignedIn))
    }

    async fn issue(&self, _: &str, refresh_token: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        if self.down.load(Ordering::Relaxed) {
            return Err(Unavailable::new(Duration::from_secs(300)));
        }
        Ok(Some(Issued::new(Secret::new("at"), refresh_token)))
    }
}

#[tokio::test]
async fn a_token_that_could_not_be_issued_is_there_for_the_same_key() {
    for waits in [&[KEY][..], &[KEY, WAIT]] {
        let database = Arc::new(Database { down: AtomicBool::new(true) });
        let server = Server::new().with_router(|store| {
            let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
            Routes::new(store.clone(), access, database.clone()).router()
        });
        let code = OAuth.approved(&server).await;
        let answer = OAuth.poll(&server, &code, waits).await;
        assert_eq!((answer.status, &*answer.text_of("error")), (503, "temporarily_unavailable"), "{answer:?}");
        // In time for the repetition.
        let retry_after = answer.header("retry-after").unwrap().parse().map(Duration::from_secs).unwrap();
        assert!(retry_after < Attempt::GRACE, "{retry_after:?}");
        server.clock.advance(retry_after);
        database.down.store(false, Ordering::Relaxed);
        OAuth.expect_used(&OAuth.poll(&server, &code, &[OTHER]).await);
        OAuth.expect_token(&OAuth.poll(&server, &code, waits).await);
        server.clock.advance(Attempt::GRACE);
        OAuth.expect_used(&OAuth.poll(&server, &code, waits).await);
    }
}
