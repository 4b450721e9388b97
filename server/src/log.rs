//! The log, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, ConfigError};

/// What is logged.
pub(crate) fn filter(config: &Config) -> Result<Targets, ConfigError> {
    let what = "give a level (off, error, warn, info, debug, trace), or levels by module: info,counterfoil=debug";
    config.log.filter.parse().map_err(|_| ConfigError::of("log.filter", what))
}

/// Starts to log. If a log was started before, that one stays.
pub(crate) fn start(filter: Targets) {
    let layer = layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let _ = tracing_subscriber::registry().with(layer).with(filter).try_init();
    // A panic's message may hold a secret; its place does not.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(tracing::field::display);
        tracing::error!(at, "panicked");
    }));
}
