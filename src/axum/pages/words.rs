//! What the default pages say, in five languages.
//!
//! The texts are HTML, and ours. `{tenant}`, `{account}`, `{name}`, `{address}` and `{time}` stand for values, which
//! [`fill`] escapes: each language puts them where its sentence needs them.

mod arabic;
mod english;
mod fill;
mod french;
mod german;
mod spanish;
mod table;

pub(super) use arabic::ARABIC;
pub(super) use english::ENGLISH;
pub(super) use fill::fill;
pub(super) use french::FRENCH;
pub(super) use german::GERMAN;
pub(super) use spanish::SPANISH;
pub(super) use table::{ConfirmWords, OverWords, RefusedWords, Said, Words};

/// All languages. The first is for those who read none of them.
pub(super) const ALL: [&Words; 5] = [&ENGLISH, &GERMAN, &FRENCH, &SPANISH, &ARABIC];

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of a language, in the order of the struct.
    fn texts(words: &Words) -> Vec<&'static str> {
        let said = |said: &Said| [said.title, said.text, said.advice];
        let Words { confirm: c, enter: e, over: o, refused: r, .. } = words;
        let mut all = vec![words.ago, words.comma, words.error, words.approved_as, words.undo, words.undo_hint];
        all.extend([
            words.to_the_tool,
            words.leads_back,
            c.title,
            c.failed,
            c.asks,
            c.everything,
            c.tenant,
            c.account,
            c.who,
            c.on,
        ]);
        all.extend([c.scope, c.code, c.time_left, c.beware, c.compare, c.someone_sent_a_link, c.someone_sent_a_code]);
        all.extend([c.not_signed_in, c.sign_in_first, c.token, c.token_hint, c.word, c.word_hint, c.approve, c.deny]);
        all.extend([c.token_missing, c.sign_in_missing, c.not_shown, c.token_refused, c.account_refused]);
        all.extend([c.word_missing, c.word_wrong, c.word_wrong_once_more, e.title, e.malformed, e.unknown, e.too_many]);
        all.extend([e.shown, e.beware, e.code, e.hint, e.go_on]);
        for page in [
            &words.first,
            &words.approved,
            &words.denied,
            &words.gave_up,
            &words.withdrawn,
            &words.withdrawn_late,
            &words.withdrawn_in_vain,
            &o.completed,
            &o.completing,
            &o.redeemed,
            &o.denied,
            &o.cancelled,
            &o.expired,
            &o.unknown,
            &r.bad_form,
            &r.too_large,
            &r.other_site,
            &r.bad_host,
            &r.other_host,
            &r.method,
            &r.unavailable,
        ] {
            all.extend(said(page));
        }
        all
    }

    /// The values and elements that a text contains.
    fn marks(text: &str) -> Vec<&str> {
        let mut marks: Vec<_> = text
            .match_indices(['{', '<'])
            .map(|(at, open)| {
                let close = if open == "{" { '}' } else { '>' };
                &text[at..=at + text[at..].find(close).unwrap()]
            })
            .collect();
        marks.sort_unstable();
        marks
    }

    #[test]
    fn each_language_says_all_of_it_with_the_same_values() {
        let english = texts(&ENGLISH);
        for words in &ALL[1..] {
            let theirs = texts(words);
            assert_eq!(theirs.len(), english.len());
            for (ours, theirs) in english.iter().zip(theirs) {
                assert!(!theirs.trim().is_empty() || ours.trim().is_empty(), "{}: {ours}", words.lang);
                assert_eq!(marks(theirs), marks(ours), "{}: {theirs}", words.lang);
                assert_eq!(theirs.starts_with(' '), ours.starts_with(' '), "{}: {theirs}", words.lang);
                if ours.trim().contains(' ') {
                    assert_ne!(&theirs, ours, "{}: not translated", words.lang);
                }
            }
        }
    }
}
