//! `Dialect`: the requests of a login, and the meaning of their answers, for the rest of the client.

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::answer::Answer;
use super::base::Base;
use super::beyond::Member;
use super::error::LoginError;
use super::http::Http;
use super::members::Members;
use super::prompt::Prompt;
use super::tokens::Tokens;
use crate::Secret;

mod device;
mod documented;

/// A dialect that [`login`](super::login) speaks: [`Documented`](super::Documented) or [`Device`](super::Device). It is
/// sealed: no other type can implement it.
// The supertrait is the seal.
#[allow(private_bounds)]
pub trait Dialect: Protocol {}

/// Builds the requests of a login and reads their answers. Implemented by each dialect's options.
pub(super) trait Protocol: Send + Sync {
    /// The codes of one login, which only this tool and the server know.
    type Codes: Send + Sync;

    /// Returns the tokens of a tool that was given one.
    fn given(token: Secret) -> Tokens;

    /// Fails if an option cannot be used as it is.
    fn check(&self, base: &Base) -> Result<(), LoginError>;

    /// Returns the headers of every request. Fails if an option has characters that are not allowed in a header.
    fn headers(&self) -> Result<HeaderMap, LoginError> {
        Ok(HeaderMap::new())
    }

    /// Returns the request that creates the session, with further members.
    fn begin(&self, http: &Http, further: &[Member<'_>]) -> RequestBuilder;

    /// Reads the answer to [`begin`](Self::begin), a JSON object. Fails if it has no code or no link.
    fn begun(&self, http: &Http, answer: &Answer, members: &Members<'_>) -> Result<Begun<Self::Codes>, LoginError>;

    /// Returns the request that asks whether the login is approved, with further members.
    fn poll(&self, http: &Http, codes: &Self::Codes, further: &[Member<'_>]) -> RequestBuilder;

    /// Reads the answer to [`poll`](Self::poll), a JSON object. `faulted` is whether an earlier poll of this login
    /// failed, whose answer may have been the token.
    fn read(answer: &Answer, members: &Members<'_>, faulted: bool) -> Verdict;

    /// Returns the request that cancels the login on the server, if the dialect has one.
    fn cancel(&self, _http: &Http, _codes: &Self::Codes) -> Option<RequestBuilder> {
        None
    }
}

/// A login that waits for its approval.
pub(super) struct Begun<C> {
    pub(super) codes: C,
    pub(super) prompt: Prompt,
    pub(super) deadline: Instant,
    pub(super) interval: Duration,
}

/// The meaning of an answer to a poll, in every dialect.
pub(super) enum Verdict {
    Pending,
    SlowDown,
    Done(Tokens),
    /// The token was redeemed before.
    Used,
    Failed(LoginError),
}
