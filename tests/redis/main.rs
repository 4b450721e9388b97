//! The engine over Redis, on real servers that the tests start.

mod conformance;
mod server;
