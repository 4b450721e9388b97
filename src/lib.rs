#![cfg_attr(docsrs, feature(doc_cfg))]
// Where the README's links lead in rustdoc. Of two definitions the first counts; the README's own are for the repository.
#![doc = "[guide]: crate::guide\n[design]: crate::guide::design\n[redis]: crate::guide::redis\n[threats]: crate::guide::threat_model"]
#![doc = concat!("[the confirm page]: https://docs.rs/crate/counterfoil/", env!("CARGO_PKG_VERSION"), "/source/docs/confirm.png")]
#![doc = concat!("[BENCHMARKS.md]: https://docs.rs/crate/counterfoil/", env!("CARGO_PKG_VERSION"), "/source/BENCHMARKS.md")]
#![doc = ""]
#![doc = include_str!("../README.md")]

mod attempt;
#[cfg(test)]
mod auto_traits;
#[cfg(feature = "axum")]
pub mod axum;
mod backend;
mod binding;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod code;
#[cfg(feature = "conformance")]
pub mod conformance;
mod delivery;
mod details;
mod error;
#[cfg(feature = "conformance")]
#[doc(hidden)]
pub mod fuzzing;
mod guess_limits;
#[cfg(any(doc, doctest))]
pub mod guide;
mod memory;
pub mod pace;
mod poll_options;
#[cfg(feature = "redis")]
mod redis;
mod secret;
#[cfg(feature = "serde")]
mod serialize;
mod session;
mod settings;
mod source;
mod sync;

#[cfg(feature = "redis")]
pub use self::redis::{
    build_error::RedisBuildError,
    builder::RedisBuilder,
    outage::RedisOutage,
    servers::RedisServers,
    store::RedisStore,
    stored::{NotStored, Stored},
    warning::RedisWarning,
};
pub use attempt::Attempt;
pub use backend::Backend;
pub use binding::Binding;
pub use clock::{Clock, ManualClock, SystemClock};
pub use code::check_word::CheckWord;
pub use code::user::UserCode;
pub use code::{CodeText, LoginCode, ParseCodeError, PollingCode};
pub use delivery::Delivery;
pub use details::{Details, MAX_CLIENT, MAX_HAND_BACK, MAX_SCOPE, Requester};
pub use error::{
    BackendError, BuildError, ClaimError, CompleteError, InitiateError, ResolveError, SettleError, Unavailable,
};
pub use guess_limits::GuessLimits;
pub use memory::SessionStore;
pub use memory::builder::Builder;
pub use memory::sweeper::Sweeper;
pub use memory::table::sweep::Swept;
pub use memory::uncollected::Uncollected;
pub use poll_options::PollOptions;
pub use secret::Secret;
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use serialize::Exposed;
pub use session::{Initiated, Inspected, Listed, LoginOptions, MAX_TTL, Polled, SessionId, State, Stats, Withdrawn};
pub use settings::MAX_SESSIONS;
pub use source::{Rung, Source};
