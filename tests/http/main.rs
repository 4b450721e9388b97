//! The HTTP side: both dialects and the pages, by a router without a socket.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]

mod admin;
mod attempts;
mod bodies;
mod browser;
mod cors;
mod details;
mod documented;
mod events;
mod hand_back;
#[cfg(feature = "redis")]
mod health;
mod limits;
mod mounted;
mod oauth;
mod openapi;
mod own_site;
mod pages;
mod request_ids;
mod sdk;
mod sources;
mod stolen;
mod support;
mod threats;
mod wire;
