//! Two example servers on one Redis: a published client polls one of them, the browser approves on the other, and that one
//! is killed between the approval and the poll.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use oauth2::basic::BasicClient;
use oauth2::{ClientId, DeviceAuthorizationUrl, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl, reqwest};

use crate::server::Server;

const USER_TOKEN: &str = "rt_of_a_signed_in_user";

/// An example of a package, built with the same profile as this test.
fn executable(package: &str, name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        package,
        "--features",
        "axum,redis",
        "--example",
        name,
        "--target-dir",
    ]);
    cargo.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    profile.join("examples").join(name)
}

struct Node {
    child: Child,
    url: String,
}

impl Node {
    fn start(program: &PathBuf, redis: &str) -> Self {
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--redis", redis, "--refresh-token", USER_TOKEN]);
        command.args(["--poll-interval", "1", "--secret-server-key", "ssk", "--publishable-client-key", "pck"]);
        command.env("COUNTERFOIL_REDIS_KEY", "5a".repeat(32)).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("it says where").to_owned();
        Self { child, url }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_killed_between_approval_and_poll() {
    let redis = Server::start(&[]);
    let program = executable("counterfoil", "server");
    let [here, there] = [(), ()].map(|()| Node::start(&program, &redis.url()));
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let client = BasicClient::new(ClientId::new("internal".into()))
        .set_device_authorization_url(
            DeviceAuthorizationUrl::new(format!("{}/oauth/device_authorization", here.url)).unwrap(),
        )
        .set_token_uri(TokenUrl::new(format!("{}/oauth/token", here.url)).unwrap());
    let device: StandardDeviceAuthorizationResponse = client.exchange_device_code().request_async(&http).await.unwrap();

    let form =
        [("user_code", device.user_code().secret().as_str()), ("decision", "approve"), ("refresh_token", USER_TOKEN)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let approved = http
        .post(format!("{}/device", there.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", &there.url)
        .body(body)
        .send()
        .await
        .unwrap();
    assert!(approved.status().is_success() || approved.status().is_redirection(), "{}", approved.status());
    // SIGKILL.
    drop(there);

    let token = client.exchange_device_access_token(&device).request_async(&http, tokio::time::sleep, None).await;
    assert_eq!(token.unwrap().refresh_token().map(|token| token.secret().as_str()), Some(USER_TOKEN));
}

/// A server that cannot reach Redis says so when it starts, and why.
#[test]
fn a_server_without_its_redis_says_so() {
    let nobody = format!("redis://:hidden@127.0.0.1:{}", crate::server::free_port());
    let mut command = Command::new(executable("counterfoil", "server"));
    command.args(["--listen", "127.0.0.1:0", "--redis", &nobody, "--refresh-token", USER_TOKEN]);
    command.args(["--secret-server-key", "ssk", "--publishable-client-key", "pck"]);
    command.env("COUNTERFOIL_REDIS_KEY", "5a".repeat(32)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _ = child.kill();
    let log = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(line.starts_with("listening on "), "it starts all the same: {line}");
    for expected in ["nobody listens at the address", "answered 503 until"] {
        assert_eq!(log.matches(expected).count(), 1, "{expected}: {log}");
    }
    assert!(!log.contains("hidden"), "{log}");
}

/// The example that shows it to a reader: on a server that runs, and on one that it starts itself.
#[test]
fn the_example_shows_it() {
    let redis = Server::start(&[]);
    let program = executable("counterfoil-tests", "two_servers");
    for args in [&["--redis", &redis.url()][..], &[]] {
        let shown = Command::new(&program).args(args).output().unwrap();
        let (told, error) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
        assert!(shown.status.success() && told.contains("has its token"), "{args:?}: {told}{error}");
    }
}
