//! The servers that answer a constant.

use std::io;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::post;
use serde::Deserialize;

use super::PATH;

#[derive(Deserialize)]
struct Poll {
    polling_code: String,
}

fn pending() -> impl IntoResponse {
    (StatusCode::CREATED, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], r#"{"status":"pending"}"#)
}

/// Serves until it is killed.
pub fn serve(json: bool) -> io::Result<()> {
    let handler = if json {
        post(|Json(poll): Json<Poll>| async move {
            std::hint::black_box(poll.polling_code);
            pending()
        })
    } else {
        post(|| async { pending() })
    };
    let router = Router::new().route(PATH, handler);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, router).await
    })
}
