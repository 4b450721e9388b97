//! Doors for fuzzing, of this crate alone: readers of what strangers send, which are private otherwise.

#[cfg(feature = "client")]
pub use crate::client::door::{Read, read_answer};
#[cfg(feature = "redis")]
pub use crate::redis::door::read_stored;
