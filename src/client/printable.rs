//! Removes what must not reach a terminal from a server's text.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The most characters that are shown of a server's text.
const MAX_TEXT: usize = 200;
/// The longest user code that is shown. RFC 8628 section 6.1 has eight characters and a hyphen.
const MAX_USER_CODE: usize = 32;

/// Returns the text without control and invisible characters, cut at 200 characters.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| is_shown(*c)).take(MAX_TEXT).collect()
}

/// Returns the code as it is shown, or `None` if it is empty or too long then: part of a code is of no use.
pub(super) fn user_code(text: &str) -> Option<String> {
    let code: String = text.trim().chars().filter(|c| is_shown(*c)).take(MAX_USER_CODE + 1).collect();
    let code = code.trim();
    ((1..=MAX_USER_CODE).contains(&code.chars().count())).then(|| code.to_owned())
}

/// Returns `true` if a terminal shows the character. Control characters (Cc) move the cursor and set colours, format
/// characters (Cf) reorder and hide what is around them, line and paragraph separators (Zl, Zp) break lines, and what
/// is ignorable has no shape of its own: two texts with and without it look alike.
fn is_shown(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !matches!(category, Control | Format | LineSeparator | ParagraphSeparator)
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}31m"), "a[2Jbcd31m");
        assert_eq!(printable(&"x".repeat(1000)).len(), 200);
    }

    #[test]
    fn nothing_invisible_is_shown_in_any_script() {
        let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
        let format =
            "\u{ad}\u{600}\u{605}\u{61c}\u{6dd}\u{70f}\u{8e2}\u{180e}\u{feff}\u{110bd}\u{13430}\u{1bca0}\u{1d173}";
        let marks = ('\u{200b}'..='\u{200f}').chain('\u{2028}'..='\u{202e}').chain('\u{2060}'..='\u{206f}');
        let tags = ('\u{e0001}'..='\u{e007f}').chain('\u{fff9}'..='\u{fffb}');
        // Neither Cc, Cf, Zl nor Zp, and just as invisible.
        let fillers = "\u{34f}\u{115f}\u{3164}\u{ffa0}\u{fe0f}\u{e0100}";
        for c in controls.chain(format.chars()).chain(marks).chain(tags).chain(fillers.chars()) {
            assert_eq!(printable(&format!("a{c}b")), "ab", "{c:?}");
        }
        for text in ["Zugriff verweigert – später", "дверь", "拒否されました", "rejeté 🙂", "مرفوض"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn a_user_code_is_shown_whole_or_not_at_all() {
        assert_eq!(user_code(" BCDF\u{200b}-GHJK\r\n").as_deref(), Some("BCDF-GHJK"));
        assert_eq!(user_code(&"B".repeat(32)).as_deref(), Some("B".repeat(32).as_str()));
        for refused in ["", " ", "\u{200b}\u{1b}", &"B".repeat(33), &"B".repeat(200)] {
            assert_eq!(user_code(refused), None, "{refused:?}");
        }
    }
}
