//! A login in a process of its own, for what the environment decides: the browser, the proxy, whom to trust.

use std::process::Stdio;
use std::time::{Duration, Instant};

use counterfoil::client::{LoginError, Options, login};
use tokio::process::{Child, Command};

/// This test's own binary, told to run just the login below.
pub(crate) fn start(url: &str, environment: &[(&str, &str)]) -> Child {
    prepare(url, environment).spawn().unwrap()
}

/// The same, before it starts.
pub(crate) fn prepare(url: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child::logs_in", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    for name in
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"]
    {
        command.env_remove(name);
    }
    for name in ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    for name in ["CI", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"] {
        command.env_remove(name);
    }
    command.env("LOGIN_URL", url).envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// What the login came to: its cause or its tokens, its text, and how long it took.
pub(crate) async fn end(child: Child) -> (String, String, Duration) {
    let output = child.wait_with_output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |name: &str| {
        let line = text.lines().find_map(|line| line.split_once(name));
        line.unwrap_or_else(|| panic!("no {name}in {text}{}", String::from_utf8_lossy(&output.stderr))).1.to_owned()
    };
    (line("result: "), line("text: "), Duration::from_millis(line("millis: ").parse().unwrap()))
}

#[tokio::test]
#[ignore = "run by other tests, in a process of its own"]
async fn logs_in() {
    let url = std::env::var("LOGIN_URL").unwrap();
    let options = Options::device(url, "internal");
    let options = options.spinner(false).cancel_on_ctrl_c(true).patience(Duration::from_secs(8));
    let set = |name| std::env::var_os(name).is_some();
    // Its standard error is a pipe.
    let options = options.unattended(!set("LOGIN_ATTENDED")).token_from_stdin(set("LOGIN_STDIN"));
    let options = options.token_from_env("LOGIN_TOKEN");
    let start = Instant::now();
    let (result, text) = match login(options).await {
        Ok(tokens) => (format!("{tokens:?}"), tokens.token().expose().replace("secret", "SECRET")),
        Err(LoginError::Network(fault)) => (format!("{:?} {:?}", fault.cause(), fault.proxy()), fault.to_string()),
        Err(error) => (format!("{error:?}"), error.to_string()),
    };
    println!("\nresult: {result}\ntext: {text}\nmillis: {}", start.elapsed().as_millis());
}
