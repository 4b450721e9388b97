//! The RFC 8628 dialect, row by row.

mod authorize;
mod client;
mod form;
mod issue;
mod metadata;
mod pace;
mod refresh;
mod revoke;
mod token;
mod wait;
pub(crate) mod world;
