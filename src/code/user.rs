//! The short code that a person reads on one screen and types on another (RFC 8628, section 6.1).

use std::fmt;
use std::str::FromStr;

use rand::RngExt;
use rand::rngs::ThreadRng;
use zeroize::Zeroize;

use super::copied::is_ignored;
use super::{CodeText, LEN, ParseCodeError};

/// Consonants without the look-alikes: no vowels, so that no word appears (RFC 8628, section 6.1).
pub(super) const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const CHARS: usize = 8;
/// Of a long one.
const LONG_CHARS: usize = 10;
/// How many codes of eight letters there are: 20^8, a little under 2^35.
const COUNT: u64 = 25_600_000_000;
/// How many of ten: 20^10, a little over 2^43.
const LONG_COUNT: u64 = COUNT * 400;

/// A short code for a person to type: eight letters of `BCDFGHJKLMNPQRSTVWXZ`, shown as `XXXX-XXXX`; or ten, shown as
/// `XXXXX-XXXXX`, while somebody guesses at codes from many places.
///
/// Its 34 or 43 bits are few, so every use of it is counted against a bound on guesses; see
/// [`SessionStore::resolve`](crate::SessionStore::resolve). `Debug` is redacted and there is no `Display`.
#[derive(Clone)]
pub struct UserCode(
    /// The codes of eight letters come first, those of ten after them.
    u64,
);

impl UserCode {
    /// Every code of that length is equally likely.
    pub(crate) fn draw(rng: &mut ThreadRng, long: bool) -> Self {
        Self(if long { COUNT + rng.random_range(0..LONG_COUNT) } else { rng.random_range(0..COUNT) })
    }

    pub(crate) fn number(&self) -> u64 {
        self.0
    }

    /// Reads what a person typed or pasted, in either case. Punctuation, symbols, white space and invisible characters
    /// count for nothing, wherever they stand (RFC 8628, section 6.1).
    ///
    /// # Errors
    /// [`ParseCodeError`] if what remains is not eight or ten letters of the alphabet: other letters, digits and accents are
    /// refused, also those of other scripts that look like the right ones. Nothing is looked up, and nothing counted as
    /// a guess.
    ///
    /// ```
    /// use counterfoil::{UserCode, ParseCodeError};
    ///
    /// assert_eq!(UserCode::parse("wdjb mjht")?, UserCode::parse("WDJB-MJHT")?);
    /// assert_eq!(UserCode::parse("WDJB-MJHA"), Err(ParseCodeError), "there are no vowels");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseCodeError> {
        let mut number = 0;
        let mut count = 0;
        for letter in text.chars().filter(|c| !is_ignored(*c)) {
            let digit = ALPHABET.iter().position(|a| char::from(*a) == letter.to_ascii_uppercase());
            let digit = digit.ok_or(ParseCodeError)?;
            count += 1;
            if count > LONG_CHARS {
                return Err(ParseCodeError);
            }
            number = number * ALPHABET.len() as u64 + digit as u64;
        }
        match count {
            CHARS => Ok(Self(number)),
            LONG_CHARS => Ok(Self(COUNT + number)),
            _ => Err(ParseCodeError),
        }
    }

    /// The text to show: `XXXX-XXXX`, or `XXXXX-XXXXX`.
    ///
    /// ```
    /// use counterfoil::UserCode;
    ///
    /// assert_eq!(&*UserCode::parse("wdjbmjht")?.expose(), "WDJB-MJHT");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn expose(&self) -> CodeText {
        let (chars, mut rest) = match self.0.checked_sub(COUNT) {
            None => (CHARS, self.0),
            Some(long) => (LONG_CHARS, long),
        };
        let mut text = CodeText { bytes: [0; LEN], len: chars + 1 };
        for place in (0..=chars).rev() {
            text.bytes[place] = if place == chars / 2 {
                b'-'
            } else {
                let letter = ALPHABET[(rest % ALPHABET.len() as u64) as usize];
                rest /= ALPHABET.len() as u64;
                letter
            };
        }
        text
    }
}

impl Drop for UserCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl FromStr for UserCode {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        Self::parse(text)
    }
}

impl PartialEq for UserCode {
    fn eq(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(&self.0, &other.0).into()
    }
}

impl Eq for UserCode {}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_user_code_reads_back_however_it_is_typed(number in prop_oneof![0..COUNT, COUNT..COUNT + LONG_COUNT]) {
            let code = UserCode(number);
            let shown = code.expose();
            prop_assert_eq!(shown.len(), if number < COUNT { 9 } else { 11 });
            let (left, right) = shown.split_once('-').unwrap();
            for typed in [
                shown.to_string(),
                shown.to_lowercase(),
                format!("{left}{right}"),
                format!(" {left} - {right}\t"),
                shown.chars().flat_map(|c| [c, ' ']).collect(),
            ] {
                prop_assert_eq!(UserCode::parse(&typed), Ok(code.clone()));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = UserCode::parse(&text);
        }
    }

    /// Every character there is, at each place of a code: read past if it is no letter, digit or accent, else refused.
    #[test]
    fn what_copying_adds_is_read_past_and_other_letters_are_refused() {
        let code = UserCode::parse("BCDFGHJK").unwrap();
        for c in '\0'..=char::MAX {
            let read = UserCode::parse(&format!("{c}BCDF{c}GHJK{c}"));
            if c.is_alphanumeric() && !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}') {
                assert_eq!(read, Err(ParseCodeError), "{c:?}");
                let ours = u8::try_from(c).is_ok_and(|c| ALPHABET.contains(&c.to_ascii_uppercase()));
                assert_eq!(UserCode::parse(&format!("BCDF-GHJ{c}")).is_ok(), ours, "{c:?}");
            } else if c.is_whitespace() || c.is_control() || c.is_ascii_punctuation() {
                assert_eq!(read, Ok(code.clone()), "{c:?}");
            }
        }
        for (typed, right) in [
            ("\u{201c}BCDF\u{2011}GHJK\u{201d}.", true),
            ("`BCDF\u{2212}GHJK`\u{200b}", true),
            ("\u{feff}[BCDF_GHJK]", true),
            ("(bcdf:ghjk)\u{2060}", true),
            ("<BCDF\u{ad}GHJK>,", true),
            ("\u{202a}BCDF\u{2014}GHJK\u{202c}", true),
            ("B\u{fe0f}CDF GHJK", true),
            ("\u{412}CDF-GHJK", false),
            ("\u{ff22}\u{ff23}\u{ff24}\u{ff26}-GHJK", false),
            ("BC\u{301}DF-GHJK", false),
            ("BCDF-GHJ\u{212a}", false),
            ("BCDF-GHJK-2", false),
        ] {
            assert_eq!(UserCode::parse(typed).is_ok(), right, "{typed:?}");
        }
    }

    #[test]
    fn the_first_and_the_last_code() {
        assert_eq!(&*UserCode(0).expose(), "BBBB-BBBB");
        assert_eq!(&*UserCode(COUNT - 1).expose(), "ZZZZ-ZZZZ");
        for wrong in ["", "BBBB-BBB", "BBBB-BBBBB", "BBBB-BBBA", "ББББ-ББББ", "BBBBBBBBB"] {
            assert_eq!(UserCode::parse(wrong), Err(ParseCodeError), "{wrong}");
        }
    }

    /// Each letter in each place within five standard deviations of its share: a bias of the kind that `% 20` on a
    /// byte makes (13 in 256 against 12 in 256, 8 %) would stand out at 20 of them.
    #[test]
    fn letters_are_drawn_without_bias() {
        const DRAWS: u32 = 200_000;
        let mut counts = [[0_u32; 20]; CHARS];
        for _ in 0..DRAWS {
            let shown = UserCode::draw(&mut rand::rng(), false).expose();
            for (place, letter) in shown.bytes().filter(|c| *c != b'-').enumerate() {
                counts[place][ALPHABET.iter().position(|a| *a == letter).unwrap()] += 1;
            }
        }
        let share = f64::from(DRAWS) / 20.0;
        let deviation = (share * 0.95).sqrt();
        for count in counts.iter().flatten() {
            assert!((f64::from(*count) - share).abs() < 5.5 * deviation, "{counts:?}");
        }
    }
}
