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
    pub(super) advice: &'static str,
}

const START_AGAIN: &str = "To sign in, start again from your terminal.";
const NOTHING_CHANGED: &str = "Nothing was approved or denied.";

impl<'a> Notice<'a> {
    fn new(tone: &'static str, title: &'static str, text: &'static str, advice: &'static str) -> Self {
        Self { tone, title, text, tenant: None, advice }
    }

    pub(super) fn approved(tenant: &'a str) -> Self {
        let text = "You have let the command-line tool sign in to";
        let new = Self::new("good", "Approved", text, "You can close this page and go back to your terminal.");
        Self { tenant: Some(tenant), ..new }
    }

    pub(super) fn denied(tenant: &'a str) -> Self {
        let text = "The command-line tool was not signed in to";
        let advice = "You can close this page. If you did not start this login, somebody may have tried to get in as \
                      you: tell the people who run this service.";
        Self { tenant: Some(tenant), ..Self::new("good", "Denied", text, advice) }
    }

    pub(super) fn over(reason: SettleError) -> Self {
        let not_you = "If it was not you who approved it, tell the people who run this service at once.";
        match reason {
            SettleError::Completed => Self::new(
                "good",
                "Already approved",
                "This login was approved before. Your terminal will go on in a moment.",
                not_you,
            ),
            SettleError::Completing => Self::new(
                "bad",
                "Being approved",
                "This login is being approved at this moment. Load the page again to see whether it was.",
                not_you,
            ),
            SettleError::Redeemed => Self::new(
                "good",
                "Already approved",
                "This login was approved before, and the command-line tool is signed in.",
                not_you,
            ),
            SettleError::Denied => Self::new(
                "bad",
                "Already denied",
                "This login was denied before. The command-line tool was not signed in.",
                START_AGAIN,
            ),
            SettleError::Cancelled => {
                Self::new("bad", "Cancelled", "The command-line tool has given this login up.", START_AGAIN)
            }
            SettleError::Expired => Self::new("bad", "Expired", "The time for this login is over.", START_AGAIN),
            SettleError::Unknown => Self::new(
                "bad",
                "No such login",
                "No login belongs to this link. It may be incomplete, or of a login that is long over.",
                START_AGAIN,
            ),
        }
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        let (title, text, advice) = match refusal {
            Refusal::BadForm | Refusal::Encoded => (
                "That did not work",
                "What your browser sent is not what this page expects.",
                "Nothing was approved or denied. Open the link from your terminal, and decide there.",
            ),
            Refusal::TooLarge => {
                ("That was too much", "What your browser sent is larger than this page accepts.", NOTHING_CHANGED)
            }
            Refusal::OtherSite => (
                "Not from here",
                "This request came from another site, or your browser did not say where it came from.",
                "Nothing was approved or denied. Open the link from your terminal, and decide there.",
            ),
            Refusal::BadHost => (
                "That did not work",
                "What your browser sent does not name this site, or names two.",
                "Nothing was approved or denied. Open the link from your terminal, and decide there.",
            ),
            Refusal::OtherHost => (
                "Not at this address",
                "This page is there, but not at the address in your browser.",
                "Nothing was approved or denied. Open the link from your terminal, as it is shown there.",
            ),
            Refusal::Method => {
                ("That is not possible here", "This page can only be looked at or filled in.", NOTHING_CHANGED)
            }
            Refusal::Unavailable { .. } => (
                "Not right now",
                "It cannot be told right now who you are.",
                "Nothing was approved or denied. Try again in a moment.",
            ),
        };
        Self::new("bad", title, text, advice)
    }
}
