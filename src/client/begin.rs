//! The first request, which makes the session.

use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::time::{Instant, sleep};

use super::answer::Answer;
use super::error::LoginError;
use super::failed::Failed;
use super::fault::Cause;
use super::http::Http;
use super::options::{Dialect, Settings};
use super::pace::Pace;
use super::prompt::Prompt;
use super::{device, documented};

/// From the first fault to the second try, or up to twice that.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// A login that waits for a person.
pub(super) struct Begun {
    pub(super) session: Session,
    pub(super) prompt: Prompt,
    pub(super) deadline: Instant,
    pub(super) interval: Duration,
}

/// What only this tool and the server know.
pub(super) enum Session {
    Documented(documented::Codes),
    Device(device::Codes),
}

/// A session whose answer is lost is begun again, and expires unseen: its link is not known to anyone.
pub(super) async fn begin(http: &Http, settings: &Settings) -> Result<Begun, LoginError> {
    let start = Instant::now();
    let mut pace = Pace::new(FIRST_DELAY, Duration::ZERO);
    let mut tries = 0;
    loop {
        let failed = match http.send(request(http, settings), settings.request_timeout).await {
            Ok(answer) if answer.status == 429 => http.failed(Cause::Status(429), answer.retry_after),
            // The page of a network that wants a sign-in, or of another server.
            Ok(answer) if answer.is_success() && answer.members().is_none() => {
                Failed::foreign(answer.refusal(), answer.retry_after)
            }
            Ok(answer) => return read(http, settings, &answer),
            Err(failed) => failed,
        };
        tries += 1;
        let delay = pace.fault(false, failed.retry_after);
        if tries >= failed.tries || start.elapsed() + delay > settings.patience {
            return Err(failed.error);
        }
        sleep(delay).await;
    }
}

fn read(http: &Http, settings: &Settings, answer: &Answer) -> Result<Begun, LoginError> {
    let Some(members) = answer.members().filter(|_| answer.is_success()) else { return Err(answer.refusal()) };
    let begun = match &settings.dialect {
        Dialect::Documented(options) => documented::begun(http, options, &members, answer.date),
        Dialect::Device(options) => device::begun(http, options, &members),
    };
    // Some servers refuse with status 200, and say why.
    begun.map_err(|error| if answer.error_name().is_some() { answer.refusal() } else { error })
}

fn request(http: &Http, settings: &Settings) -> RequestBuilder {
    match &settings.dialect {
        Dialect::Documented(options) => documented::begin(http, options),
        Dialect::Device(options) => device::begin(http, options),
    }
}

impl Session {
    pub(super) fn poll(&self, http: &Http) -> RequestBuilder {
        match self {
            Self::Documented(codes) => codes.poll(http),
            Self::Device(codes) => codes.poll(http),
        }
    }

    /// Tells the server that the tool no longer waits, if the dialect has a request for it.
    pub(super) async fn cancel(&self, http: &Http) {
        match self {
            Self::Documented(codes) => codes.cancel(http).await,
            Self::Device(_) => {}
        }
    }
}
