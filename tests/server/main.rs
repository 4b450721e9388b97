//! The example server as a program, with its flags and its log; and what it is served with, over real sockets.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]

// These send signals to a program, or look at a file's mode.
#[cfg(unix)]
mod audit;
#[cfg(unix)]
mod flags;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod program;
mod serving;
mod sources;
mod support;
