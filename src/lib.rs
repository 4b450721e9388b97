#![doc = include_str!("../README.md")]

#[cfg(feature = "axum")]
pub mod axum;
mod builder;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod code;
mod delivery;
mod error;
mod guess;
mod secret;
mod shard;
#[allow(unsafe_code)]
mod slot;
mod state;
mod store;
mod sweeper;
mod sync;
mod table;
mod tenant;
#[cfg(feature = "wait")]
mod waiters;

pub use builder::{Builder, MAX_SESSIONS, MAX_TTL};
pub use clock::{Clock, ManualClock, SystemClock};
pub use code::user::UserCode;
pub use code::{CodeText, LoginCode, MalformedCode, PollingCode};
pub use delivery::Delivery;
pub use error::{BuildError, ClaimError, CompleteError, InitiateError, NotPending, ResolveError};
pub use secret::Secret;
pub use state::State;
pub use store::{Initiated, Inspection, Listed, Login, Polled, SessionId, SessionStore, Stats};
pub use sweeper::Sweeper;
pub use table::Swept;
