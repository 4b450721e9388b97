//! The example server's command line: where its secrets come from, what it refuses, and whom it believes.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command};

use crate::program::text;

/// Each secret that the server takes: its variable, its flag, and a value.
const SECRETS: [(&str, &str, &str); 4] = [
    ("COUNTERFOIL_SECRET_SERVER_KEY", "--secret-server-key", "ssk-that-must-not-show"),
    ("COUNTERFOIL_PUBLISHABLE_CLIENT_KEY", "--publishable-client-key", "pck-that-must-not-show"),
    ("COUNTERFOIL_REFRESH_TOKEN", "--refresh-token", "rt-that-must-not-show"),
    ("COUNTERFOIL_ANONYMOUS_REFRESH_TOKEN", "--anonymous-refresh-token", "anon-that-must-not-show"),
];

/// The server with these flags.
fn server(flags: &[&str]) -> Command {
    crate::program::server("info", flags)
}

/// A server that runs, until it is dropped.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let address = first.strip_prefix("listening on http://").unwrap().trim().to_owned();
        Self { child, stdout, address }
    }

    /// Sends a request; returns the status and the body.
    fn send(&self, request: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = if headers.contains("host: ") { String::new() } else { format!("host: {}\r\n", self.address) };
        let head = format!("{request} HTTP/1.1\r\n{host}connection: close\r\ncontent-length: {}\r\n", body.len());
        stream.write_all(format!("{head}{headers}\r\n{body}").as_bytes()).unwrap();
        let answer = text(stream);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// Whether a login can begin with these headers and this body.
    fn begins(&self, key: &str, body: &str) -> bool {
        let headers = format!("x-stack-project-id: internal\r\ncontent-type: application/json\r\n{key}\r\n");
        self.send("POST /api/v1/auth/cli", &headers, body).0 == 200
    }

    /// All four secrets are the ones of [`SECRETS`].
    fn expect_secrets(&self) {
        let [(.., server), (.., client), (.., user), (.., anonymous)] = SECRETS;
        assert!(self.begins(&format!("x-stack-secret-server-key: {server}"), "{}"));
        let client = format!("x-stack-publishable-client-key: {client}");
        assert!(self.begins(&client, &format!("{{\"anon_refresh_token\":\"{anonymous}\"}}")));
        assert!(!self.begins(&client, "{\"anon_refresh_token\":\"another\"}"));
        assert_eq!(self.approve(user), 200);
        assert_eq!(self.approve("another"), 400);
    }

    /// Approves a new login with a typed token.
    fn approve(&self, token: &str) -> u16 {
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let (_, begun) = self.send("POST /oauth/device_authorization", form, "client_id=internal");
        let begun: serde_json::Value = serde_json::from_str(&begun).unwrap();
        let code = begun["user_code"].as_str().unwrap();
        self.send("POST /device", form, &format!("user_code={code}&decision=approve&refresh_token={token}")).0
    }

    /// Ends it: all that it printed after its first line, and logged.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        text(&mut self.stdout) + &text(self.child.stderr.take().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it to its end, which must be a failure: what it said.
fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"", "nothing is listening");
    String::from_utf8(output.stderr).unwrap()
}

fn expect_no_secret(text: &str) {
    for (.., value) in SECRETS {
        assert!(!text.contains(value), "{text}");
    }
    assert!(!text.contains("must-not-show"), "{text}");
}

/// A file of this test's own, with this mode.
fn file(name: &str, mode: u32, text: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn lines() -> String {
    SECRETS.map(|(name, _, value)| format!("{name}={value}\n")).concat()
}

#[test]
fn each_secret_comes_from_the_environment() {
    let mut command = server(&[]);
    for (name, _, value) in SECRETS {
        command.env(name, format!("{value}\n"));
    }
    let running = Running::start(&mut command);
    running.expect_secrets();
    expect_no_secret(&running.end());
    // Several tokens, one a line.
    let running = Running::start(server(&[]).env(SECRETS[2].0, "rt-one\r\n rt-two\n"));
    assert_eq!(["rt-one", "rt-two", "rt-three"].map(|token| running.approve(token)), [200, 200, 400]);
    // One alone does not set the others.
    let running = Running::start(server(&[]).env(SECRETS[1].0, SECRETS[1].2));
    assert!(running.begins(&format!("x-stack-publishable-client-key: {}", SECRETS[1].2), "{}"));
    assert!(!running.begins(&format!("x-stack-secret-server-key: {}", SECRETS[0].2), "{}"));
}

#[test]
fn each_secret_comes_from_a_file() {
    let text =
        format!("\u{feff}# Keys\r\n\r\n{}\n  COUNTERFOIL_REFRESH_TOKEN = rt-two \n", lines().replace('\n', "\r\n"));
    let path = file("keys", 0o600, text);
    let running = Running::start(&mut server(&["--keys-file", path.to_str().unwrap()]));
    running.expect_secrets();
    assert_eq!(running.approve("rt-two"), 200);
    let said = running.end();
    expect_no_secret(&said);
    assert!(!said.contains("WARN"), "{said}");

    let running = Running::start(&mut server(&["--keys-file", file("open", 0o644, lines()).to_str().unwrap()]));
    let said = running.end();
    assert!(said.contains("WARN") && said.contains("chmod 600"), "{said}");
    expect_no_secret(&said);
}

#[test]
fn a_flag_counts_before_its_variable_and_that_before_the_file() {
    let path = file("others", 0o600, lines().replace("must-not-show", "is-not-used"));
    let (name, flag, value) = SECRETS[0];
    let mut command = server(&["--keys-file", path.to_str().unwrap(), flag, value]);
    command.env(name, "ssk-of-the-environment");
    for (name, _, value) in &SECRETS[1..] {
        command.env(name, value);
    }
    Running::start(&mut command).expect_secrets();
}

#[test]
fn no_refusal_shows_a_secret() {
    for (name, flag, value) in SECRETS {
        let unfit = if name.ends_with("KEY") {
            vec!["", " ", "a must-not-show b", "a\nmust-not-show", "must-not-show\u{e4}"]
        } else {
            vec!["", "\n"]
        };
        for text in unfit {
            for said in [refused(server(&[]).env(name, text)), refused(&mut server(&[&format!("{flag}={text}")]))] {
                assert!(said.contains(name), "{said}");
                expect_no_secret(&said);
            }
        }
        // Nor does help, which names the variable.
        let help = server(&["--help"]).env(name, value).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(help.contains(name) && help.contains(flag), "{help}");
        expect_no_secret(&help);
    }
    for (text, line) in [
        ("must-not-show", "line 1"),
        ("\n# a\nCOUNTERFOIL_MUST=must-not-show\n", "line 3"),
        ("must-not-show=x\n", "line 1"),
        ("export COUNTERFOIL_REFRESH_TOKEN=must-not-show", "line 1"),
        ("COUNTERFOIL_REFRESH_TOKEN=\"must-not-show\"", "line 1"),
        ("COUNTERFOIL_REFRESH_TOKEN=\n", "line 1"),
        ("COUNTERFOIL_SECRET_SERVER_KEY=a\nCOUNTERFOIL_SECRET_SERVER_KEY=must-not-show", "line 2"),
        ("COUNTERFOIL_SECRET_SERVER_KEY=must not-show-it", "COUNTERFOIL_SECRET_SERVER_KEY"),
    ] {
        let path = file("wrong", 0o600, text);
        let path = path.to_str().unwrap();
        let said = refused(&mut server(&["--keys-file", path]));
        assert!(said.contains(line), "{said}");
        expect_no_secret(&said);
    }
    let binary = file("binary", 0o600, b"must-not-show \xff");
    let binary = binary.to_str().unwrap();
    for (path, words) in [("/no/such/file", "No such file"), ("/", "directory"), (binary, "not UTF-8")] {
        let said = refused(&mut server(&["--keys-file", path]));
        assert!(said.contains(words) && said.contains(path), "{said}");
        expect_no_secret(&said);
    }
}

#[test]
fn other_machines_are_served_at_a_public_url_only() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:0.0.0.0]:0"] {
        let said = refused(&mut server(&["--listen", listen]));
        assert!(said.contains("--public-url https://") && said.contains("127.0.0.1"), "{said}");
    }
    for address in ["127.0.0.1", "127.0.0.2"] {
        let mut child = server(&["--listen", &format!("{address}:0")]).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with(&format!("listening on http://{address}:")), "{first}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn the_public_url_is_the_pages_too() {
    let running = Running::start(&mut server(&["--public-url", "https://login.example"]));
    assert_eq!(running.send("GET /device", "host: login.example\r\n", "").0, 200);
    assert_eq!(running.send("GET /device", "host: evil.example\r\n", "").0, 421);
    assert_eq!(running.send("GET /device/", "", "").0, 421);
    let form = "host: login.example\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    for (origin, status) in [
        ("http://login.example", "Request from another site"),
        ("ftp://login.example", "Request from another site"),
        ("https://login.example", "No such login"),
    ] {
        let headers = format!("{form}origin: {origin}\r\n");
        let (_, page) = running.send("POST /device", &headers, "login_code=x&decision=deny");
        assert!(page.contains(status), "{origin}: {page}");
    }
}

#[test]
fn a_trusted_proxy_tells_who_asks() {
    let wrong = |running: &Running, client: &str| {
        let headers = format!("x-forwarded-for: {client}\r\n");
        running.send("GET /device?user_code=BBBB-BBBB", &headers, "").0
    };
    let flags = ["--user-code-attempts", "2", "--trusted-proxy", "192.0.2.0/24", "--trusted-proxy", "127.0.0.1"];
    let running = Running::start(&mut server(&flags));
    for (client, status) in [("198.51.100.1", 400), ("198.51.100.1", 400), ("198.51.100.1", 429), ("198.51.100.2", 400)]
    {
        assert_eq!(wrong(&running, client), status, "{client}");
    }
    let form = "content-type: application/x-www-form-urlencoded\r\nhost: login.example\r\nx-forwarded-proto: https\r\n";
    let begin = |running: &Running| running.send("POST /oauth/device_authorization", form, "client_id=internal").1;
    assert!(begin(&running).contains("\"https://login.example/device\""));
    // Without one, what a client says of itself counts for nothing.
    let running = Running::start(&mut server(&flags[..2]));
    assert!(begin(&running).contains("\"http://login.example/device\""));
    for (client, status) in [("198.51.100.1", 400), ("198.51.100.2", 400), ("198.51.100.3", 429)] {
        assert_eq!(wrong(&running, client), status, "{client}");
    }
    for network in ["10.0.0.0/33", "proxy.example", "10.0.0.0/8,192.0.2.1", ""] {
        assert!(refused(&mut server(&["--trusted-proxy", network])).contains("--trusted-proxy"));
    }
}
