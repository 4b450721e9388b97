//! `Spinner`: shows that the tool is waiting.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// A line on standard error, removed when dropped. It shows only the time that is left.
pub(super) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts the spinner. `indicatif` hides it if standard error is not a terminal.
    pub(super) fn start(wanted: bool, deadline: Instant) -> Self {
        if !wanted {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} Waiting for the browser, {left} left") {
            bar.set_style(style.with_key(
                "left",
                move |_: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                    let left = deadline.saturating_duration_since(Instant::now()).as_secs();
                    let _ = write!(out, "{}:{:02}", left / 60, left % 60);
                },
            ));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Spinner {
    pub(super) fn bar(&self) -> &ProgressBar {
        &self.0
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
