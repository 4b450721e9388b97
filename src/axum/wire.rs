//! What all dialects read and write: bodies, forms, fields, headers, responses and errors.

mod answer;
mod ask;
pub(crate) mod body;
mod bound;
mod cors;
mod failure;
mod fallback;
mod fields;
mod form;
mod hand_back;
mod header;
mod host_header;
mod outcome;
mod pkce;
pub(crate) mod prefer;
mod requester;
mod require_host;
mod seconds;

pub use fallback::not_found;
pub use outcome::Outcome;
pub use require_host::require_host;

pub(crate) use answer::{done, json_answer, json_text};
pub(crate) use ask::{Ask, TwoKeys};
pub(crate) use bound::Bound;
pub(crate) use cors::Cors;
pub(crate) use failure::Failure;
pub(crate) use fallback::method_not_allowed;
pub(crate) use fields::Fields;
pub(crate) use form::{Form, Malformed, decode};
pub(crate) use hand_back::{HAND_BACK_REQUIRED, hand_back};
pub(crate) use header::{Differ, agreed};
pub(crate) use host_header::BadHost;
pub(crate) use pkce::{Challenge, hand_back_proof};
pub(crate) use requester::requester;
pub(crate) use seconds::whole_seconds;
