//! Servers that answer a poll with a constant, for the example server to be compared with.
//!
//! `constant bare|limited [json]`: axum as it comes, or within the example server's own limits, log and measurements;
//! without looking at the request, or after reading its JSON.
#![allow(dead_code, reason = "the example server's parts are used in part")]

use std::error::Error;
use std::hint::black_box;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, post};
use counterfoil::axum::{Observe, not_found, serve};
use serde::Deserialize;
use tokio::net::TcpListener;

#[path = "../../../examples/server/log.rs"]
mod log;
#[path = "../../../examples/server/recorder.rs"]
mod recorder;

const PATH: &str = "/api/v1/auth/cli/poll";

#[derive(Deserialize)]
struct Poll {
    polling_code: String,
}

fn pending() -> impl IntoResponse {
    (StatusCode::CREATED, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], r#"{"status":"pending"}"#)
}

fn handler(json: bool) -> MethodRouter {
    if json {
        post(|Json(poll): Json<Poll>| async move {
            black_box(poll.polling_code);
            pending()
        })
    } else {
        post(|| async { pending() })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let app = Router::new().route(PATH, handler(args.iter().any(|arg| arg == "json")));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let ready = format!("listening on http://{}", listener.local_addr()?);
    match args.first().map(String::as_str) {
        Some("bare") => {
            println!("{ready}");
            axum::serve(listener, app).await?;
        }
        Some("limited") => {
            log::start()?;
            recorder::install()?;
            println!("{ready}");
            serve(listener, app.fallback(not_found)).observe(Observe::new()).await;
        }
        _ => return Err("constant bare|limited [json]".into()),
    }
    Ok(())
}
