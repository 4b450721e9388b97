//! `Notice`: what the pages say that have no decision to offer: what happened, and what to do now.

use super::approved::Undo;
use super::page::{Page, Refusal};
use super::words::{OverWords, RefusedWords, Said, Words, fill};
use crate::SettleError;

/// The content of such a page. The texts are HTML.
pub(super) struct Notice<'a> {
    /// A class of the stylesheet.
    pub(super) tone: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
    pub(super) advice: &'static str,
    pub(super) undo: Option<&'a Undo>,
    /// The address of the tool on this machine.
    pub(super) hand_back: Option<&'a str>,
    /// The address of the sign-in page.
    pub(super) sign_in: Option<&'a str>,
    /// Whether the visitor has sent a form, and it did not work.
    pub(super) failed: bool,
}

impl<'a> Notice<'a> {
    fn new(tone: &'static str, said: Said, tenant: Option<&str>) -> Self {
        let text = fill(said.text, tenant.map(|tenant| ("tenant", tenant)).as_slice());
        let Said { title, advice, .. } = said;
        Self { tone, title, text, advice, undo: None, hand_back: None, sign_in: None, failed: false }
    }

    /// Returns what to say on a page; `None` if the page has a form of its own.
    pub(super) fn of(page: &'a Page, words: &Words) -> Option<Self> {
        Some(match page {
            Page::Confirm(_) | Page::EnterCode { .. } => return None,
            Page::SignInFirst { sign_in, problem } => {
                let notice = Self::new("", words.first, None);
                Self { sign_in: Some(sign_in), failed: problem.is_some(), ..notice }
            }
            Page::Approved(page) => {
                let notice = Self::new("good", words.approved, Some(&page.tenant));
                let text = match &page.account {
                    Some(account) => fill(words.approved_as, &[("tenant", &page.tenant), ("account", account)]),
                    None => notice.text,
                };
                let hand_back = page.hand_back.as_ref().map(crate::Secret::expose);
                // Who closes the page now keeps the proof from the tool.
                let advice = if hand_back.is_some() { words.leads_back } else { notice.advice };
                Self { text, advice, undo: page.undo.as_ref(), hand_back, ..notice }
            }
            Page::Denied { tenant } => Self::new("good", words.denied, Some(tenant)),
            Page::WrongWords { tenant } => Self::new("bad", words.gave_up, Some(tenant)),
            Page::Withdrawn { tenant, collected: false, .. } => Self::new("good", words.withdrawn, Some(tenant)),
            Page::Withdrawn { tenant, revoked: true, .. } => Self::new("bad", words.withdrawn_late, Some(tenant)),
            Page::Withdrawn { tenant, .. } => Self::new("bad", words.withdrawn_in_vain, Some(tenant)),
            Page::Over(reason) => Self::over(*reason, &words.over),
            Page::Refused(refusal) => Self::new("bad", refused(*refusal, &words.refused), None),
        })
    }

    fn over(reason: SettleError, words: &OverWords) -> Self {
        let (tone, said) = match reason {
            SettleError::Completed => ("good", words.completed),
            SettleError::Redeemed => ("good", words.redeemed),
            SettleError::Completing => ("bad", words.completing),
            SettleError::Denied => ("bad", words.denied),
            SettleError::Cancelled => ("bad", words.cancelled),
            SettleError::Expired => ("bad", words.expired),
            SettleError::Unknown => ("bad", words.unknown),
        };
        Self::new(tone, said, None)
    }
}

fn refused(refusal: Refusal, words: &RefusedWords) -> Said {
    match refusal {
        Refusal::BadForm | Refusal::TooSlow | Refusal::Encoded => words.bad_form,
        Refusal::TooLarge => words.too_large,
        Refusal::OtherSite => words.other_site,
        Refusal::BadHost => words.bad_host,
        Refusal::OtherHost => words.other_host,
        Refusal::Method => words.method,
        Refusal::Unavailable { .. } => words.unavailable,
    }
}
