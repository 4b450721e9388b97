//! A server that answers by a script: one step a request, in order. It speaks HTTP/1.1 by hand, since most steps are
//! what no HTTP library would do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use counterfoil::client::{Device, Documented, Key, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug)]
pub(crate) enum Step {
    /// Status, further header lines, body.
    Answer(u16, &'static str, String),
    /// The same, after a pause.
    Held(Duration, Box<Step>),
    /// The connection is reset.
    Reset,
    /// The body ends early.
    Cut,
    /// Nothing is ever said.
    Silence,
    /// What this function makes of all requests so far, the last of which it answers.
    By(fn(&[Request]) -> Step),
}

/// An answer without further headers.
pub(crate) fn json(status: u16, body: impl Into<String>) -> Step {
    Step::Answer(status, "", body.into())
}

pub(crate) fn pending() -> Step {
    json(201, r#"{"status":"pending"}"#)
}

pub(crate) fn completed() -> Step {
    json(200, r#"{"status":"completed","refresh_token":"rt_secret"}"#)
}

/// An error of the documented dialect.
pub(crate) fn refused(code: &str) -> Step {
    json(400, format!(r#"{{"code":"{code}","error":"no"}}"#))
}

pub(crate) fn initiated() -> Step {
    json(200, r#"{"polling_code":"pc_secret","login_code":"lc_secret","expires_at":"2099-01-01T00:00:00.000Z"}"#)
}

pub(crate) fn authorized(server: &str) -> Step {
    json(
        200,
        format!(
            r#"{{"device_code":"dc_secret","user_code":"BCDF-GHJK","verification_uri":"{server}/device",
                "verification_uri_complete":"{server}/device?user_code=BCDF-GHJK","expires_in":600,"interval":5}}"#
        ),
    )
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    pub(crate) path: String,
    head: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim())
    }

    /// The body's members in order, JSON or form.
    pub(crate) fn members(&self) -> Vec<(String, String)> {
        if !self.body.starts_with('{') {
            return form_urlencoded::parse(self.body.as_bytes()).into_owned().collect();
        }
        let serde_json::Value::Object(members) = serde_json::from_str(&self.body).unwrap() else { unreachable!() };
        let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        members.into_iter().map(|(name, value)| (name, text(value))).collect()
    }

    pub(crate) fn member(&self, name: &str) -> Option<String> {
        self.members().into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The body's members without those that bind a login, as one text.
    pub(crate) fn prescribed(&self) -> String {
        let members = self.members().into_iter().filter(|(name, _)| !name.starts_with("code_"));
        members.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) async fn start(script: impl IntoIterator<Item = Step>) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").await.unwrap(), script)
    }

    /// At an address that is free, or was until now.
    pub(crate) async fn start_at(address: SocketAddr, script: impl IntoIterator<Item = Step>) -> Self {
        Self::listen(TcpListener::bind(address).await.unwrap(), script)
    }

    fn listen(listener: TcpListener, script: impl IntoIterator<Item = Step>) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, mut script) = (seen.clone(), script.into_iter().collect::<Vec<_>>().into_iter());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(request) = read(&mut stream).await else { continue };
                log.lock().unwrap().push(request);
                let mut step = script.next().unwrap_or_else(|| json(500, r#"{"code":"END_OF_SCRIPT"}"#));
                if let Step::By(decide) = step {
                    step = decide(&log.lock().unwrap());
                }
                tokio::spawn(answer(stream, step));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|request| request.path).collect()
    }

    /// The times from each request to the next.
    pub(crate) fn gaps(&self) -> Vec<Duration> {
        self.seen().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
    }

    /// Until that many requests have come.
    pub(crate) fn requests(&self, count: usize) -> impl Future<Output = ()> + Send + 'static {
        let seen = self.seen.clone();
        async move {
            while seen.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Request {
                at: Instant::now(),
                path: head.split(' ').nth(1)?.to_owned(),
                head: head.to_owned(),
                body: body.to_owned(),
            };
            if body.len() >= request.header("content-length").map_or(0, |length| length.parse().unwrap()) {
                return Some(request);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

async fn answer(mut stream: TcpStream, mut step: Step) {
    while let Step::Held(time, then) = step {
        tokio::time::sleep(time).await;
        step = *then;
    }
    let text = match step {
        Step::Answer(status, headers, body) => {
            let length = body.len();
            format!("HTTP/1.1 {status} x\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
        }
        Step::Cut => "HTTP/1.1 200 x\r\nconnection: close\r\ncontent-length: 99\r\n\r\n{\"status\":".into(),
        Step::Reset => return drop(stream.set_zero_linger()),
        Step::Silence | Step::Held(..) | Step::By(_) => return std::future::pending().await,
    };
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Options that show nothing and wait for nothing.
fn quiet<D>(options: Options<D>) -> Options<D> {
    options
        .present(|_| Ok(()))
        .open_browser(false)
        .spinner(false)
        .poll_interval(Duration::from_millis(5))
        .request_timeout(Duration::from_secs(5))
}

pub(crate) fn key() -> Key {
    Key::PublishableClient("pck_secret".into())
}

/// A login in the documented dialect.
pub(crate) fn options(url: &str) -> Options<Documented> {
    quiet(Options::documented(url, "internal", key()))
}

/// A login in the RFC 8628 dialect.
pub(crate) fn device(url: &str) -> Options<Device> {
    quiet(Options::device(url, "internal"))
}
