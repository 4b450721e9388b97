//! The client against the `axum` feature's routes: both sides of this crate.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use counterfoil::axum::{
    Asked, Holder, Issued, Pages, Refresh, RefreshError, Revocation, Routes, StaticAccess, Store, Tokens, not_found,
};
use counterfoil::client::{Documented, Key, LoginError, Options, Prompt, login, logout, refresh, reqwest};
use counterfoil::{LoginCode, Secret, SessionStore, Source, Unavailable, UserCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Refresh tokens with their turn: each refresh replaces one.
#[derive(Default)]
struct Users(Mutex<HashMap<String, u32>>);

impl Users {
    fn issued(&self, turn: u32) -> Issued {
        let refresh_token = format!("rt_{turn}");
        self.0.lock().unwrap().insert(refresh_token.clone(), turn);
        let issued = Issued::new(Secret::new(format!("at_{turn}")), Secret::new(refresh_token));
        issued.expires_in(Duration::from_secs(60))
    }
}

impl Tokens for Users {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(Some(Holder::SignedIn))
    }

    async fn issue(&self, _: &str, _: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        Ok(Some(self.issued(1)))
    }

    fn refreshes(&self) -> bool {
        true
    }

    async fn refresh(&self, _: &Refresh<'_>, token: Secret) -> Result<Issued, RefreshError> {
        let turn = self.0.lock().unwrap().remove(token.expose()).ok_or(RefreshError::Invalid)?;
        Ok(self.issued(turn + 1))
    }

    fn revokes(&self) -> bool {
        true
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        if let Some(token) = revocation.token {
            self.0.lock().unwrap().remove(token.expose());
        }
        Ok(())
    }
}

/// What has been posted to the poll endpoints.
type Polls = Arc<Mutex<Vec<Value>>>;

async fn serve() -> (String, Store) {
    let (url, store, _) = serve_seen().await;
    (url, store)
}

async fn serve_seen() -> (String, Store, Polls) {
    let store: Store = SessionStore::builder().build().unwrap();
    let access = StaticAccess::new().project("internal", "ssk", "pck");
    let users = Arc::new(Users::default());
    let routes = Routes::new(store.clone(), access, users.clone()).hand_back(true);
    let polls = Polls::default();
    let list = polls.clone();
    let app = routes.router().merge(Pages::new(store.clone(), users).router_or(not_found));
    let app = app.layer(from_fn(move |request: Request, next: Next| {
        let list = list.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, 4096).await.unwrap();
            if head.uri.path().ends_with("/poll") {
                list.lock().unwrap().extend(serde_json::from_slice::<Value>(&body));
            }
            next.run(Request::from_parts(head, Body::from(body))).await
        }
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, store, polls)
}

/// Options that show nothing, and send what the user would see.
fn shown<D>(options: Options<D>, see: fn(&Prompt) -> String) -> (Options<D>, oneshot::Receiver<String>) {
    let (show, seen) = oneshot::channel();
    let options = options.open_browser(false).spinner(false);
    (options.present(move |prompt| show.send(see(prompt)).map_err(|_| std::io::ErrorKind::Other.into())), seen)
}

fn documented(url: &str) -> (Options<Documented>, oneshot::Receiver<String>) {
    let options = Options::documented(url, "internal", Key::PublishableClient("pck".into()));
    shown(options, |prompt| format!("{} {}", prompt.link(), prompt.check_word().unwrap_or_default()))
}

/// The login code of a link.
fn code(link: &str) -> LoginCode {
    LoginCode::parse(link.split_once("login_code=").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_session_from_its_login_to_its_logout() {
    let (url, store) = serve().await;
    let device = || Options::device(&url, "internal");
    let (options, seen) = shown(device(), |prompt| prompt.user_code().unwrap_or_default().to_owned());
    let person = async {
        let code = UserCode::parse(&seen.await.unwrap()).unwrap();
        let code = store.resolve(&code, Source::UNKNOWN).unwrap();
        store.locate(&code).unwrap().0.complete(&code, Secret::new("a-session")).unwrap();
    };
    let (tokens, ()) = tokio::join!(login(options), person);
    let tokens = tokens.unwrap();
    assert_eq!(tokens.access_token.as_ref().unwrap().expose(), "at_1");

    let next = refresh(device(), tokens.token()).await.unwrap();
    assert_eq!((next.access_token.as_ref().unwrap().expose(), next.token().expose()), ("at_2", "rt_2"));
    // The first one was replaced.
    assert!(matches!(refresh(device(), tokens.token()).await, Err(LoginError::SessionEnded)));
    logout(device(), next.token()).await.unwrap();
    assert!(matches!(refresh(device(), next.token()).await, Err(LoginError::SessionEnded)));
    logout(device(), next.token()).await.unwrap();
}

#[tokio::test]
async fn the_terminal_shows_the_check_word_of_the_page() {
    let (url, store) = serve().await;
    let (options, seen) = documented(&url);
    let person = async {
        let seen = seen.await.unwrap();
        let (link, word) = seen.split_once(' ').unwrap();
        let code = code(link);
        assert!(code.check_word().matches(word), "{seen}");
        store.locate(&code).unwrap().0.complete(&code, Secret::new("rt_secret")).unwrap();
    };
    let (tokens, ()) = tokio::join!(login(options), person);
    assert_eq!(tokens.unwrap().token().expose(), "rt_secret");
}

/// What a browser does with the page of an approval: it goes where the page leads it.
async fn approve(url: &str, link: &str) -> (String, Option<String>) {
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let form =
        [("login_code", link.split_once("login_code=").unwrap().1), ("decision", "approve"), ("refresh_token", "rt_1")];
    let answer = browser.post(format!("{url}/handler/cli-auth-confirm")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let refresh = answer.headers().get("refresh").map(|value| value.to_str().unwrap().to_owned());
    (answer.text().await.unwrap(), refresh)
}

#[tokio::test]
async fn a_browser_hands_the_login_back_to_this_machine() {
    let (url, _store) = serve().await;
    let (options, seen) = documented(&url);
    let options = options.open_browser(true).browser(|_| Ok(())).hand_back(true);
    let person = async {
        let link = seen.await.unwrap();
        let (_, refresh) = approve(&url, link.split(' ').next().unwrap()).await;
        let refresh = refresh.unwrap();
        let address = refresh.split_once("url=").unwrap().1;
        let page = reqwest::get(address).await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("You can close this tab"));
    };
    let (tokens, ()) = tokio::join!(login(options), person);
    assert_eq!(tokens.unwrap().token().expose(), "rt_1");
}

/// A link that leads back to the attacker's own machine, approved by someone on another one, whose browser finds nothing at
/// the address there. An attacker who leaves that out had the token by the next poll; a server can require it.
#[tokio::test]
async fn an_approval_on_another_machine_brings_nothing() {
    let (url, _store) = serve().await;
    let (options, seen) = documented(&url);
    let options = options.open_browser(true).browser(|_| Ok(())).hand_back(true);
    let options =
        options.expires_in(Duration::from_secs(3)).wait(Duration::ZERO).poll_interval(Duration::from_millis(200));
    let victim = async {
        let link = seen.await.unwrap();
        let (_, refresh) = approve(&url, link.split(' ').next().unwrap()).await;
        assert!(refresh.unwrap().starts_with("3; url=http://127.0.0.1:"));
    };
    let (ended, ()) = tokio::join!(login(options), victim);
    assert!(matches!(ended, Err(LoginError::Expired)), "{ended:?}");
}

/// A polling code alone, read on the way or in a log, is worth nothing: without the verifier it is unknown.
#[tokio::test]
async fn a_stolen_code_is_unknown_without_its_verifier() {
    let (url, store, polls) = serve_seen().await;
    let (options, seen) = documented(&url);
    let thief = async {
        let link = seen.await.unwrap();
        while polls.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let stolen = polls.lock().unwrap()[0].clone();
        let code = code(link.split(' ').next().unwrap());
        let polling_code = stolen["polling_code"].as_str().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let another = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let tries = [
            json!({ "polling_code": polling_code }),
            json!({ "polling_code": polling_code, "code_verifier": another }),
        ];
        for body in &tries {
            let request = client.post(format!("{url}/api/v1/auth/cli/poll")).json(body);
            let request = request.header("x-stack-project-id", "internal");
            let answer = request.header("x-stack-publishable-client-key", "pck").send().await.unwrap();
            assert_eq!(answer.status(), 400);
            assert!(answer.text().await.unwrap().contains("INVALID_POLLING_CODE"));
        }
        // The tool itself is not harmed by the tries.
        store.locate(&code).unwrap().0.complete(&code, Secret::new("rt_1")).unwrap();
    };
    let (tokens, ()) = tokio::join!(login(options), thief);
    assert_eq!(tokens.unwrap().token().expose(), "rt_1");
}
