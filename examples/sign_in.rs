//! A server that has users of its own: the pages know who is signed in by a cookie, so no token is typed.
//!
//! Start it, begin a login with any OAuth client (its `client_id` is `internal`), and open the link that it shows.
//!
//! `cargo run --features axum --example sign_in -- --help`
#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use clap::Parser;
use counterfoil::Unavailable;
use counterfoil::axum::pages::{SignIn, Visitor};
use counterfoil::axum::{
    Asked, Holder, Issued, Pages, PublicUrl, Refresh, RefreshError, Revocation, Routes, StaticAccess, Store, Tokens,
    not_found, revoke_uncollected,
};
use counterfoil::{Secret, SessionId, SessionStore};
use rand::RngExt;
use tokio::net::TcpListener;

/// Serves logins that users approve by being signed in.
#[derive(Parser)]
struct Flags {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8102")]
    listen: SocketAddr,

    /// The address that people reach the server by [default: the one that a request came to]
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
}

/// Who is signed in, by session, and whose the refresh tokens are.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<Lists>>);

#[derive(Default)]
struct Lists {
    sessions: HashMap<u128, String>,
    tokens: HashMap<String, Login>,
}

/// What a refresh token is good for. A real server keeps its scope, too.
struct Login {
    #[expect(dead_code, reason = "a real server looks the user up")]
    user: String,
    id: Option<SessionId>,
}

impl Users {
    fn with<T>(&self, change: impl FnOnce(&mut Lists) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn signed_in(&self, request: &Parts) -> Option<String> {
        let cookies = request.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split("; "));
        let session = cookies.find_map(|cookie| cookie.strip_prefix("session="))?;
        let session = u128::from_str_radix(session, 16).ok()?;
        self.with(|lists| lists.sessions.get(&session).cloned())
    }
}

impl SignIn for Users {
    async fn visitor(&self, request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
        if let Some(name) = self.signed_in(request) {
            return Ok(Visitor::signed_in(name));
        }
        let here = request.uri.path_and_query().map_or("/", |here| here.as_str());
        let back: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        Ok(Visitor::SignedOut { sign_in: format!("/sign-in?back={back}") })
    }

    async fn refresh_token(&self, request: &Parts, _: &str, asked: &Asked) -> Result<Option<Secret>, Unavailable> {
        let Some(user) = self.signed_in(request) else { return Ok(None) };
        let (token, login) = (random("rt"), Login { user, id: asked.session });
        self.with(|lists| lists.tokens.insert(token.expose().to_owned(), login));
        Ok(Some(token))
    }
}

impl Tokens for Users {
    async fn holder(&self, _tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        let known = self.with(|lists| lists.tokens.contains_key(refresh_token.expose()));
        Ok(known.then_some(Holder::SignedIn))
    }

    async fn issue(&self, _: &str, refresh_token: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        Ok(Some(Issued::new(random("at"), refresh_token)))
    }

    fn refreshes(&self) -> bool {
        true
    }

    /// Replaces the refresh token: one that is used twice was in two hands.
    async fn refresh(&self, _refresh: &Refresh<'_>, refresh_token: Secret) -> Result<Issued, RefreshError> {
        let next = random("rt");
        self.with(|lists| {
            let login = lists.tokens.remove(refresh_token.expose()).ok_or(RefreshError::Invalid)?;
            lists.tokens.insert(next.expose().to_owned(), login);
            Ok(Issued::new(random("at"), next))
        })
    }

    fn revokes(&self) -> bool {
        true
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        self.with(|lists| {
            // The token alone, if it is named: the login's own may be another one, of an approval that came first.
            match (revocation.token, revocation.session) {
                (Some(token), _) => drop(lists.tokens.remove(token.expose())),
                (None, Some(id)) => lists.tokens.retain(|_, login| login.id != Some(id)),
                (None, None) => {}
            }
        });
        Ok(())
    }
}

fn random(kind: &str) -> Secret {
    Secret::new(format!("{kind}_{:032x}", rand::rng().random::<u128>()))
}

/// `GET /sign-in`: the form, which leads back to itself. Its address holds a login's code: nothing may be told of it.
async fn form() -> impl IntoResponse {
    let headers = [(header::REFERRER_POLICY, "strict-origin"), (header::CACHE_CONTROL, "no-store")];
    let html = Html(
        "<!doctype html><title>Sign in</title><form method=post><label>Name <input name=name></label><button>Go on</button>",
    );
    (headers, html)
}

/// `POST /sign-in`: a session for the name that is given. A real server checks a password here.
async fn sign_in(State(users): State<Users>, uri: Uri, body: Bytes) -> Response {
    let Some(name) = field(&body, "name").filter(|name| !name.is_empty()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // Back to one of the pages, and to no other address that a link may name.
    let back = field(uri.query().unwrap_or_default().as_bytes(), "back");
    let back = back.filter(|back| ["/device?", "/handler/cli-auth-confirm?"].iter().any(|page| back.starts_with(page)));
    let session: u128 = rand::rng().random();
    users.with(|lists| lists.sessions.insert(session, name));
    let cookie = format!("session={session:032x}; Path=/; HttpOnly; SameSite=Lax");
    let back = back.unwrap_or_else(|| "/device".to_owned());
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, back)]).into_response()
}

fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|field| field.0 == name).map(|field| field.1.into_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let flags = Flags::parse();
    let users = Users::default();
    // What was approved, and no tool came for, is signed out again.
    let (tell, revoking) = revoke_uncollected(users.clone());
    tokio::spawn(revoking);
    let store: Store = SessionStore::builder().on_uncollected(tell).build()?;
    let _sweeper = store.spawn_sweeper(Duration::from_secs(1))?;
    let access = StaticAccess::new().project("internal", "a secret server key", "a publishable client key");
    let mut pages = Pages::new(store.clone(), users.clone()).sign_in(users.clone());
    let mut login = Routes::new(store, access, users.clone()).hand_back(true);
    if let Some(url) = flags.public_url {
        pages = pages.public_url(url.clone());
        login = login.public_url(url);
    }
    let own = Router::new().route("/sign-in", get(form).post(sign_in)).with_state(users);
    let app = own.merge(login.router()).merge(pages.router_or(not_found));

    let listener = TcpListener::bind(flags.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
