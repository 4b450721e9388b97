//! A poll over HTTP, beside constant answers: with a client of its own, on one thread, over the loopback.
#![allow(unsafe_code, reason = "`no_mangle`: the names are this program's alone")]

use std::error::Error;
use std::hint::black_box;
use std::net::SocketAddr;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use counterfoil::axum::{Observe, Routes, StaticAccess, StaticTokens, Store, not_found, serve};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

#[path = "../../../examples/server/log.rs"]
mod log;
#[path = "../../../examples/server/recorder.rs"]
#[allow(dead_code, reason = "nobody asks for the measurements")]
mod recorder;

/// The servers.
pub const VERBS: [&str; 3] = ["http_poll", "http_constant", "http_bare"];
const TIMES: usize = 200;
const KEY: &str = "a-secret-server-key-for-the-benchmark";
const PATH: &str = "/api/v1/auth/cli/poll";

#[derive(Deserialize)]
struct Poll {
    polling_code: String,
}

/// A handler that reads its JSON and answers as if it had looked.
async fn constant(Json(poll): Json<Poll>) -> impl IntoResponse {
    black_box(poll.polling_code);
    (StatusCode::CREATED, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], r#"{"status":"pending"}"#)
}

pub fn times(_: &str) -> usize {
    TIMES
}

/// The function that is counted, for all servers.
pub fn function(_: &str) -> &'static str {
    "measured_http"
}

/// Runs a server and polls; whether every answer was what it must be.
pub fn run(server: &str) -> bool {
    polled(server).expect("a server and its client") == TIMES
}

/// Polls one kind of server: the routes, or the constant with our limits, log and metrics, or on axum alone.
fn polled(server: &str) -> Result<usize, Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let store: Store = Store::builder().max_sessions(1000).build()?;
    let body = format!(r#"{{"polling_code":"{}"}}"#, &*store.for_tenant("internal").initiate()?.polling_code.expose());
    let address = runtime.block_on(start(server, store))?;
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nx-stack-project-id: internal\r\n\
         x-stack-secret-server-key: {KEY}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    let mut client = runtime.block_on(TcpStream::connect(address))?;
    let request = request.as_bytes();
    // What is done once per process and per connection is done then.
    polls(&runtime, &mut client, request);
    Ok(measured_http(&runtime, &mut client, request))
}

async fn start(server: &str, store: Store) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let constant = Router::new().route(PATH, post(constant));
    if server == "http_bare" {
        tokio::spawn(async { axum::serve(listener, constant).await });
        return Ok(address);
    }
    let app = if server == "http_poll" {
        let access = StaticAccess::new().project("internal", KEY, "a publishable client key");
        Routes::new(store, access, StaticTokens::new()).router()
    } else {
        constant
    };
    log::start()?;
    recorder::install()?;
    tokio::spawn(async { serve(listener, app.fallback(not_found)).observe(Observe::new()).await });
    Ok(address)
}

#[inline(always)]
fn polls(runtime: &Runtime, client: &mut TcpStream, request: &[u8]) -> usize {
    runtime.block_on(async {
        let (mut good, mut answer) = (0, [0; 1024]);
        for _ in 0..TIMES {
            client.write_all(request).await.expect("the server reads");
            let length = client.read(&mut answer).await.expect("the server answers");
            good += usize::from(answer[..length].starts_with(b"HTTP/1.1 201"));
        }
        good
    })
}

#[inline(never)]
#[unsafe(no_mangle)]
fn measured_http(runtime: &Runtime, client: &mut TcpStream, request: &[u8]) -> usize {
    polls(runtime, client, request)
}
