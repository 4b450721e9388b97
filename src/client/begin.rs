//! `begin`: the request that creates the session, and its retries.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::answer::Answer;
use super::cause::Cause;
use super::dialect::{Begun, Dialect};
use super::error::LoginError;
use super::failed::Failed;
use super::http::Http;
use super::options::Settings;
use super::pace::Pace;

/// From the first fault to the second try, or up to twice that.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// Begins a login. If the answer is lost, a new session is begun; the old one expires, since its link was never shown.
pub(super) async fn begin<D: Dialect>(
    http: &Http,
    dialect: &D,
    settings: &Settings,
) -> Result<Begun<D::Codes>, LoginError> {
    let start = Instant::now();
    let mut pace = Pace::new(FIRST_DELAY, Duration::ZERO);
    let mut tries = 0;
    loop {
        let failed = match http.send(dialect.begin(http), settings.request_timeout).await {
            Ok(answer) if answer.status == 429 => http.failed(Cause::Status(429), answer.retry_after),
            // A captive portal's page, or another server's.
            Ok(answer) if answer.is_success() && answer.members().is_none() => {
                Failed::foreign(answer.refusal(), answer.retry_after)
            }
            Ok(answer) => return read(http, dialect, &answer),
            Err(failed) => failed,
        };
        tries += 1;
        let delay = pace.fault(failed.retry_after);
        if tries >= failed.tries || start.elapsed() + delay > settings.patience {
            return Err(failed.error);
        }
        sleep(delay).await;
    }
}

pub(super) fn read<D: Dialect>(http: &Http, dialect: &D, answer: &Answer) -> Result<Begun<D::Codes>, LoginError> {
    let Some(members) = answer.members().filter(|_| answer.is_success()) else { return Err(answer.refusal()) };
    let begun = dialect.begun(http, answer, &members);
    // Some servers refuse with status 200, and say why.
    begun.map_err(|error| if answer.error_name().is_some() { answer.refusal() } else { error })
}
