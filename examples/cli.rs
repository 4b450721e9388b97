//! A command-line tool that logs in through a browser. Two terminals show the whole of it:
//!
//! ```text
//! cargo run --release --features axum --example server -- --publishable-client-key pck_demo
//! cargo run --features client --example cli -- --key pck_demo
//! ```
//!
//! Approve in the browser, with the refresh token that the server printed, and the tool goes on. Ctrl-C cancels the
//! login, and the page says so. `--json` is for scripts: a JSON object a line on standard output, the first with the
//! link, the last with `"event":"completed"` or `"event":"failed"`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use counterfoil::Secret;
use counterfoil::client::{Key, LoginError, Options, Prompt, Tokens, login, logout, refresh};
use serde_json::{Value, json};

/// Logs in through a browser.
#[derive(Parser)]
#[allow(clippy::struct_excessive_bools)]
struct Flags {
    /// Where the login server is.
    #[arg(long, default_value = "http://127.0.0.1:8102", value_name = "URL")]
    url: String,
    /// The project, which is also the OAuth client.
    #[arg(long, default_value = "internal", value_name = "ID")]
    project_id: String,
    /// The project's publishable client key.
    #[arg(long, value_name = "KEY", required_unless_present_any = ["device", "refresh", "logout"])]
    key: Option<String>,
    /// Log in by RFC 8628, with a code to compare instead of a key.
    #[arg(long)]
    device: bool,
    /// How long there is to approve it; by RFC 8628 the server decides.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    expires_in: u64,
    /// Only print the link.
    #[arg(long)]
    no_browser: bool,
    /// Have the browser bring a proof to this machine: nobody else can collect the login then. The link has to be opened
    /// on this machine.
    #[arg(long)]
    hand_back: bool,
    /// Log in even if no one seems to be there: without a terminal, or in CI.
    #[arg(long)]
    unattended: bool,
    /// Take the token from standard input instead of a login.
    #[arg(long)]
    with_token: bool,
    /// A file of certificate authorities (PEM) to trust beside the system's.
    #[arg(long, value_name = "FILE", value_parser = file)]
    authorities: Option<String>,
    /// Get new tokens for the refresh token in `COUNTERFOIL_TOKEN` of the environment, by RFC 8628's endpoints.
    #[arg(long, conflicts_with = "logout")]
    refresh: bool,
    /// Revoke the token in `COUNTERFOIL_TOKEN` of the environment, by RFC 8628's endpoints.
    #[arg(long)]
    logout: bool,
    /// No spinner.
    #[arg(long)]
    quiet: bool,
    /// Print the token itself, for a script to read.
    #[arg(long)]
    print_token: bool,
    /// Print JSON, an object a line, for a script to read.
    #[arg(long)]
    json: bool,
}

/// Holds a token, so that no login is needed; for jobs without a person.
const TOKEN: &str = "COUNTERFOIL_TOKEN";

impl Flags {
    /// What the flags say in both dialects.
    fn present<D>(&self, options: Options<D>) -> Options<D> {
        let mut options = options
            .client_name("counterfoil-cli")
            .open_browser(!self.no_browser)
            .hand_back(self.hand_back)
            .unattended(self.unattended)
            .token_from_env(TOKEN)
            .token_from_stdin(self.with_token)
            .spinner(!self.quiet)
            .cancel_on_ctrl_c(true);
        if let Some(pem) = &self.authorities {
            options = options.root_certificates(pem);
        }
        if self.json {
            options = options
                .present(|prompt| print(&shown(prompt)))
                .on_notice(|notice| drop(print(&json!({ "event": "notice", "message": notice.to_string() }))));
        }
        options
    }

    /// What a script is told, or a person.
    fn tell(&self, tokens: &Tokens) -> io::Result<()> {
        if self.json {
            let mut told = json!({ "event": "completed" });
            if self.print_token {
                told["refresh_token"] = json!(tokens.refresh_token.as_ref().map(Secret::expose));
                told["access_token"] = json!(tokens.access_token.as_ref().map(Secret::expose));
                told["expires_in"] = json!(tokens.expires_in.map(|life| life.as_secs()));
            }
            return print(&told);
        }
        let token = tokens.token().expose();
        if self.print_token {
            return writeln!(io::stdout(), "{token}");
        }
        // A real tool keeps it in the system's keyring (`counterfoil::client::Keyring`), or in a file that only its owner
        // can read.
        writeln!(io::stdout(), "logged in, with a token of {} characters", token.len())
    }
}

fn file(name: &str) -> io::Result<String> {
    fs::read_to_string(name)
}

fn shown(prompt: &Prompt) -> Value {
    json!({
        "event": "prompt",
        "link": prompt.link(),
        "complete_link": prompt.complete_link(),
        "user_code": prompt.user_code(),
        "check_word": prompt.check_word(),
        "expires_in": prompt.expires_in().as_secs(),
    })
}

/// Prints a line at once: a script waits for it.
fn print(value: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

async fn run(flags: &Flags) -> Result<Option<Tokens>, LoginError> {
    let device = || flags.present(Options::device(&flags.url, &flags.project_id));
    let given =
        || std::env::var(TOKEN).map(Secret::new).map_err(|_| LoginError::Given { variable: Some(TOKEN.into()) });
    if flags.logout {
        logout(device(), &given()?).await?;
        return Ok(None);
    }
    if flags.refresh {
        return refresh(device(), &given()?).await.map(Some);
    }
    if flags.device {
        return login(device()).await.map(Some);
    }
    let key = Key::PublishableClient(flags.key.as_deref().unwrap_or_default().into());
    let options = Options::documented(&flags.url, &flags.project_id, key);
    let options = options.expires_in(Duration::from_secs(flags.expires_in));
    login(flags.present(options)).await.map(Some)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let told = match run(&flags).await {
        Ok(Some(tokens)) => flags.tell(&tokens),
        Ok(None) if flags.json => print(&json!({ "event": "logged_out" })),
        Ok(None) => writeln!(io::stdout(), "logged out"),
        Err(error) => {
            if flags.json {
                let _ = print(&json!({ "event": "failed", "error": error.name(), "message": error.to_string() }));
            } else {
                eprintln!("{error}");
            }
            // As a shell reports a process that Ctrl-C has ended.
            return if matches!(error, LoginError::Cancelled) { ExitCode::from(130) } else { ExitCode::FAILURE };
        }
    };
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
