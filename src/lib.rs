#![doc = include_str!("../README.md")]

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod code;
mod delivery;
mod error;
mod memory;
mod secret;
mod session;
mod sync;

pub use clock::{Clock, ManualClock, SystemClock};
pub use code::user::UserCode;
pub use code::{CodeText, LoginCode, MalformedCode, PollingCode};
pub use delivery::Delivery;
pub use error::{BuildError, ClaimError, CompleteError, InitiateError, NotPending, ResolveError};
pub use memory::builder::{Builder, MAX_SESSIONS, MAX_TTL};
pub use memory::sweeper::Sweeper;
pub use memory::table::Swept;
pub use memory::{Initiated, Inspection, Listed, Login, Polled, SessionId, SessionStore, Stats};
pub use secret::Secret;
pub use session::State;
