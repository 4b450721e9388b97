//! `counterfoil-server`: serves command-line logins that a browser completes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use counterfoil_server::{Config, check, run};

/// Serves command-line logins that a browser completes. Your site's server completes them.
///
/// Every setting of the configuration file can also be given by an environment variable: the setting `http.public_url` is
/// `COUNTERFOIL_HTTP_PUBLIC_URL`. The variable counts before the file.
#[derive(Parser)]
#[command(version)]
struct Flags {
    /// The configuration file [default: none; the environment and the defaults]
    #[arg(long, value_name = "FILE", env = "COUNTERFOIL_CONFIG")]
    config: Option<PathBuf>,

    /// Read the configuration, say what is wrong with it or "ok", and end
    #[arg(long)]
    check: bool,

    /// Print a configuration file with all settings, what they mean and their defaults, and end
    #[arg(long)]
    print_default: bool,
}

/// The status if the configuration is wrong, as for wrong flags. If something else is, it is 1.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let flags = Flags::parse();
    if flags.print_default {
        print!("{}", Config::SAMPLE);
        return ExitCode::SUCCESS;
    }
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let config = Config::load(flags.config.as_deref(), variables).and_then(|config| check(&config).map(|()| config));
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(WRONG);
        }
    };
    if flags.check {
        println!("ok");
        return ExitCode::SUCCESS;
    }
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
