//! From approval to answer: the time from the page's `POST` to the tool having its token, through the example server over
//! the loopback, while thousands of other tools wait.
//!
//! A tool holds its poll (`Prefer: wait`), or asks every two or five seconds. A login is approved at a random moment of a
//! tool's interval. Then all that wait are approved, as fast as some connections can.

use std::io;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::http::{self, KEY, Server, Servers};

/// The signed-in user's.
const TOKEN: &str = "a-refresh-token-of-some-forty-characters";
const PAGE: &str = "/handler/cli-auth-confirm";
/// As long as the server lets a poll wait.
const WAIT: u64 = 30;
/// Logins that are approved at a time, when all are.
const APPROVING: usize = 16;
/// Connections that are opened at a time.
const OPENING: usize = 64;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Tools that wait besides.
    pub waiting: usize,
    pub ways: Vec<Way>,
    pub held: Held,
}

/// How a tool learns of the approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Way {
    /// Seconds between two polls; none for a poll that is held.
    pub every: Option<u64>,
    pub ms: Vec<f64>,
}

/// All that wait, woken at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    pub polls: usize,
    /// What the server's resident memory grew by, a held poll.
    pub bytes: f64,
    /// From the first approval to the last answer.
    pub woken_s: f64,
}

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Tools {
    pub waiting: usize,
    pub logins: usize,
}

/// A login's two codes.
#[derive(Clone)]
struct Login {
    polling: String,
    login: String,
}

pub fn measure(servers: &Servers, tools: &Tools, step: impl FnMut()) -> io::Result<Answer> {
    // Each waiting tool is a connection.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let most = (tools.waiting + 1000).to_string();
    let server = http::start(Command::new(&servers.example).args([
        "--listen",
        "127.0.0.1:0",
        "--secret-server-key",
        KEY,
        "--poll-interval",
        "0",
        "--refresh-token",
        TOKEN,
        "--max-connections-per-source",
        &most,
    ]))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(all(&server, tools, step))
}

async fn all(server: &Server, tools: &Tools, mut step: impl FnMut()) -> io::Result<Answer> {
    let address: Arc<str> = server.address.as_str().into();
    let before = server.resident()?;
    let (waiting, mut held) = hold(&address, tools.waiting).await?;
    let bytes = (server.resident()? - before) / tools.waiting as f64;
    step();
    let mut ways = Vec::new();
    for every in [None, Some(2), Some(5)] {
        ways.push(Way { every, ms: way(&address, every, tools.logins).await? });
        step();
    }
    let began = Instant::now();
    let approving = approve_all(address, waiting);
    let (approved, ()) = tokio::try_join!(approving, async {
        while let Some(answered) = held.join_next().await {
            answered.map_err(io::Error::other)??;
        }
        Ok(())
    })?;
    step();
    Ok(Answer {
        waiting: tools.waiting,
        ways,
        held: Held { polls: approved, bytes, woken_s: began.elapsed().as_secs_f64() },
    })
}

/// Begins logins whose tools hold their polls, and returns when all are held.
async fn hold(address: &Arc<str>, count: usize) -> io::Result<(Vec<Login>, JoinSet<io::Result<()>>)> {
    let (mut logins, mut held) = (Vec::new(), JoinSet::new());
    let mut connection = Connection::open(address).await?;
    let opening = Arc::new(Semaphore::new(OPENING));
    for _ in 0..count {
        let login = connection.begin().await?;
        logins.push(login.clone());
        let (address, opening) = (address.clone(), opening.clone());
        held.spawn(async move {
            let permit = opening.acquire().await.map_err(io::Error::other)?;
            let mut tool = Connection::open(&address).await?;
            drop(permit);
            while !tool.poll(&login, Some(WAIT)).await? {}
            Ok(())
        });
    }
    // The last ones' requests are read by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok((logins, held))
}

/// Milliseconds from the page's `POST` to the tool's answer, of so many logins at the same time.
async fn way(address: &Arc<str>, every: Option<u64>, count: usize) -> io::Result<Vec<f64>> {
    let mut logins = JoinSet::new();
    for at in 0..count {
        let address = address.clone();
        // A held poll is timed one after the other, so that none waits for another's page.
        let pause = match every {
            None => Duration::from_millis(20 * at as u64),
            Some(every) => Duration::from_millis(rand::rng().random_range(0..2 * every * 1000)),
        };
        logins.spawn(async move {
            let mut tool = Connection::open(&address).await?;
            let login = tool.begin().await?;
            let polled = login.clone();
            let tool = tokio::spawn(async move {
                while !tool.poll(&polled, if every.is_none() { Some(WAIT) } else { None }).await? {
                    tokio::time::sleep(Duration::from_secs(every.unwrap_or(0))).await;
                }
                io::Result::Ok(Instant::now())
            });
            tokio::time::sleep(Duration::from_millis(200) + pause).await;
            // Not before: a connection without a request is closed after ten seconds.
            let mut browser = Connection::open(&address).await?;
            let approved = Instant::now();
            browser.approve(&login).await?;
            let answered = tool.await.map_err(io::Error::other)??;
            io::Result::Ok(answered.duration_since(approved).as_secs_f64() * 1e3)
        });
    }
    let mut times = Vec::new();
    while let Some(time) = logins.join_next().await {
        times.push(time.map_err(io::Error::other)??);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

async fn approve_all(address: Arc<str>, logins: Vec<Login>) -> io::Result<usize> {
    let count = logins.len();
    let mut browsers = JoinSet::new();
    for part in logins.chunks(count.div_ceil(APPROVING).max(1)) {
        let (part, address) = (part.to_vec(), address.clone());
        browsers.spawn(async move {
            let mut browser = Connection::open(&address).await?;
            for login in &part {
                browser.approve(login).await?;
            }
            io::Result::Ok(())
        });
    }
    while let Some(browser) = browsers.join_next().await {
        browser.map_err(io::Error::other)??;
    }
    Ok(count)
}

/// A connection that is kept open, as a browser and a tool do.
struct Connection {
    stream: TcpStream,
    address: Arc<str>,
    read: Vec<u8>,
}

impl Connection {
    async fn open(address: &Arc<str>) -> io::Result<Self> {
        let stream = TcpStream::connect(&**address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address: address.clone(), read: Vec::new() })
    }

    async fn begin(&mut self) -> io::Result<Login> {
        let (status, answer) = self.post("/api/v1/auth/cli", "application/json", "", "{}").await?;
        let answer: Value = serde_json::from_str(&answer)?;
        let code = |name: &str| answer[name].as_str().map(str::to_owned);
        let codes = code("polling_code").zip(code("login_code"));
        let codes = codes.ok_or_else(|| io::Error::other(format!("no login: {status} {answer}")))?;
        Ok(Login { polling: codes.0, login: codes.1 })
    }

    /// Whether the login is completed.
    async fn poll(&mut self, login: &Login, wait: Option<u64>) -> io::Result<bool> {
        let prefer = wait.map_or(String::new(), |wait| format!("Prefer: wait={wait}\r\n"));
        let body = format!("{{\"polling_code\":\"{}\"}}", login.polling);
        match self.post("/api/v1/auth/cli/poll", "application/json", &prefer, &body).await? {
            (200, _) => Ok(true),
            (201, _) => Ok(false),
            (status, answer) => Err(io::Error::other(format!("a poll was answered {status}: {answer}"))),
        }
    }

    /// What the page's form sends.
    async fn approve(&mut self, login: &Login) -> io::Result<()> {
        let body = format!("login_code={}&decision=approve&refresh_token={TOKEN}", login.login);
        let same = format!("Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n", self.address);
        match self.post(PAGE, "application/x-www-form-urlencoded", &same, &body).await? {
            (200, _) => Ok(()),
            (status, answer) => Err(io::Error::other(format!("an approval was answered {status}: {answer}"))),
        }
    }

    async fn post(&mut self, path: &str, kind: &str, headers: &str, body: &str) -> io::Result<(u16, String)> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nx-stack-project-id: internal\r\n\
             x-stack-secret-server-key: {KEY}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        loop {
            if let Some(answer) = answer(&self.read) {
                return Ok(answer);
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
        }
    }
}

/// The status and the body, once all of it is there.
fn answer(read: &[u8]) -> Option<(u16, String)> {
    let text = std::str::from_utf8(read).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    })?;
    (body.len() >= length).then(|| (status, body.to_owned()))
}
