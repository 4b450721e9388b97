//! `begin`: the request that creates the session, and its retries.

use super::answer::Answer;
use super::beyond::Beyond;
use super::dialect::{Begun, Dialect};
use super::error::LoginError;
use super::http::Http;
use super::options::Settings;
use super::patience::{Kind, patiently};

/// Begins a login. If the answer is lost, a new session is begun; the old one expires, since its link was never shown.
pub(super) async fn begin<D: Dialect>(
    http: &Http,
    dialect: &D,
    settings: &Settings,
    beyond: &mut Beyond,
) -> Result<Begun<D::Codes>, LoginError> {
    loop {
        let request = || dialect.begin(http, &beyond.begin());
        let answer = patiently(http, settings, Kind::Repeatable, request).await?;
        if !beyond.refused(&answer) {
            return read(http, dialect, &answer);
        }
    }
}

pub(super) fn read<D: Dialect>(http: &Http, dialect: &D, answer: &Answer) -> Result<Begun<D::Codes>, LoginError> {
    let Some(members) = answer.members().filter(|_| answer.is_success()) else { return Err(answer.refusal()) };
    let begun = dialect.begun(http, answer, &members);
    // Some servers refuse with status 200, and say why.
    let mut begun = begun.map_err(|error| if answer.error_name().is_some() { answer.refusal() } else { error })?;
    begun.prompt.hand_back = members.is_true("hand_back");
    Ok(begun)
}
