//! The engine over Redis or Valkey: the same verbs, for a service of several processes.
//!
//! A session is two values and an expiry: its *state*, which lives until the deadline, and a *stub*, which outlives it by
//! the retention. Each transition is one script. Time is the server's alone; no process tells it the time.

mod begin;
pub(crate) mod build_error;
pub(crate) mod builder;
mod connect;
#[cfg(feature = "conformance")]
pub(crate) mod door;
mod end;
mod engine;
mod every;
mod keys;
mod link;
mod listen;
mod locator;
mod look;
pub(crate) mod outage;
mod places;
mod primary;
mod reads;
mod record;
mod resolve;
mod script;
mod seal;
pub(crate) mod servers;
mod settle;
mod sight;
pub(crate) mod store;
pub(crate) mod stored;
mod take;
#[cfg(feature = "redis-tls")]
mod tls;
mod value;
mod verdict;
mod wait;
pub(crate) mod warning;
mod withdraw;

use store::{RedisStore, Shared, draw_attempt};
