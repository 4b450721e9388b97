//! The client against a server that follows a script, faults and all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cancel;
mod device;
mod documented;
mod faults;
mod server;
