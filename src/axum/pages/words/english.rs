//! English.

use super::table::{ConfirmWords, EnterWords, OverWords, RefusedWords, Said, Words};
use crate::axum::pages::minutes::{Case, Unit, Units, one_or_many};

const START_AGAIN: &str = "To sign in, start again from your terminal.";
const NOTHING_CHANGED: &str = "Nothing was approved or denied.";
const OPEN_THE_LINK: &str =
    "Nothing was approved or denied. Open the link from your terminal, and decide on that page.";
const NOT_YOU: &str = "If you did not approve it, tell the operators of this service at once.";

pub(in crate::axum::pages) const ENGLISH: Words = Words {
    lang: "en",
    dir: "ltr",
    units: Units { count, and: " " },
    ago: "{time} ago",
    comma: ", ",
    error: "Error: ",
    confirm: ConfirmWords {
        title: "Let a command-line tool sign in?",
        failed: "That did not work:",
        asks: "A command-line tool asks to sign in to <strong>{tenant}</strong> as you.",
        everything: "It will then be able to do everything there that you can do.",
        tenant: "Sign in to",
        account: "As",
        who: "Who asks",
        on: "{name} on {address}",
        scope: "Asks for",
        code: "Code",
        time_left: "Time left",
        beware: "Is it your own tool?",
        compare: "<strong>Compare the code above with the one on your terminal.</strong> If they differ, deny the login.",
        someone_sent_a_link: "Continue only if you started this login yourself, a moment ago, on a computer in front of \
                              you. If someone sent you this link, deny the login: it would let <em>them</em> in as you.",
        someone_sent_a_code: "Continue only if you started this login yourself, a moment ago, on a computer in front of \
                              you. If someone sent you this code or link, deny the login: it would let <em>them</em> in \
                              as you.",
        not_signed_in: "You are not signed in here yet.",
        sign_in_first: "Sign in first",
        token: "Refresh token",
        token_hint: "The refresh token of a signed-in user. To deny the login, leave it empty.",
        word: "Check word",
        word_hint: "The four letters that your terminal shows as the check word, or else the last four letters of the \
                    code there. If it shows neither, copy the link from your terminal into the address bar.",
        approve: "Approve",
        deny: "Deny",
        token_missing: "the refresh token is missing. Enter it below.",
        sign_in_missing: "you are not signed in. Sign in, then open the link from your terminal again.",
        not_shown: "this page was not shown for the account that you are signed in with now, or has been open for too \
                    long. Check the account below, then decide again.",
        token_refused: "that is not the refresh token of a signed-in user. Check it and try again.",
        account_refused: "your account may not approve logins here. Sign in with another one, then open the link from \
                          your terminal again.",
        word_missing: "the check word is missing. Your terminal shows it.",
        word_wrong: "that is not the check word. You can try twice more.",
        word_wrong_once_more: "that is not the check word. You can try once more.",
    },
    enter: EnterWords {
        title: "Enter the code from your terminal",
        malformed: "<strong>That is not a code.</strong> A code has eight letters, such as <span \
                    class=\"whole\">BCDF-GHJK</span>, and no vowels or digits.",
        unknown: "<strong>No login has that code.</strong> Compare it with the one on your terminal. If they are the \
                  same, the login has ended: start it again there.",
        too_many: "<strong>Too many wrong codes.</strong> Wait {time}, then try again. Until then, correct codes are not \
                   accepted either.",
        shown: "Your command-line tool shows a code of eight letters, such as <span class=\"whole\">BCDF-GHJK</span>.",
        beware: "Enter only a code that you see on a terminal in front of you, in a login that you started yourself. If \
                 someone sent you a code, do not enter it: it would let <em>them</em> in as you.",
        code: "Code",
        hint: "Upper or lower case, with or without the hyphen. You can also paste the whole link from your terminal.",
        go_on: "Continue",
    },
    first: Said {
        title: "Sign in first",
        text: "You are not signed in here yet. A command-line tool asks to sign in as you.",
        advice: "Continue only if you started this login yourself, a moment ago, on a computer in front of you.",
    },
    approved: Said {
        title: "Approved",
        text: "You have let the command-line tool sign in to <strong>{tenant}</strong>.",
        advice: "You can close this page and go back to your terminal.",
    },
    approved_as: "You have let the command-line tool sign in to <strong>{tenant}</strong> as \
                  <strong>{account}</strong>.",
    undo: "This was not me",
    undo_hint: "If you did not start this login yourself, take your approval back at once.",
    to_the_tool: "Continue to your tool",
    leads_back: "In a moment this page leads back to your tool, which then goes on. If it does not, use the button.",
    denied: Said {
        title: "Denied",
        text: "The command-line tool was not signed in to <strong>{tenant}</strong>.",
        advice: "You can close this page. If you did not start this login, someone may have tried to sign in as you: tell \
                 the operators of this service.",
    },
    gave_up: Said {
        title: "Wrong check word",
        text: "The check word was wrong three times, so the login was denied. The command-line tool was not signed in to \
               <strong>{tenant}</strong>.",
        advice: START_AGAIN,
    },
    withdrawn: Said {
        title: "Taken back",
        text: "The command-line tool was not signed in to <strong>{tenant}</strong>.",
        advice: "You can close this page. Someone may have tried to sign in as you: tell the operators of this service.",
    },
    withdrawn_late: Said {
        title: "Taken back",
        text: "The command-line tool had already signed in to <strong>{tenant}</strong>. The service was told to sign it \
               out.",
        advice: "Someone may have signed in as you: tell the operators of this service at once.",
    },
    withdrawn_in_vain: Said {
        title: "Taken back too late",
        text: "The command-line tool had already signed in to <strong>{tenant}</strong>, and this page cannot sign \
               it out.",
        advice: "Someone may have signed in as you: tell the operators of this service at once, and sign the tool \
                 out where the service lets you.",
    },
    over: OverWords {
        completed: Said {
            title: "Already approved",
            text: "This login has been approved. Your terminal will continue in a moment.",
            advice: NOT_YOU,
        },
        completing: Said {
            title: "Being approved",
            text: "This login is being approved right now. Reload the page to see the result.",
            advice: NOT_YOU,
        },
        redeemed: Said {
            title: "Already approved",
            text: "This login has been approved, and the command-line tool is signed in.",
            advice: NOT_YOU,
        },
        denied: Said {
            title: "Already denied",
            text: "This login has been denied. The command-line tool was not signed in.",
            advice: START_AGAIN,
        },
        cancelled: Said {
            title: "Cancelled",
            text: "The command-line tool has cancelled this login.",
            advice: START_AGAIN,
        },
        expired: Said { title: "Expired", text: "This login has expired.", advice: START_AGAIN },
        unknown: Said {
            title: "No such login",
            text: "No login belongs to this link. The link may be incomplete, or the login may have ended long ago.",
            advice: START_AGAIN,
        },
    },
    refused: RefusedWords {
        bad_form: Said {
            title: "That did not work",
            text: "What your browser sent is not what this page expects.",
            advice: OPEN_THE_LINK,
        },
        too_large: Said {
            title: "Too much data",
            text: "What your browser sent is larger than this page accepts.",
            advice: NOTHING_CHANGED,
        },
        other_site: Said {
            title: "Request from another site",
            text: "This request came from another site, or your browser did not report its origin.",
            advice: OPEN_THE_LINK,
        },
        bad_host: Said {
            title: "That did not work",
            text: "Your browser's request does not name exactly one site.",
            advice: OPEN_THE_LINK,
        },
        other_host: Said {
            title: "Not at this address",
            text: "This page exists, but at another address than the one in your browser.",
            advice: "Nothing was approved or denied. Open the link exactly as your terminal shows it.",
        },
        method: Said {
            title: "That is not possible here",
            text: "This page can only be opened, or its form sent.",
            advice: NOTHING_CHANGED,
        },
        unavailable: Said {
            title: "Temporarily unavailable",
            text: "The service cannot process your request right now.",
            advice: "Nothing was approved or denied. Try again in a moment.",
        },
    },
};

fn count(number: u64, unit: Unit, _: Case) -> String {
    match unit {
        Unit::Second => one_or_many(number, "second", "seconds"),
        Unit::Minute => one_or_many(number, "minute", "minutes"),
        Unit::Hour => one_or_many(number, "hour", "hours"),
    }
}
