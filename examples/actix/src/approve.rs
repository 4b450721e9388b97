//! The browser's side: a page that says what is approved, and its form.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, REFERRER_POLICY};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use counterfoil::{LoginCode, Secret, State};
use serde::Deserialize;

use crate::Store;

#[derive(Deserialize)]
pub struct Link {
    login_code: String,
}

#[derive(Deserialize)]
pub struct Decision {
    login_code: String,
    decision: String,
}

/// `GET /approve`.
pub async fn page(store: Data<Store>, link: Query<Link>, request: HttpRequest) -> HttpResponse {
    let Some(user) = user(&request) else { return sign_in_first() };
    let shown = LoginCode::parse(&link.login_code).ok().and_then(|code| store.inspect(&code).map(|seen| (code, seen)));
    match shown {
        // A code that was parsed has letters and digits alone, and a name was checked: nothing has to be escaped.
        Some((code, seen)) if seen.state == State::Pending => html(format!(
            "<p>Let a command-line tool sign in as {user}?</p>\
             <p>Only if you started this yourself, a moment ago. If somebody sent you the link, they would get in as you.</p>\
             <form method=post><input type=hidden name=login_code value={}>\
             <button name=decision value=approve>Approve</button> <button name=decision value=deny>Deny</button></form>",
            &*code.expose()
        )),
        Some(_) => html("<p>This login is over.</p>".to_owned()),
        None => html("<p>There is no such login.</p>".to_owned()),
    }
}

/// `POST /approve`. The cookie comes along from any site, so the form must be known to be ours.
pub async fn decide(store: Data<Store>, form: Form<Decision>, request: HttpRequest) -> HttpResponse {
    if request.headers().get("sec-fetch-site").is_none_or(|site| site != "same-origin") {
        return HttpResponse::Forbidden().body("this form is not from this site");
    }
    let Some(user) = user(&request) else { return sign_in_first() };
    let Ok(code) = LoginCode::parse(&form.login_code) else { return HttpResponse::NotFound().finish() };
    let done = match form.decision.as_str() {
        // A real server makes a new refresh token here, and revokes it if it comes back in the error.
        "approve" => store.complete(&code, Secret::new(format!("token-of-{user}"))).map_err(|refused| refused.reason),
        _ => store.deny(&code),
    };
    match done {
        Ok(()) => html("<p>Done. Go back to your terminal.</p>".to_owned()),
        Err(reason) => HttpResponse::Conflict().body(reason.to_string()),
    }
}

/// Who is signed in. A real server looks its session up; this believes a cookie `user=NAME`.
fn user(request: &HttpRequest) -> Option<String> {
    let cookies = request.headers().get("cookie")?.to_str().ok()?;
    let name = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("user="))?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| name.to_owned())
}

fn sign_in_first() -> HttpResponse {
    HttpResponse::Unauthorized().body("sign in first: this example wants a cookie `user=NAME`")
}

/// Not cached, not framed, and its address, which has the code, is told to nobody.
fn html(main: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "strict-origin"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; form-action 'self'; frame-ancestors 'none'"))
        .body(format!("<!doctype html><html lang=en><title>Sign in</title>{main}</html>"))
}
