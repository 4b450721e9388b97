//! `Dialect`: the two Stack dialects, which differ only in the response to a poll.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::axum::wire::{Failure, Outcome, json_answer, json_text};
use crate::{Polled, Secret};

/// The dialect of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// As the poll endpoint is documented: 201 while pending, errors for logins that have ended.
    Documented,
    /// As the published SDKs expect it: 201 with the token, 200 for all else but an unknown code.
    Sdk,
}

impl Dialect {
    pub(super) fn answer(self, polled: &Polled<Secret>) -> Response {
        let mut response = match self {
            Self::Documented => documented(polled),
            Self::Sdk => sdk(polled),
        };
        response.extensions_mut().insert(Outcome::new(word(polled)));
        response
    }
}

fn word(polled: &Polled<Secret>) -> &'static str {
    match polled {
        Polled::Pending { .. } | Polled::SlowDown { .. } => "pending",
        Polled::Completed(_) => "completed",
        Polled::Redeemed => "used",
        Polled::Denied => "denied",
        Polled::Cancelled => "cancelled",
        Polled::Expired => "expired",
        Polled::Unknown => "unknown",
    }
}

fn documented(polled: &Polled<Secret>) -> Response {
    let over = |code, error| Failure::known(400, code, error).into_response();
    match polled {
        Polled::Pending { .. } | Polled::SlowDown { .. } => json_text(StatusCode::CREATED, r#"{"status":"pending"}"#),
        Polled::Completed(token) => {
            json_answer(StatusCode::OK, &json!({ "status": "completed", "refresh_token": token.expose() }))
        }
        Polled::Redeemed => over("CLI_AUTH_USED_ERROR", "This login has been used already; start a new one."),
        Polled::Denied => over("CLI_AUTH_DENIED_ERROR", "This login was denied in the browser."),
        Polled::Cancelled => over("CLI_AUTH_EXPIRED_ERROR", "This login was cancelled; start a new one."),
        Polled::Expired => over("CLI_AUTH_EXPIRED_ERROR", "This login has expired; start a new one."),
        Polled::Unknown => unknown(),
    }
}

fn sdk(polled: &Polled<Secret>) -> Response {
    let status = |text: &'static str| json_text(StatusCode::OK, text);
    match polled {
        Polled::Pending { .. } | Polled::SlowDown { .. } => status(r#"{"status":"waiting"}"#),
        Polled::Completed(token) => {
            json_answer(StatusCode::CREATED, &json!({ "status": "success", "refresh_token": token.expose() }))
        }
        Polled::Redeemed => status(r#"{"status":"used"}"#),
        // The SDKs have no status for a login that was denied or cancelled.
        Polled::Denied | Polled::Cancelled | Polled::Expired => status(r#"{"status":"expired"}"#),
        Polled::Unknown => unknown(),
    }
}

/// The one error for codes that are malformed, unknown or another tenant's.
fn unknown() -> Response {
    // Existing clients compare this text, to the letter.
    Failure::known(400, "INVALID_POLLING_CODE", "The polling code is invalid or does not exist.").into_response()
}
