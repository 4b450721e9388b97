//! The outcome of a request for a page, in one word, for metrics and the log.

use super::confirm::{Confirm, TokenProblem};
use super::page::{CodeProblem, Page, Refusal};
use crate::SettleError;
use crate::axum::wire::Outcome;

pub(super) fn outcome(page: &Page) -> Outcome {
    Outcome::new(match page {
        Page::Confirm(Confirm { problem, .. }) => problem.as_ref().map_or("shown", |problem| token(*problem)),
        Page::SignInFirst { problem, .. } => problem.as_ref().map_or("sign_in_first", |problem| token(*problem)),
        Page::EnterCode { problem, .. } => problem.as_ref().map_or("code_asked", code),
        Page::Approved(_) => "approved",
        Page::Denied { .. } => "denied",
        Page::WrongWords { .. } => "wrong_words",
        Page::Withdrawn { collected: false, .. } => "withdrawn",
        Page::Withdrawn { revoked: true, .. } => "revoked",
        Page::Withdrawn { .. } => "not_revoked",
        Page::Over(reason) => over(*reason),
        Page::Refused(refusal) => refused(*refusal),
    })
}

fn token(problem: TokenProblem) -> &'static str {
    match problem {
        TokenProblem::Missing => "token_missing",
        TokenProblem::Refused => "token_refused",
        TokenProblem::NotShown => "not_shown",
        TokenProblem::WordMissing => "word_missing",
        TokenProblem::WordWrong { .. } => "word_wrong",
    }
}

fn code(problem: &CodeProblem) -> &'static str {
    match problem {
        CodeProblem::Malformed => "malformed",
        CodeProblem::Unknown => "unknown",
        CodeProblem::TooMany { .. } => "too_many_guesses",
    }
}

/// The words of a poll.
fn over(reason: SettleError) -> &'static str {
    match reason {
        SettleError::Completed => "completed",
        SettleError::Completing => "completing",
        SettleError::Redeemed => "used",
        SettleError::Denied => "denied",
        SettleError::Cancelled => "cancelled",
        SettleError::Expired => "expired",
        SettleError::Unknown => "unknown",
    }
}

/// The codes of the Stack dialects, where they have one.
fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::BadForm | Refusal::Encoded | Refusal::BadHost => "SCHEMA_ERROR",
        Refusal::TooLarge => "BODY_TOO_LARGE",
        Refusal::TooSlow => "REQUEST_TIMEOUT",
        Refusal::OtherSite => "other_site",
        Refusal::OtherHost => "other_host",
        Refusal::Method => "METHOD_NOT_ALLOWED",
        Refusal::Unavailable { .. } => "TEMPORARILY_UNAVAILABLE",
    }
}
