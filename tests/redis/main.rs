//! The engine over Redis, on real servers that the tests start.

mod cluster;
mod conformance;
mod failures;
mod lost_replies;
mod proxy;
mod server;
mod support;
