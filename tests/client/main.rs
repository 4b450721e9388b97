//! The client against a server that follows a script, faults and all.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod blocking;
#[cfg(target_os = "linux")]
mod browser;
mod cancel;
mod causes;
mod child;
mod device;
mod documented;
mod faults;
mod floors;
mod hand_back;
#[cfg(feature = "keyring")]
mod keyring;
mod notices;
mod options;
mod own_client;
mod pkce;
mod places;
mod repetition;
#[cfg(feature = "axum")]
mod router;
mod server;
mod session;
mod tls;
