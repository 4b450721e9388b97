//! `patiently`: a request outside of a login's polls, and its retries.

use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::time::{Instant, sleep};

use super::answer::Answer;
use super::cause::Cause;
use super::error::LoginError;
use super::failed::Failed;
use super::http::Http;
use super::options::Settings;
use super::pace::Pace;

/// From the first fault to the second try, or up to twice that.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// What a request may do to the server, and what its answer looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It may be sent twice.
    Repeatable,
    /// It may be sent twice, and a success need not have a body.
    Empty,
    /// It is sent again only if the server cannot have done it.
    Once,
}

/// Sends what `request` builds until there is an answer of the server's, for at most [`Settings::patience`].
pub(super) async fn patiently(
    http: &Http,
    settings: &Settings,
    kind: Kind,
    request: impl Fn() -> RequestBuilder,
) -> Result<Answer, LoginError> {
    let start = Instant::now();
    let mut pace = Pace::new(FIRST_DELAY, Duration::ZERO);
    let mut tries = 0;
    loop {
        let failed = match http.send(request(), settings.request_timeout).await {
            Ok(answer) if answer.status == 429 => http.failed(Cause::Status(429), answer.retry_after),
            // A captive portal's page, or another server's.
            Ok(answer) if answer.is_foreign(kind == Kind::Empty) => {
                Failed::foreign(answer.refusal(), answer.retry_after)
            }
            Ok(answer) => return Ok(answer),
            Err(failed) => failed,
        };
        tries += 1;
        let delay = pace.fault(failed.retry_after);
        let done = kind == Kind::Once && failed.may_be_done();
        if done || tries >= failed.tries || start.elapsed() + delay > settings.patience {
            return Err(failed.error);
        }
        sleep(delay).await;
    }
}
