//! Two servers on one Redis: a tool polls the first while its user approves on the second, and the second is killed
//! before the tool has its token.
//!
//! Starts `redis-server` (or `valkey-server`) on a free port, unless it is told of one that runs.
//!
//! ```sh
//! cargo run --features axum,redis --example two_servers
//! ```
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use counterfoil::axum::{Context, Pages, Routes, StaticAccess, StaticTokens, not_found};
use counterfoil::{RedisServers, RedisStore, Secret};
use oauth2::basic::BasicClient;
use oauth2::{ClientId, DeviceAuthorizationUrl, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl, reqwest};

const PROJECT: &str = "demo";
/// What the user is signed in with.
const TOKEN: &str = "rt_of_a_signed_in_user";

/// Shows that a login survives the server that approved it.
#[derive(Parser)]
struct Flags {
    /// A server that runs already
    #[arg(long, value_name = "URL")]
    redis: Option<String>,

    /// Be one of the two servers
    #[arg(long, hide = true, requires = "redis")]
    serve: bool,
}

/// A process that is killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL on Unix: it has no time to tell anybody anything.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match Flags::parse() {
        Flags { serve: true, redis: Some(url) } => serve(&url).await,
        Flags { redis: Some(url), .. } => show(&url).await,
        Flags { redis: None, .. } => {
            let (_running, url) = start_redis()?;
            show(&url).await
        }
    }
}

/// One of the servers. It differs from a server with a store of its own by the constructor.
async fn serve(url: &str) -> Result<(), Box<dyn Error>> {
    // The same in both; a real one is random, and Redis never sees it.
    let key = [7; 32];
    let store = RedisStore::<Secret, Context>::builder(url.parse::<RedisServers>()?)
        .key(key)
        .poll_interval(Duration::from_secs(1))
        .build()?;
    let access = StaticAccess::new().project(PROJECT, "a-secret-server-key", "a-publishable-key");
    let tokens = Arc::new(StaticTokens::new().signed_in(TOKEN));
    let pages = Pages::new(store.clone(), tokens.clone());
    let app = Routes::new(store, access, tokens).router().merge(pages.router_or(not_found));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn show(redis: &str) -> Result<(), Box<dyn Error>> {
    let (first, polled) = start_server(redis)?;
    let (second, approving) = start_server(redis)?;
    println!("two servers on {redis}: the tool knows {polled}, the browser {approving}");

    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let client = BasicClient::new(ClientId::new(PROJECT.into()))
        .set_device_authorization_url(DeviceAuthorizationUrl::new(format!("{polled}/oauth/device_authorization"))?)
        .set_token_uri(TokenUrl::new(format!("{polled}/oauth/token"))?);
    let device: StandardDeviceAuthorizationResponse = client.exchange_device_code().request_async(&http).await?;
    println!("tool:    began a login, and shows {}", device.user_code().secret());

    let form = [("user_code", device.user_code().secret().as_str()), ("decision", "approve"), ("refresh_token", TOKEN)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let page = http.post(format!("{approving}/device")).body(body);
    let page = page.header("content-type", "application/x-www-form-urlencoded").header("origin", &approving);
    let answer = page.send().await?.status();
    if !answer.is_success() && !answer.is_redirection() {
        return Err(format!("the approval was answered {answer}").into());
    }
    println!("browser: approved on the second server");
    drop(second);
    println!("         which is killed");

    let token = client.exchange_device_access_token(&device).request_async(&http, tokio::time::sleep, None).await?;
    let token = token.refresh_token().ok_or("no token")?;
    println!("tool:    has its token of {} characters, from the first server", token.secret().len());
    drop(first);
    Ok(())
}

/// Starts this program once more, as a server. Returns its address.
fn start_server(redis: &str) -> Result<(Running, String), Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command.args(["--serve", "--redis", redis]).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    let running = Running(child);
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok((running, line.trim().to_owned()))
}

fn start_redis() -> Result<(Running, String), Box<dyn Error>> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let named = std::env::var("COUNTERFOIL_REDIS_SERVER").ok();
    let programs = named.as_deref().map_or(vec!["redis-server", "valkey-server"], |named| vec![named]);
    for program in programs {
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        if let Ok(child) = command.stdout(Stdio::null()).spawn() {
            return Ok((Running(child), format!("redis://127.0.0.1:{port}")));
        }
    }
    Err("neither redis-server nor valkey-server is installed; name one that runs with --redis".into())
}
