//! The commands that speak to the server.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::browser;
use crate::server::Server;

/// The address that the documents have, which is both programs' default.
const SHOWN: &str = "127.0.0.1:8102";

/// The example tool, approved as soon as it shows its link.
pub(crate) async fn logs_in(arguments: &[String], server: &Server) -> String {
    for name in ["server", "cli"] {
        assert!(crate::output(name, &["--help".into()]).await.contains(SHOWN), "{name} has another default");
    }
    let arguments = arguments.iter().map(|argument| argument.replace("KEY", &server.client_key));
    let mut command = Command::new(crate::binary("cli"));
    command.args(arguments).args(["--no-browser", "--unattended", "--url", &format!("http://{}", server.address)]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut printed = String::new();
    let link = loop {
        let line = lines.next_line().await.unwrap();
        printed += &line.unwrap_or_else(|| panic!("it ended after {printed}"));
        printed.push('\n');
        if let Some(link) = printed.split_whitespace().find(|word| word.contains("_code=")) {
            break link.to_owned();
        }
    };
    browser::approves(&link, server).await;
    // It may print more before it ends.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let output = crate::ended(child.wait_with_output().await.unwrap());
    assert!(output.contains("logged in"), "{output}");
    output
}

/// A line with `curl`, in this folder, with a code of its own where one is to be put in. Returns what it prints.
pub(crate) async fn curl(command: &str, server: &Server, folder: &Path) -> String {
    assert!(command.contains(SHOWN) || command.contains(&server.address), "{command}");
    let mut command = command.replace(SHOWN, &server.address).replace("KEY", &server.secret_key);
    if command.contains("CODE") {
        let begun = server.post("", "{}").await;
        let (_, rest) = begun.split_once(r#""polling_code":""#).unwrap();
        command = command.replace("CODE", rest.split('"').next().unwrap());
    }
    let mut shell = Command::new("sh");
    let shell = shell.args(["-euc", &command]).env("no_proxy", "*").current_dir(folder);
    let printed = crate::ended(shell.output().await.unwrap());
    assert!(!printed.is_empty(), "{command} prints nothing");
    printed
}
