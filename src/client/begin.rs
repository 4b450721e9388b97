//! The first request, which makes the session.

use std::time::Duration;

use reqwest::RequestBuilder;
use tokio::time::{Instant, sleep};

use super::error::{Fault, Kind, LoginError};
use super::http::{Failed, Http, send};
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

/// A session whose answer is lost is begun again, and expires unseen: nobody has its link.
pub(super) async fn begin(http: &Http, settings: &Settings) -> Result<Begun, LoginError> {
    let start = Instant::now();
    let mut pace = Pace::new(FIRST_DELAY, Duration::ZERO);
    loop {
        let failed = match send(request(http, settings), settings.request_timeout).await {
            Ok(answer) if answer.status == 429 => {
                Failed { fault: Fault(Kind::Status(429)), retry_after: answer.retry_after, connected: true }
            }
            Ok(answer) => {
                return match &settings.dialect {
                    Dialect::Documented(options) => documented::begun(http, options, &answer),
                    Dialect::Device(options) => device::begun(options, &answer),
                };
            }
            Err(failed) => failed,
        };
        let delay = pace.fault(false, failed.retry_after);
        if start.elapsed() + delay > settings.patience {
            return Err(LoginError::Network(failed.fault));
        }
        sleep(delay).await;
    }
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

    /// Tells the server that nobody waits any more, where the dialect has a word for it.
    pub(super) async fn cancel(&self, http: &Http) {
        match self {
            Self::Documented(codes) => codes.cancel(http).await,
            Self::Device(_) => {}
        }
    }
}
