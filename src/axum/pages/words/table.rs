//! `Words`: all that the default pages say, as a table of one language.

use crate::axum::pages::minutes::Units;

/// A language.
pub(in crate::axum::pages) struct Words {
    /// Its tag (RFC 5646), and the direction in which it is written.
    pub(in crate::axum::pages) lang: &'static str,
    pub(in crate::axum::pages) dir: &'static str,
    pub(in crate::axum::pages) units: Units,
    /// A time in the past.
    pub(in crate::axum::pages) ago: &'static str,
    /// Between the parts of a list.
    pub(in crate::axum::pages) comma: &'static str,
    /// Before the title of a page that reports an error.
    pub(in crate::axum::pages) error: &'static str,
    pub(in crate::axum::pages) confirm: ConfirmWords,
    pub(in crate::axum::pages) enter: EnterWords,
    /// The page for visitors who have to sign in before anything else.
    pub(in crate::axum::pages) first: Said,
    pub(in crate::axum::pages) approved: Said,
    /// The text of [`approved`](Self::approved) with an account.
    pub(in crate::axum::pages) approved_as: &'static str,
    pub(in crate::axum::pages) undo: &'static str,
    pub(in crate::axum::pages) undo_hint: &'static str,
    pub(in crate::axum::pages) to_the_tool: &'static str,
    /// The advice of [`approved`](Self::approved) if the browser is led to the tool.
    pub(in crate::axum::pages) leads_back: &'static str,
    pub(in crate::axum::pages) denied: Said,
    pub(in crate::axum::pages) gave_up: Said,
    pub(in crate::axum::pages) withdrawn: Said,
    pub(in crate::axum::pages) withdrawn_late: Said,
    /// The server revokes nothing by itself.
    pub(in crate::axum::pages) withdrawn_in_vain: Said,
    pub(in crate::axum::pages) over: OverWords,
    pub(in crate::axum::pages) refused: RefusedWords,
}

/// A page without a form: its title, what happened, and what to do now.
#[derive(Clone, Copy)]
pub(in crate::axum::pages) struct Said {
    pub(in crate::axum::pages) title: &'static str,
    pub(in crate::axum::pages) text: &'static str,
    pub(in crate::axum::pages) advice: &'static str,
}

/// The page of a pending login.
pub(in crate::axum::pages) struct ConfirmWords {
    pub(in crate::axum::pages) title: &'static str,
    pub(in crate::axum::pages) failed: &'static str,
    pub(in crate::axum::pages) asks: &'static str,
    /// If no scope is asked for.
    pub(in crate::axum::pages) everything: &'static str,
    pub(in crate::axum::pages) tenant: &'static str,
    pub(in crate::axum::pages) account: &'static str,
    pub(in crate::axum::pages) who: &'static str,
    /// `{name}` asks from `{address}`.
    pub(in crate::axum::pages) on: &'static str,
    pub(in crate::axum::pages) scope: &'static str,
    pub(in crate::axum::pages) code: &'static str,
    pub(in crate::axum::pages) time_left: &'static str,
    pub(in crate::axum::pages) beware: &'static str,
    pub(in crate::axum::pages) compare: &'static str,
    pub(in crate::axum::pages) someone_sent_a_link: &'static str,
    pub(in crate::axum::pages) someone_sent_a_code: &'static str,
    pub(in crate::axum::pages) not_signed_in: &'static str,
    pub(in crate::axum::pages) sign_in_first: &'static str,
    pub(in crate::axum::pages) token: &'static str,
    pub(in crate::axum::pages) token_hint: &'static str,
    pub(in crate::axum::pages) word: &'static str,
    pub(in crate::axum::pages) word_hint: &'static str,
    pub(in crate::axum::pages) approve: &'static str,
    pub(in crate::axum::pages) deny: &'static str,
    pub(in crate::axum::pages) token_missing: &'static str,
    pub(in crate::axum::pages) sign_in_missing: &'static str,
    pub(in crate::axum::pages) not_shown: &'static str,
    pub(in crate::axum::pages) token_refused: &'static str,
    pub(in crate::axum::pages) account_refused: &'static str,
    pub(in crate::axum::pages) word_missing: &'static str,
    pub(in crate::axum::pages) word_wrong: &'static str,
    pub(in crate::axum::pages) word_wrong_once_more: &'static str,
}

/// The form for a code.
pub(in crate::axum::pages) struct EnterWords {
    pub(in crate::axum::pages) title: &'static str,
    pub(in crate::axum::pages) malformed: &'static str,
    pub(in crate::axum::pages) unknown: &'static str,
    pub(in crate::axum::pages) too_many: &'static str,
    pub(in crate::axum::pages) shown: &'static str,
    pub(in crate::axum::pages) beware: &'static str,
    pub(in crate::axum::pages) code: &'static str,
    pub(in crate::axum::pages) hint: &'static str,
    pub(in crate::axum::pages) go_on: &'static str,
}

/// A login that has ended.
pub(in crate::axum::pages) struct OverWords {
    pub(in crate::axum::pages) completed: Said,
    pub(in crate::axum::pages) completing: Said,
    pub(in crate::axum::pages) redeemed: Said,
    pub(in crate::axum::pages) denied: Said,
    pub(in crate::axum::pages) cancelled: Said,
    pub(in crate::axum::pages) expired: Said,
    pub(in crate::axum::pages) unknown: Said,
}

/// A request that was refused.
pub(in crate::axum::pages) struct RefusedWords {
    pub(in crate::axum::pages) bad_form: Said,
    pub(in crate::axum::pages) too_large: Said,
    pub(in crate::axum::pages) other_site: Said,
    pub(in crate::axum::pages) bad_host: Said,
    pub(in crate::axum::pages) other_host: Said,
    pub(in crate::axum::pages) method: Said,
    pub(in crate::axum::pages) unavailable: Said,
}
