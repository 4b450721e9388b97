//! A command-line tool that logs in through a browser. Two terminals show the whole of it:
//!
//! ```text
//! cargo run --release --features axum --example server -- --publishable-client-key pck_demo
//! cargo run --features client --example cli -- --key pck_demo
//! ```
//!
//! Approve in the browser, with the refresh token that the server printed, and the tool goes on. Ctrl-C cancels the
//! login, and the page says so.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use counterfoil::client::{Key, LoginError, Options, login};

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
    #[arg(long, value_name = "KEY", required_unless_present = "device")]
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
    /// Log in even if no one seems to be there: without a terminal, or in CI.
    #[arg(long)]
    unattended: bool,
    /// No spinner.
    #[arg(long)]
    quiet: bool,
    /// Print the token itself, for a script to read.
    #[arg(long)]
    print_token: bool,
}

impl Flags {
    /// What the flags say in both dialects.
    fn present<D>(&self, options: Options<D>) -> Options<D> {
        let options = options.open_browser(!self.no_browser).unattended(self.unattended);
        options.token_from_env("COUNTERFOIL_TOKEN").spinner(!self.quiet).cancel_on_ctrl_c(true)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let result = if flags.device {
        login(flags.present(Options::device(&flags.url, &flags.project_id))).await
    } else {
        let key = Key::PublishableClient(flags.key.as_deref().unwrap_or_default().into());
        let options = Options::documented(&flags.url, &flags.project_id, key);
        login(flags.present(options.expires_in(Duration::from_secs(flags.expires_in)))).await
    };

    match result {
        Ok(tokens) if flags.print_token => println!("{}", tokens.token().expose()),
        // A real tool keeps it in the system's keyring, or in a file that only its owner can read: the documentation of
        // `counterfoil::client` shows how.
        Ok(tokens) => println!("logged in, with a token of {} characters", tokens.token().expose().len()),
        Err(error) => {
            eprintln!("{error}");
            // As a shell reports a process that Ctrl-C has ended.
            return if matches!(error, LoginError::Cancelled) { ExitCode::from(130) } else { ExitCode::FAILURE };
        }
    }
    ExitCode::SUCCESS
}
