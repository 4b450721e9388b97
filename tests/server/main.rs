//! The example server: as a program, with its flags and its log, and its parts over real sockets.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]
#![allow(dead_code, unreachable_pub, reason = "the server's parts are used in part")]

#[path = "../../examples/server/ending.rs"]
mod ending;
#[path = "../../examples/server/limits.rs"]
mod limits;
#[path = "../../examples/server/metrics.rs"]
mod metrics;
#[path = "../../examples/server/observe.rs"]
mod observe;
#[path = "../../examples/server/serve.rs"]
mod serve;
#[path = "../../examples/server/timed_stream.rs"]
mod timed_stream;

mod flags;
mod log;
mod program;
mod serving;
