//! The example server as a program, with its flags and its log; and what it is served with, over real sockets.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]

mod audit;
mod flags;
mod log;
mod program;
mod serving;
mod sources;
mod support;
