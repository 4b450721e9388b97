//! The commands that speak to the server.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::server::Server;

/// The address that the documents have, which is both programs' default.
const SHOWN: &str = "127.0.0.1:8102";

/// The example tool, approved as soon as it shows its link.
pub(crate) async fn logs_in(arguments: &[String], server: &Server) {
    for name in ["server", "cli"] {
        assert!(crate::output(name, &["--help".into()]).await.contains(SHOWN), "{name} has another default");
    }
    let arguments = arguments.iter().map(|argument| argument.replace("KEY", &server.client_key));
    let mut command = Command::new(crate::binary("cli"));
    command.args(arguments).args(["--no-browser", "--url", &format!("http://{}", server.address)]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut printed = String::new();
    let code = loop {
        let line = lines.next_line().await.unwrap();
        printed += &line.unwrap_or_else(|| panic!("it ended after {printed}"));
        if let Some((_, code)) = printed.split_once("login_code=") {
            break code.trim().to_owned();
        }
    };
    let body = format!(r#"{{"login_code":"{code}","refresh_token":"{}"}}"#, server.user_token);
    server.post("/complete", &body).await;
    let output = child.wait_with_output().await.unwrap();
    assert!(crate::ended(output).contains("logged in"));
}

/// `curl`, with a code of its own.
pub(crate) async fn curl(command: &str, server: &Server) {
    assert!(command.contains(SHOWN) && command.contains("KEY") && command.contains("CODE"), "{command}");
    let begun = server.post("", "{}").await;
    let (_, rest) = begun.split_once(r#""polling_code":""#).unwrap();
    let code = rest.split('"').next().unwrap();
    let command = command.replace(SHOWN, &server.address).replace("KEY", &server.secret_key).replace("CODE", code);
    let output =
        Command::new("sh").args(["-c", &format!("{command} --silent --show-error --noproxy '*'")]).output().await;
    assert_eq!(crate::ended(output.unwrap()), r#"{"status":"pending"}"#);
}
