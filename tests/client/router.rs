//! The client against the `axum` feature's routes: both sides of this crate.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::axum::{
    Asked, Holder, Issued, Refresh, RefreshError, Revocation, Routes, StaticAccess, Store, Tokens,
};
use counterfoil::client::{Documented, Key, LoginError, Options, Prompt, login, logout, refresh};
use counterfoil::{LoginCode, Secret, SessionStore, Source, Unavailable, UserCode};
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

async fn serve() -> (String, Store) {
    let store: Store = SessionStore::builder().build().unwrap();
    let access = StaticAccess::new().project("internal", "ssk", "pck");
    let app = Routes::new(store.clone(), access, Arc::new(Users::default())).router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, store)
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
