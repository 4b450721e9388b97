//! Command-line logins in an actix-web server: the store without counterfoil's own HTTP side.
//!
//! ```sh
//! cargo run --manifest-path examples/actix/Cargo.toml
//! ```
//!
//! The tool's side, with `curl`:
//!
//! ```sh
//! curl -s -X POST http://127.0.0.1:8103/login | tee login.json
//! curl -s --json "{\"polling_code\":$(grep -o '"polling_code":"[^"]*"' login.json | cut -d: -f2)}" http://127.0.0.1:8103/poll
//! ```

mod approve;
mod login;

use std::io;
use std::time::Duration;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpServer};
use counterfoil::{Secret, SessionStore};

/// What the server keeps: one store for all its workers. A clone is a handle.
type Store = SessionStore<Secret>;

fn routes(config: &mut ServiceConfig) {
    config
        .route("/login", web::post().to(login::begin))
        .route("/poll", web::post().to(login::poll))
        .route("/approve", web::get().to(approve::page))
        .route("/approve", web::post().to(approve::decide));
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let store: Store = SessionStore::builder().ttl(Duration::from_secs(600)).build().map_err(io::Error::other)?;
    let _sweeper = store.spawn_sweeper(Duration::from_secs(1))?;
    println!("listening on http://127.0.0.1:8103");
    HttpServer::new(move || App::new().app_data(Data::new(store.clone())).configure(routes))
        .bind("127.0.0.1:8103")?
        .run()
        .await
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::{COOKIE, HeaderValue};
    use actix_web::test::{TestRequest, call_service, init_service, read_body, read_body_json};

    use super::*;
    use crate::login::{Begun, Poll};

    #[actix_web::test]
    async fn a_login_from_its_beginning_to_its_end() {
        let store: Store = SessionStore::builder().build().unwrap();
        let app = init_service(App::new().app_data(Data::new(store)).configure(routes)).await;

        let begun = call_service(&app, TestRequest::post().uri("/login").to_request()).await;
        let begun: Begun = read_body_json(begun).await;
        let poll = || TestRequest::post().uri("/poll").set_json(Poll { polling_code: begun.polling_code.clone() });
        assert_eq!(call_service(&app, poll().to_request()).await.status(), StatusCode::ACCEPTED);

        // The page, for somebody who is signed in.
        let alice = (COOKIE, HeaderValue::from_static("user=alice"));
        let link = begun.link.strip_prefix("http://127.0.0.1:8103").unwrap();
        let page = call_service(&app, TestRequest::get().uri(link).insert_header(alice.clone()).to_request()).await;
        assert_eq!(page.status(), StatusCode::OK);
        let page = String::from_utf8(read_body(page).await.to_vec()).unwrap();
        assert!(page.contains("as alice?"), "{page}");

        // A form of another site approves nothing.
        let code = link.split_once('=').unwrap().1;
        let form = [("login_code", code), ("decision", "approve")];
        let decide = |site: &'static str| {
            let request = TestRequest::post().uri("/approve").insert_header(alice.clone());
            request.insert_header(("sec-fetch-site", site)).set_form(form).to_request()
        };
        assert_eq!(call_service(&app, decide("cross-site")).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(call_service(&app, decide("same-origin")).await.status(), StatusCode::OK);

        let token = call_service(&app, poll().to_request()).await;
        assert_eq!(token.status(), StatusCode::OK);
        assert_eq!(read_body(token).await, "token-of-alice");
        assert_eq!(call_service(&app, poll().to_request()).await.status(), StatusCode::GONE);
    }

    #[actix_web::test]
    async fn a_code_that_nobody_has_and_one_that_is_none_are_answered_alike() {
        let store: Store = SessionStore::builder().build().unwrap();
        let app = init_service(App::new().app_data(Data::new(store)).configure(routes)).await;
        let mut answers = Vec::new();
        for code in ["a".repeat(40), "no code".to_owned()] {
            let poll = TestRequest::post().uri("/poll").set_json(Poll { polling_code: code }).to_request();
            let answer = call_service(&app, poll).await;
            answers.push((answer.status(), read_body(answer).await));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    }
}
