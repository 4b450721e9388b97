//! `wait`: polls until the login ends.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::answer::Answer;
use super::attempt::Attempt;
use super::beyond::Beyond;
use super::dialect::{Begun, Dialect, Verdict};
use super::error::LoginError;
use super::failed::Failed;
use super::hand_back::HandBack;
use super::http::Http;
use super::notice::{Notices, Silence};
use super::options::Settings;
use super::pace::Pace;
use super::tokens::Tokens;
use crate::Secret;

/// If a request fails after this time, its answer was being held.
const HELD: Duration = Duration::from_secs(1);

/// The parts of a login that its polls need and change.
pub(super) struct Waiting<'a> {
    pub(super) beyond: Beyond,
    /// Where a browser brings a proof, if the server makes it.
    pub(super) hand_back: Option<HandBack>,
    pub(super) notices: &'a Notices,
}

impl Waiting<'_> {
    /// Returns what `work` does, or the proof that a browser brings first; `work` is dropped then.
    async fn or_proof<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Secret> {
        let Some(hand_back) = &mut self.hand_back else { return Ok(work.await) };
        tokio::select! {
            biased;
            done = work => Ok(done),
            proof = hand_back.proof() => Err(proof),
        }
    }
}

pub(super) async fn wait<D: Dialect>(
    http: &Http,
    dialect: &D,
    settings: &Settings,
    begun: &Begun<D::Codes>,
    mut waiting: Waiting<'_>,
) -> Result<Tokens, LoginError> {
    let ended = polls(http, dialect, settings, begun, &mut waiting).await;
    if let Some(hand_back) = waiting.hand_back {
        hand_back.finish().await;
    }
    ended
}

async fn polls<D: Dialect>(
    http: &Http,
    dialect: &D,
    settings: &Settings,
    begun: &Begun<D::Codes>,
    waiting: &mut Waiting<'_>,
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
        let mut request = attempt.name(dialect.poll(http, &begun.codes, &waiting.beyond.poll()));
        if hold > 0 {
            request = request.header("prefer", format!("wait={hold}"));
        }
        let limit = settings.request_timeout.saturating_add(Duration::from_secs(hold));
        let answer = match waiting.or_proof(http.send(request, limit)).await {
            Ok(answer) => answer,
            // The poll that is dropped had no proof, so no token was on its way.
            Err(proof) => {
                waiting.beyond.prove(proof);
                continue;
            }
        };
        if let Ok(answer) = &answer {
            silence.ended();
            if waiting.beyond.refused(answer) {
                continue;
            }
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
                    waiting.notices.tell(&http.no_answer());
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
        let until = begun.deadline.min(Instant::now() + delay);
        if let Err(proof) = waiting.or_proof(sleep_until(until)).await {
            waiting.beyond.prove(proof);
        }
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
