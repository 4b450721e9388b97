//! `Notice`: the text of the pages that say what happened, and what to do now.

use super::page::Refusal;
use crate::SettleError;

/// The text of a page without a form.
pub(super) struct Notice<'a> {
    /// A class of the stylesheet.
    pub(super) tone: &'static str,
    pub(super) title: &'static str,
    /// If there is a tenant, its name completes the sentence.
    pub(super) text: &'static str,
    pub(super) tenant: Option<&'a str>,
    /// And that of an account, if there is one, ends it.
    pub(super) account: Option<&'a str>,
    pub(super) advice: &'static str,
}

const START_AGAIN: &str = "To sign in, start again from your terminal.";
const NOTHING_CHANGED: &str = "Nothing was approved or denied.";

impl<'a> Notice<'a> {
    fn new(tone: &'static str, title: &'static str, text: &'static str, advice: &'static str) -> Self {
        Self { tone, title, text, tenant: None, account: None, advice }
    }

    pub(super) fn approved(tenant: &'a str, account: Option<&'a str>) -> Self {
        let text = "You have let the command-line tool sign in to";
        let new = Self::new("good", "Approved", text, "You can close this page and go back to your terminal.");
        Self { tenant: Some(tenant), account, ..new }
    }

    pub(super) fn denied(tenant: &'a str) -> Self {
        let text = "The command-line tool was not signed in to";
        let advice = "You can close this page. If you did not start this login, someone may have tried to sign in as \
                      you: tell the operators of this service.";
        Self { tenant: Some(tenant), ..Self::new("good", "Denied", text, advice) }
    }

    pub(super) fn over(reason: SettleError) -> Self {
        let not_you = "If you did not approve it, tell the operators of this service at once.";
        match reason {
            SettleError::Completed => Self::new(
                "good",
                "Already approved",
                "This login has been approved. Your terminal will continue in a moment.",
                not_you,
            ),
            SettleError::Completing => Self::new(
                "bad",
                "Being approved",
                "This login is being approved right now. Reload the page to see the result.",
                not_you,
            ),
            SettleError::Redeemed => Self::new(
                "good",
                "Already approved",
                "This login has been approved, and the command-line tool is signed in.",
                not_you,
            ),
            SettleError::Denied => Self::new(
                "bad",
                "Already denied",
                "This login has been denied. The command-line tool was not signed in.",
                START_AGAIN,
            ),
            SettleError::Cancelled => {
                Self::new("bad", "Cancelled", "The command-line tool has cancelled this login.", START_AGAIN)
            }
            SettleError::Expired => Self::new("bad", "Expired", "This login has expired.", START_AGAIN),
            SettleError::Unknown => Self::new(
                "bad",
                "No such login",
                "No login belongs to this link. The link may be incomplete, or the login may have ended long ago.",
                START_AGAIN,
            ),
        }
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        let (title, text, advice) = match refusal {
            Refusal::BadForm | Refusal::Encoded => (
                "That did not work",
                "What your browser sent is not what this page expects.",
                "Nothing was approved or denied. Open the link from your terminal, and decide on that page.",
            ),
            Refusal::TooLarge => {
                ("Too much data", "What your browser sent is larger than this page accepts.", NOTHING_CHANGED)
            }
            Refusal::OtherSite => (
                "Request from another site",
                "This request came from another site, or your browser did not report its origin.",
                "Nothing was approved or denied. Open the link from your terminal, and decide on that page.",
            ),
            Refusal::BadHost => (
                "That did not work",
                "Your browser's request does not name exactly one site.",
                "Nothing was approved or denied. Open the link from your terminal, and decide on that page.",
            ),
            Refusal::OtherHost => (
                "Not at this address",
                "This page exists, but at another address than the one in your browser.",
                "Nothing was approved or denied. Open the link exactly as your terminal shows it.",
            ),
            Refusal::Method => {
                ("That is not possible here", "This page can only be opened, or its form sent.", NOTHING_CHANGED)
            }
            Refusal::Unavailable { .. } => (
                "Temporarily unavailable",
                "The service cannot process your request right now.",
                "Nothing was approved or denied. Try again in a moment.",
            ),
        };
        Self::new("bad", title, text, advice)
    }
}
