//! `Ask`: a poll, the same in all dialects.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use super::bound::Bound;
use super::header::{Differ, agreed};
use super::prefer;
use crate::axum::server::Sessions;
use crate::{Attempt, Binding, PollOptions, Polled, PollingCode, Secret, Unavailable};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A poll: all that is kept of a request while the client waits.
pub(crate) struct Ask {
    /// `None` if it is malformed.
    pub(crate) code: Option<PollingCode>,
    /// The longest time that the poll may take.
    pub(crate) wait: Option<Duration>,
    /// What it carries: the attempt that the request names, and what the login is bound to.
    pub(crate) options: PollOptions,
}

/// The error of a request that names two attempts.
pub(crate) struct TwoKeys;

impl TwoKeys {
    pub(crate) const TEXT: &'static str = "The header idempotency-key is given twice, with different values.";
}

impl Ask {
    /// # Errors
    /// [`TwoKeys`] if the request has two different keys.
    pub(crate) fn read(code: &Secret, headers: &HeaderMap, most: Duration) -> Result<Self, TwoKeys> {
        let mut options = PollOptions::new();
        options.attempt = attempt(headers)?;
        Ok(Self { code: PollingCode::parse(code.expose()).ok(), wait: prefer::wait(headers, most), options })
    }

    /// Adds what the login is bound to, and the proof that the browser brought.
    pub(crate) fn carrying(mut self, bound: &Bound<'_>, hand_back: Option<Binding>) -> Self {
        self.options.binding = bound.binding();
        self.options.hand_back = hand_back;
        self
    }

    pub(crate) async fn of(&self, store: &impl Sessions) -> Result<Polled<Secret>, Unavailable> {
        match (&self.code, self.wait) {
            (None, _) => Ok(Polled::Unknown),
            (Some(code), None) => store.poll(code, &self.options).await,
            (Some(code), Some(wait)) => store.wait(code, wait, &self.options).await,
        }
    }
}

/// Returns the attempt that an `Idempotency-Key` names: the hash of the key, which may have any length.
fn attempt(headers: &HeaderMap) -> Result<Option<Attempt>, TwoKeys> {
    let key = agreed(headers, IDEMPOTENCY_KEY).map_err(|Differ| TwoKeys)?;
    let Some(key) = key.filter(|key| !key.is_empty()) else { return Ok(None) };
    let digest: [u8; 32] = Sha256::new_with_prefix("counterfoil attempt\0").chain_update(key).finalize().into();
    let (halves, _) = digest.as_chunks::<16>();
    Ok(halves.first().copied().map(Attempt::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_attempt() {
        let of = |keys: &[&'static str]| {
            let headers = keys.iter().map(|key| (IDEMPOTENCY_KEY, key.parse().unwrap())).collect();
            attempt(&headers).map_err(|TwoKeys| TwoKeys::TEXT)
        };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[""]), Ok(None));
        assert_eq!(of(&["\"a\""]), of(&["\"a\"", "\"a\""]));
        assert_ne!(of(&["a"]), of(&["b"]));
        assert!(of(&["a", "b"]).is_err());
    }
}
