//! `wait`: polls until the login ends.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::answer::Answer;
use super::attempt::Attempt;
use super::dialect::{Begun, Dialect, Verdict};
use super::error::LoginError;
use super::failed::Failed;
use super::http::Http;
use super::notice::{Notices, Silence};
use super::options::Settings;
use super::pace::Pace;
use super::tokens::Tokens;

/// If a request fails after this time, its answer was being held.
const HELD: Duration = Duration::from_secs(1);

pub(super) async fn wait<D: Dialect>(
    http: &Http,
    dialect: &D,
    settings: &Settings,
    begun: &Begun<D::Codes>,
    notices: &Notices,
) -> Result<Tokens, LoginError> {
    let mut pace = Pace::new(settings.poll_interval.unwrap_or(begun.interval), settings.wait);
    let attempt = Attempt::new();
    let mut faulted = false;
    let mut silence = Silence::default();
    loop {
        let sent = Instant::now();
        let left = begun.deadline.saturating_duration_since(sent);
        // One more request after the deadline: the approval may have come since the last one.
        let last = left.is_zero();
        let hold = if last { 0 } else { pace.wait(left) };
        let mut request = attempt.name(dialect.poll(http, &begun.codes));
        if hold > 0 {
            request = request.header("prefer", format!("wait={hold}"));
        }
        let limit = settings.request_timeout.saturating_add(Duration::from_secs(hold));
        let answer = http.send(request, limit).await;
        if answer.is_ok() {
            silence.ended();
        }
        let delay = match answer.and_then(|answer| Ok((read::<D>(&answer, faulted)?, answer.retry_after))) {
            Ok((verdict, retry_after)) => match verdict {
                Verdict::Done(tokens) => return Ok(tokens),
                Verdict::Used => return Err(LoginError::Used { after_fault: faulted }),
                // The server forgets a session only after it has ended.
                Verdict::Failed(LoginError::InvalidCode) | Verdict::Pending | Verdict::SlowDown if last => {
                    return Err(LoginError::Expired);
                }
                Verdict::Failed(error) => return Err(error),
                Verdict::Pending => pace.pending(sent.elapsed(), retry_after),
                Verdict::SlowDown => pace.slow_down(retry_after),
            },
            Err(failed) if last || failed.is_fatal() => return Err(failed.error),
            Err(failed) => {
                faulted = true;
                if silence.goes_on() {
                    notices.tell(&http.no_answer());
                }
                if hold > 0 && failed.connected && sent.elapsed() >= HELD {
                    pace.shorten_wait();
                }
                if failed.connected {
                    pace.lost(sent.elapsed(), failed.retry_after)
                } else {
                    pace.fault(failed.retry_after)
                }
            }
        };
        sleep_until(begun.deadline.min(Instant::now() + delay)).await;
    }
}

/// Reads an answer. Only an answer of the dialect, or a refusal with a name, is conclusive. Any other is not the login
/// server's, but a proxy's, a firewall's or a captive portal's, and temporary.
pub(super) fn read<D: Dialect>(answer: &Answer, faulted: bool) -> Result<Verdict, Failed> {
    if answer.status == 429 {
        return Ok(Verdict::SlowDown);
    }
    let members = answer.members().filter(|_| answer.is_success() || answer.error_name().is_some());
    let members = members.ok_or_else(|| Failed::foreign(answer.refusal(), answer.retry_after))?;
    Ok(D::read(answer, &members, faulted))
}
