//! What a server is told of logins, and what it is asked to revoke.

use std::sync::{Arc, Mutex};

use counterfoil::axum::{Asked, Event, Events, Holder, Issued, Revocation, Routes, StaticAccess, Store, Tokens, Why};
use counterfoil::{Secret, SessionStore, Unavailable};
use serde_json::json;

use crate::oauth::world::{AUTHORIZE, FORM, GRANT, HOST, TOKEN};
use crate::support::{PUBLISHABLE, SECRET, SIGNED_IN, Server, client_headers};

/// What happened, in the order in which it did.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Events for Log {
    fn note(&self, event: &Event<'_>) {
        let session = event.session.map_or("-".to_owned(), |session| session.to_string());
        let line = format!(
            "{} {} {} {} {session}",
            event.kind,
            event.source,
            event.tenant.unwrap_or("-"),
            event.client.unwrap_or("-")
        );
        self.0.lock().unwrap().push(line);
    }
}

/// Remembers what was issued and revoked.
#[derive(Default)]
struct Users {
    asked: Mutex<Vec<Asked>>,
    revoked: Mutex<Vec<Revocation>>,
}

impl Tokens for Users {
    async fn holder(&self, _: &str, token: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok((token.expose() == SIGNED_IN).then_some(Holder::SignedIn))
    }

    async fn issue(&self, _: &str, token: Secret, asked: &Asked) -> Result<Option<Issued>, Unavailable> {
        self.asked.lock().unwrap().push(asked.clone());
        let issued = Issued::new(Secret::new("at"), token);
        Ok(Some(if asked.scope.is_some() { issued.scope("read") } else { issued }))
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        self.revoked.lock().unwrap().push(revocation);
        Err(Unavailable::new(std::time::Duration::from_secs(1)))
    }
}

struct World {
    server: Server,
    store: Store,
    log: Arc<Log>,
    users: Arc<Users>,
}

impl World {
    fn new() -> Self {
        let store: Store = SessionStore::builder().max_sessions_per_source(2).build().unwrap();
        let (log, users) = (Arc::<Log>::default(), Arc::<Users>::default());
        let server = Server::new().with_router(|_| {
            let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
            Routes::new(store.clone(), access, users.clone()).events(log.clone()).router()
        });
        Self { server, store, log, users }
    }

    /// The id of the only session that is live.
    fn id(&self) -> String {
        let sessions = self.store.for_tenant("internal").sessions();
        assert_eq!(sessions.len(), 1);
        sessions[0].id.to_string()
    }
}

#[tokio::test]
async fn the_life_of_a_login_is_told_without_a_secret() {
    let world = World::new();
    let post = async |path: &str, body: &serde_json::Value| {
        world
            .server
            .post_from("192.0.2.1", &format!("/api/v1/auth/cli{path}"), &client_headers("internal"), body.to_string())
            .await
    };
    let begun = post("", &json!({})).await;
    let id = world.id();
    let (login_code, poll) = (begun.text_of("login_code"), json!({ "polling_code": begun.text_of("polling_code") }));
    post("/poll", &poll).await;
    post("/complete", &json!({ "login_code": login_code, "mode": "check" })).await;
    post("/complete", &json!({ "login_code": login_code, "refresh_token": "nobody's" })).await;
    post("/complete", &json!({ "login_code": login_code, "refresh_token": SIGNED_IN })).await;
    post("/complete", &json!({ "login_code": login_code, "refresh_token": SIGNED_IN })).await;
    post("/poll", &poll).await;
    post("/poll", &poll).await;
    let expected = ["begun", "looked_up", "approved", "redeemed", "redeemed_again"];
    assert_eq!(world.log.take(), expected.map(|kind| format!("{kind} 192.0.2.1 internal - {id}")));

    let denied = post("", &json!({})).await;
    let id = world.id();
    post("/complete", &json!({ "login_code": denied.text_of("login_code"), "mode": "deny" })).await;
    post("/poll", &json!({ "polling_code": denied.text_of("polling_code") })).await;
    assert_eq!(world.log.take(), ["begun", "denied"].map(|kind| format!("{kind} 192.0.2.1 internal - {id}")));

    post("/poll", &json!({ "polling_code": "unknown" })).await;
    post("", &json!({})).await;
    post("", &json!({})).await;
    world.log.take();
    assert_eq!(post("", &json!({})).await.status, 429);
    assert_eq!(world.log.take(), ["budget_exhausted 192.0.2.1 internal - -"]);
    // A flood of refusals is no flood of events: it is told once a minute.
    for _ in 0..20 {
        assert_eq!(post("", &json!({})).await.status, 429);
    }
    assert_eq!(world.log.take(), [""; 0]);
}

/// Panics whatever happens.
struct Panics;

impl Events for Panics {
    fn note(&self, event: &Event<'_>) {
        panic!("a fault of the server's own: {}", event.kind);
    }
}

/// The grant had left the store when the server's own code panicked, and the tool never got its token.
#[tokio::test]
async fn a_panic_in_the_servers_own_code_costs_nobody_a_token() {
    let server = Server::new().with_router(|store| {
        let access = StaticAccess::new().project("internal", SECRET, PUBLISHABLE);
        Routes::new(store.clone(), access, Arc::<Users>::default()).events(Panics).router()
    });
    for prefix in ["/api/v1", "/stack/api/v1"] {
        let (polling_code, login_code) = server.begin(prefix, &json!({})).await;
        server.approve(prefix, &login_code).await;
        assert_eq!(server.poll(prefix, &polling_code).await.text_of("refresh_token"), SIGNED_IN);
    }
    let device = server.device().await;
    server.approve_device(&device);
    let poll = format!("grant_type={GRANT}&device_code={}&client_id=internal", device.device_code);
    assert_eq!(server.form(TOKEN, poll).await.text_of("access_token"), "at");
}

/// A poll of a login that was redeemed was told *used*, and the tokens stayed good in whatever hands.
#[tokio::test]
async fn a_code_in_two_hands_has_its_tokens_revoked() {
    let world = World::new();
    let form = "client_id=internal&scope=read+write";
    let begun = world.server.post_from("192.0.2.1", AUTHORIZE, &[HOST, FORM], form).await;
    let id = world.id();
    let session = id.parse().unwrap();
    let sessions = world.store.for_tenant("internal");
    let code = counterfoil::UserCode::parse(&begun.text_of("user_code")).unwrap();
    let code = world.store.resolve(&code, counterfoil::Source::UNKNOWN).unwrap();
    sessions.complete(&code, Secret::new(SIGNED_IN)).unwrap();
    let poll = format!("grant_type={GRANT}&device_code={}&client_id=internal", begun.text_of("device_code"));
    let answer = world.server.post_from("192.0.2.1", TOKEN, &[HOST, FORM], poll.clone()).await;
    // What was granted is less than what was asked for, and the client is told.
    assert_eq!(answer.text_of("scope"), "read");
    assert_eq!(*world.users.asked.lock().unwrap(), [Asked::new(session).client("internal").scope("read write")]);
    assert!(world.users.revoked.lock().unwrap().is_empty());

    let answer = world.server.post_from("198.51.100.7", TOKEN, &[HOST, FORM], poll).await;
    answer.expect_error(400, "invalid_grant");
    let expected = Revocation::new("internal", Why::AskedTwice).session(session).client("internal");
    assert_eq!(*world.users.revoked.lock().unwrap(), [expected]);
    let expected = [("begun", "192.0.2.1"), ("redeemed", "192.0.2.1"), ("redeemed_again", "198.51.100.7")];
    assert_eq!(world.log.take(), expected.map(|(kind, by)| format!("{kind} {by} internal internal {id}")));
}
