//! The engine over Redis, on real servers that the tests start.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]
#![allow(clippy::print_stderr, reason = "what a run of a cluster was like")]

mod bounds;
mod carried;
mod cluster;
mod conformance;
mod failures;
mod lost_replies;
mod network;
mod outages;
mod proxy;
mod refusals;
mod refuser;
mod resent;
mod rotation;
mod sentinel;
mod server;
mod support;
#[cfg(feature = "redis-tls")]
mod tls;
#[cfg(feature = "axum")]
mod two_servers;
mod waiters;
mod writer;
