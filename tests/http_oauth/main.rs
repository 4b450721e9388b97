//! The RFC 8628 dialect, row by row.
#![allow(clippy::unwrap_used, reason = "a test fails that way")]

#[path = "../http/support.rs"]
mod support;

mod authorize;
mod client;
mod form;
mod issue;
mod metadata;
mod pace;
mod token;
mod wait;
mod world;
