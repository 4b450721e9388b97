//! What copying adds to a code: white space, punctuation, quotes, and characters that cannot be seen.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Returns `true` if `c` is no part of a code but may come with one: punctuation, symbols, white space, controls, and
/// whatever is [invisible]. Letters, digits and the marks on letters are never ignored, since a code with one more of
/// them is another code.
pub(crate) fn is_ignored(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_alphanumeric();
    }
    is_invisible(c) || !(c.is_alphanumeric() || is_mark(c))
}

/// Returns `true` if the text has nothing that could be part of a code.
#[cfg(feature = "axum")]
pub(crate) fn is_empty(text: &str) -> bool {
    text.chars().all(is_ignored)
}

/// Returns `true` if `c` shows nothing: controls, format characters, line separators, and the letters and marks that
/// Unicode says to ignore in display.
pub(crate) fn is_invisible(c: char) -> bool {
    use GeneralCategory as Category;
    is_ignorable(c)
        || matches!(
            c.general_category(),
            Category::Control | Category::Format | Category::LineSeparator | Category::ParagraphSeparator
        )
}

fn is_mark(c: char) -> bool {
    use GeneralCategory as Category;
    matches!(c.general_category(), Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark)
}

/// The letters and marks with the property `Default_Ignorable_Code_Point` (Unicode Standard Annex 44). Everything else
/// that has it is a format character or unassigned.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_ignored_or_counts() {
        let ignored =
            "-_:.,;!?\"'`()[]{}<>|/\\~*#@&=+^$ \t\r\n\u{a0}\u{ad}\u{202f}\u{3000}\u{2022}\u{300c}\u{201c}\u{ab}";
        for c in ignored.chars().chain('\u{2000}'..='\u{206f}').chain(['\u{feff}', '\u{2212}', '\u{fe0f}', '\u{e0061}'])
        {
            assert!(is_ignored(c), "{c:?}");
        }
        // Of other scripts, of full width, in a circle, and combining ones.
        for c in "bB0\u{431}\u{392}\u{ff22}\u{24b7}\u{17f}\u{212a}\u{663}\u{2460}\u{301}\u{20e3}\u{903}".chars() {
            assert!(!is_ignored(c), "{c:?}");
        }
    }

    #[test]
    fn white_space_that_shows_is_not_invisible() {
        assert!([' ', '\u{a0}', 'a', '-'].iter().all(|c| !is_invisible(*c)));
        assert!(['\n', '\u{200b}', '\u{2028}', '\u{feff}', '\u{ad}', '\u{e0020}'].iter().all(|c| is_invisible(*c)));
    }
}
