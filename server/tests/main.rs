//! The program, its configuration, and what is deployed with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]

mod check;
mod config;
mod deploy;
mod login;
mod sample;
mod support;
