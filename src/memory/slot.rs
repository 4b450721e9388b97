//! One session, in one cache line, with its cold part beside it.
//!
//! [`Slot`] is what a poll and a completion touch: the word, the deadline, both secrets, the tenant, the time of the
//! end; sixty-four bytes, all atomic. [`Cold`] holds what only some sessions have: the grant, the context, the note of
//! the last poll, the tasks that wait. A [`Session`] is the pair; all transitions are its methods, in [`transition`].
//!
//! This module and its children may use `unsafe`: for the three cells, the list of waiters, and zeroed tables. The rule
//! behind each use of a cell is one sentence: *a cell is touched only by the thread whose compare-and-swap cleared its
//! flag (or has not set it yet), and the slot is not freed before that thread has let it go*: by taking its pin back,
//! or by listing the slot as ended.
//!
//! # Orderings
//! See [`word`](super::word): the slot's fields are stored with `Release` while the slot is free and loaded with
//! `Acquire` between two looks at the word. `ended` alone is stored later, once, by the thread that ended the session.

mod carry;
mod extra;
pub(crate) mod hold;
mod left;
mod pace;
mod session;
mod status;
mod transition;
#[cfg(feature = "wait")]
pub(crate) mod waiters;
pub(crate) mod zeroed;

pub(crate) use extra::Extra;
pub(crate) use hold::Hold;
pub(crate) use left::Left;
pub(crate) use session::{Cold, Fresh, Remains, Session, Side, Slot};
pub(crate) use status::{Rules, Status, View};
pub(crate) use transition::Reserve;
