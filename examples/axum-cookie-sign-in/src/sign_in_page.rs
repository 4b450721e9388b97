//! The server's own sign-in: name and password.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use crate::users::Users;

/// The session's member that holds the user's name.
pub const USER: &str = "user";

#[derive(Deserialize)]
pub struct Back {
    /// A page of the login, with its code.
    back: Option<String>,
}

#[derive(Deserialize)]
pub struct Given {
    name: String,
    password: String,
}

/// The address of the sign-in, which leads back to this one.
pub fn link_back(here: &Uri) -> String {
    let here = here.path_and_query().map_or("/device", |here| here.as_str());
    // Letters and digits stay; everything else is encoded.
    let back = here.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    });
    format!("/sign-in?back={back}")
}

/// `GET /sign-in`. Its address holds a login's code, which is told to nobody.
pub async fn form() -> Response {
    page("")
}

/// `POST /sign-in`.
pub async fn sign_in(
    State(users): State<Users>,
    Query(Back { back }): Query<Back>,
    session: Session,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, StatusCode> {
    // Otherwise another site could sign its visitor in as somebody of its choice.
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return Err(StatusCode::FORBIDDEN);
    }
    let failed = |_| StatusCode::SERVICE_UNAVAILABLE;
    if !users.check(given.name.clone(), given.password).await.map_err(failed)? {
        return Ok((StatusCode::UNAUTHORIZED, page("<p>That is not right. Try again.</p>")).into_response());
    }
    // A new id: a visitor who knew the old one is not signed in with it.
    session.cycle_id().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    session.insert(USER, given.name).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    // Back to one of the pages, and to no other address that a link may name.
    let pages = ["/device?", "/handler/cli-auth-confirm?"];
    let back = back.filter(|back| pages.iter().any(|page| back.starts_with(page)));
    Ok(Redirect::to(back.as_deref().unwrap_or("/device")).into_response())
}

fn page(note: &str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "strict-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; form-action 'self'; frame-ancestors 'none'"),
    ];
    let html = format!(
        "<!doctype html><html lang=en><title>Sign in</title><h1>Sign in</h1>{note}<form method=post>\
         <p><label>Name <input name=name autocomplete=username required></label>\
         <p><label>Password <input name=password type=password autocomplete=current-password required></label>\
         <p><button>Sign in</button></form></html>"
    );
    (headers, Html(html)).into_response()
}
