//! What a dialect is to the rest of the client: the requests of a login, and what their answers mean.

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::answer::Answer;
use super::base::Base;
use super::error::LoginError;
use super::http::Http;
use super::members::Members;
use super::prompt::Prompt;
use super::tokens::Tokens;

mod device;
mod documented;

/// A dialect that [`login`](super::login) speaks: [`Documented`](super::Documented) or [`Device`](super::Device). It is
/// sealed: no other type can implement it.
// The supertrait is the seal.
#[allow(private_bounds)]
pub trait Dialect: Protocol {}

/// The requests of a login and how their answers are read. Implemented by the options of each dialect.
pub(super) trait Protocol: Send + Sync {
    /// The codes of one login, which only this tool and the server know.
    type Codes: Send + Sync;

    /// Fails if an option cannot be used as it is.
    fn check(&self, base: &Base) -> Result<(), LoginError>;

    /// The headers of every request. Fails if an option has characters that no header may carry.
    fn headers(&self) -> Result<HeaderMap, LoginError> {
        Ok(HeaderMap::new())
    }

    /// The request that makes the session.
    fn begin(&self, http: &Http) -> RequestBuilder;

    /// Reads the answer to [`begin`](Self::begin), a JSON object. Fails if it has no code or no link.
    fn begun(&self, http: &Http, answer: &Answer, members: &Members<'_>) -> Result<Begun<Self::Codes>, LoginError>;

    /// The request that asks whether the login is approved.
    fn poll(&self, http: &Http, codes: &Self::Codes) -> RequestBuilder;

    /// Reads the answer to [`poll`](Self::poll), a JSON object. `faulted` is whether an earlier poll of this login
    /// failed, whose answer may have been the token.
    fn read(answer: &Answer, members: &Members<'_>, faulted: bool) -> Verdict;

    /// The request that tells the server that the tool no longer waits, if the dialect has one.
    fn cancel(&self, _http: &Http, _codes: &Self::Codes) -> Option<RequestBuilder> {
        None
    }
}

/// A login that waits for a person.
pub(super) struct Begun<C> {
    pub(super) codes: C,
    pub(super) prompt: Prompt,
    pub(super) deadline: Instant,
    pub(super) interval: Duration,
}

/// What the answer to a poll means, in every dialect.
pub(super) enum Verdict {
    Pending,
    SlowDown,
    Done(Tokens),
    /// The token was handed out before.
    Used,
    Failed(LoginError),
}
