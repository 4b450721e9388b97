//! The log: on standard error, from level `info`, or what `RUST_LOG` says.

use std::io::{self, IsTerminal};
use std::panic;
use std::str::FromStr;

use tracing::error;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts to log. `RUST_LOG` is a level, or levels by module: `debug`, `info,server=trace`.
pub(crate) fn start() -> Result<(), Box<dyn std::error::Error>> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.is_empty() { "info" } else { &wanted };
    let filter = Targets::from_str(wanted)
        .map_err(|error| format!("RUST_LOG is not a log filter: {error}; give a level, such as info or debug"))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    tracing_subscriber::registry().with(lines).with(filter).try_init()?;
    // The message of a panic may hold whatever the code had in hand; where it happened says enough.
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(at, "panicked");
    }));
    Ok(())
}
