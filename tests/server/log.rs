//! The example server as a program: its log and its measurements hold no secret, and signals end it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::program::{server, text};
use serde_json::Value;

const SECRET_KEY: &str = "ssk-that-must-not-show";
const CLIENT_KEY: &str = "pck-that-must-not-show";
const SIGNED_IN: &str = "rt-that-must-not-show";
const ANONYMOUS: &str = "anon-that-must-not-show";
/// Sent as wrong codes, wrong keys, queries, paths and headers.
const SENT: &str = "sent-that-must-not-show";

struct Server {
    child: Child,
    address: String,
    printed: JoinHandle<String>,
    log: JoinHandle<String>,
}

impl Server {
    /// Starts it with known keys, and a log of this level.
    fn start(level: &str) -> Self {
        let mut server = server(level, &["--listen", "127.0.0.1:0", "--max-connections-per-source", "200"]);
        server.args(["--secret-server-key", SECRET_KEY, "--publishable-client-key", CLIENT_KEY]);
        server.args(["--refresh-token", SIGNED_IN, "--anonymous-refresh-token", ANONYMOUS]);
        let mut child = server.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || text(stderr));
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let address = first.strip_prefix("listening on http://").unwrap().trim().to_owned();
        Self { child, address, printed: thread::spawn(move || text(stdout)), log }
    }

    /// Sends a request of these headers and answers the status and the body.
    fn send(&self, request: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head =
            format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {length}\r\n");
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let answer = text(stream);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Posts JSON with the secret server key; answers the body.
    fn post(&self, path: &str, body: &str) -> Value {
        let headers = format!(
            "x-stack-project-id: internal\r\nx-stack-secret-server-key: {SECRET_KEY}\r\ncontent-type: application/json\r\n"
        );
        serde_json::from_str(&self.send(&format!("POST {path}"), &headers, body).1).unwrap()
    }

    /// Ends it with this signal: its status, what it printed after the first line, its log.
    fn end(mut self, signal: &str) -> (ExitStatus, String, String) {
        let began = Instant::now();
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        (status, self.printed.join().unwrap(), self.log.join().unwrap())
    }
}

/// Both dialects from beginning to end, in all ways to end, and refused in many. Answers the codes that came up.
fn drive(server: &Server) -> Vec<String> {
    let mut secrets = vec![];
    let mut keep = |answer: &Value, name: &str| {
        let code = answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned();
        secrets.push(code.clone());
        code
    };
    for prefix in ["/api/v1", "/stack/api/v1"] {
        let [begin, poll, complete] = ["", "/poll", "/complete"].map(|endpoint| format!("{prefix}/auth/cli{endpoint}"));
        let mut codes = || {
            let started = server.post(&begin, &format!("{{\"anon_refresh_token\":\"{ANONYMOUS}\"}}"));
            (keep(&started, "polling_code"), keep(&started, "login_code"))
        };
        let logins = [codes(), codes()];
        let (polling_code, login_code) = &logins[0];
        for mode in ["check", "claim-anon-session", "claim-anon-session", "complete", "complete"] {
            let body =
                format!("{{\"login_code\":\"{login_code}\",\"mode\":\"{mode}\",\"refresh_token\":\"{SIGNED_IN}\"}}");
            let answer = server.post(&complete, &body);
            if answer["access_token"].is_string() {
                keep(&answer, "access_token");
            }
        }
        server.post(&complete, &format!("{{\"login_code\":\"{}\",\"mode\":\"deny\"}}", logins[1].1));
        for code in [polling_code, polling_code, &logins[1].0, SENT] {
            server.post(&poll, &format!("{{\"polling_code\":\"{code}\"}}"));
        }
        server.post(&complete, &format!("{{\"login_code\":\"{SENT}\",\"refresh_token\":\"{SENT}\"}}"));
        server.post(&complete, &format!("{{\"login_code\":\"{login_code}\",\"mode\":\"{SENT}\"}}"));
        server.post(&begin, &format!("{{\"anon_refresh_token\":\"{SENT}\"}}"));
        server.post(&begin, &format!("{{\"{SENT}\": {SENT}"));
        for path in [&begin, &poll, &complete] {
            let query = format!("{path}?login_code={SENT}&user_code={SENT}");
            let key = format!("x-stack-project-id: {SENT}\r\nx-stack-publishable-client-key: {SENT}\r\n");
            assert_eq!(server.send(&format!("POST {query}"), &key, "{}").0, 401);
            assert_eq!(server.send(&format!("GET {query}"), &key, "").0, 405);
            assert_eq!(server.send(&format!("POST {path}/{SENT}"), "", "").0, 404);
        }
    }
    // A method and a header that nobody knows.
    server.send(&format!("{SENT} /{SENT}"), &format!("{SENT}: {SENT}\r\ncookie: {SENT}\r\n"), SENT);
    secrets
}

/// A login with a user code, and the pages where it is approved, with right and with wrong codes. Answers the codes.
fn drive_oauth(server: &Server) -> Vec<String> {
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let (status, body) = server.send("POST /oauth/device_authorization", form, "client_id=internal");
    assert_eq!(status, 200, "{body}");
    let begun: Value = serde_json::from_str(&body).unwrap();
    let [device_code, user_code] = ["device_code", "user_code"].map(|name| begun[name].as_str().unwrap().to_owned());
    for (device_code, user_code) in [(SENT, SENT), (&*device_code, &*user_code)] {
        let grant = "grant_type=urn:ietf:params:oauth:grant-type:device_code";
        for client in ["internal", SENT] {
            let fields = format!("{grant}&client_id={client}&device_code={device_code}");
            assert!(server.send("POST /oauth/token", form, &fields).0 >= 400);
        }
        server.send(&format!("GET /device?user_code={user_code}"), "", "");
        server.send(&format!("GET /handler/cli-auth-confirm?login_code={user_code}"), "", "");
        let fields = format!("user_code={user_code}&login_code={user_code}&decision=approve&refresh_token={SIGNED_IN}");
        server.send("POST /device", form, &fields);
        server.send("POST /handler/cli-auth-confirm", form, &fields);
        let fields = format!("user_code={user_code}&decision=approve&refresh_token={SIGNED_IN}");
        server.send("POST /device", form, &fields);
        server.send("POST /oauth/token", form, &format!("{grant}&client_id=internal&device_code={device_code}"));
    }
    vec![device_code, user_code]
}

#[test]
fn no_secret_shows_at_any_level() {
    let server = Server::start("trace");
    let mut secrets = drive(&server);
    secrets.extend(drive_oauth(&server));
    let (_, metrics) = server.send("GET /metrics", "", "");
    let (status, printed, log) = server.end("-TERM");
    assert!(status.success(), "{status}");

    secrets.extend([SECRET_KEY, CLIENT_KEY, SIGNED_IN, ANONYMOUS, SENT].map(str::to_owned));
    assert!(secrets.len() > 12);
    for secret in &secrets {
        for (what, text) in [("printed", &printed), ("logged", &log), ("measured", &metrics)] {
            assert!(!text.contains(&**secret), "{secret} is {what}:\n{text}");
        }
    }
    // There is something to read, though.
    for line in [
        "answered method=\"POST\" path=\"/api/v1/auth/cli\" status=200 outcome=\"initiated\"",
        "answered method=\"POST\" path=\"/stack/api/v1/auth/cli/complete\" status=200 outcome=\"claimed\"",
        "answered method=\"POST\" path=\"/api/v1/auth/cli/poll\" status=400 outcome=\"used\"",
        "answered method=\"POST\" path=\"/oauth/token\" status=400 outcome=\"authorization_pending\"",
        "answered method=\"other\" path=\"(no such path)\" status=404",
        // The pages, by what became of their visitor.
        "answered method=\"GET\" path=\"/device\" status=400 outcome=\"malformed\"",
        "answered method=\"GET\" path=\"/device\" status=200 outcome=\"shown\"",
        "answered method=\"POST\" path=\"/device\" status=200 outcome=\"approved\"",
        "ending: no new connections",
    ] {
        assert!(log.contains(line), "{line} is not in\n{log}");
    }
}

#[test]
fn the_measurements_tell_what_happened() {
    let server = Server::start("warn");
    assert_eq!(server.send("GET /healthz", "", ""), (200, "ok".to_owned()));
    drive(&server);
    let begun = server.post("/api/v1/auth/cli", "{}");
    server.post("/api/v1/auth/cli/poll", &format!("{{\"polling_code\":{}}}", begun["polling_code"]));
    thread::sleep(Duration::from_millis(1500));
    let (_, metrics) = server.send("GET /metrics", "", "");
    for line in [
        "counterfoil_sessions{state=\"pending\"} 1",
        "counterfoil_sessions{state=\"completed\"} 0",
        "counterfoil_sessions{state=\"remembered\"} 4",
        "counterfoil_sessions_max 1000000",
        "counterfoil_sessions_initiated_total 5",
        "counterfoil_sessions_approved_total 2",
        "counterfoil_sessions_ended_total{outcome=\"redeemed\"} 2",
        "counterfoil_sessions_ended_total{outcome=\"denied\"} 2",
        "counterfoil_sessions_uncollected_total 0",
        "counterfoil_sessions_withdrawn_total 0",
        "counterfoil_http_connections 1",
        "counterfoil_http_requests_total{method=\"POST\",path=\"/api/v1/auth/cli/poll\",status=\"201\",outcome=\"pending\"} 1",
        "counterfoil_http_requests_total{method=\"POST\",path=\"/stack/api/v1/auth/cli/poll\",status=\"200\",outcome=\"denied\"} 1",
        "counterfoil_http_request_duration_seconds_count{method=\"POST\",path=\"/api/v1/auth/cli\"} 6",
    ] {
        assert!(metrics.lines().any(|there| there == line), "{line} is not in\n{metrics}");
    }
    let sweeps = metrics.lines().find_map(|line| line.strip_prefix("counterfoil_sweep_duration_seconds_count "));
    assert!(sweeps.unwrap().parse::<u32>().unwrap() >= 1);
    for name in metrics.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        assert!(name.starts_with("counterfoil_"), "{name}");
    }
    let (status, _, log) = server.end("-INT");
    assert!(status.success(), "{status}");
    assert_eq!(log, "", "nothing to warn of");
}

#[test]
fn each_signal_ends_it_while_a_hundred_polls_wait() {
    for signal in ["TERM", "INT", "HUP"] {
        ends_in_order(signal);
    }
}

fn ends_in_order(signal: &str) {
    let server = Server::start("info");
    let mut polls = Vec::new();
    for _ in 0..100 {
        let begun = server.post("/api/v1/auth/cli", "{}");
        let body = format!("{{\"polling_code\":{}}}", begun["polling_code"]);
        let mut head = "POST /stack/api/v1/auth/cli/poll HTTP/1.1\r\nhost: x\r\nprefer: wait=30\r\n".to_owned();
        write!(head, "x-stack-project-id: internal\r\nx-stack-secret-server-key: {SECRET_KEY}\r\n").unwrap();
        write!(head, "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        polls.push(stream);
    }
    // And one that has not said what it wants.
    polls.push(TcpStream::connect(&server.address).unwrap());
    thread::sleep(Duration::from_millis(300));
    let (status, _, log) = server.end(&format!("-{signal}"));
    assert!(status.success(), "{status}\n{log}");
    assert!(log.contains(&format!("signal=\"SIG{signal}\"")), "{log}");
    for poll in &polls[..100] {
        let answer = text(poll);
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("SHUTTING_DOWN"), "{answer}");
    }
    assert!(log.ends_with("ended\n"), "{log}");
}
