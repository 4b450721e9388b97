//! `CheckWord`: four letters that a terminal shows and a page asks for.

use std::fmt;

use super::LoginCode;
use super::copied::is_ignored;
use super::user::{ALPHABET, UserCode};

const LETTERS: usize = 4;

/// A word of four letters by which a confirm page learns that its visitor sees the terminal that began the login.
///
/// The tool shows it beside the link; both sides compute it from the same code, so no message carries it. A page asks
/// for it if its visitor may have been led there by another site: a click, or two, then approve nothing.
///
/// It is no secret. Who has begun a login knows its word, and so does anyone who has its link. It tells 17 bits of the
/// login code, of 160; those that remain cannot be guessed. Its letters are those of a [`UserCode`].
///
/// ```
/// use counterfoil::SessionStore;
///
/// let login = SessionStore::<String>::builder().build()?.initiate()?;
/// let word = login.login_code.check_word();
/// println!("If the page asks for a check word, type {word}.");
/// assert!(word.matches(&word.to_string().to_lowercase()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CheckWord([u8; LETTERS]);

impl CheckWord {
    /// Returns whether a person has typed this word: in either case, with any white space, punctuation and
    /// invisible characters.
    ///
    /// ```
    /// use counterfoil::UserCode;
    ///
    /// let word = UserCode::parse("WDJB-MJHT")?.check_word();
    /// assert!(word.matches(" mjht\n") && !word.matches("WDJB-MJHT"));
    /// # Ok::<(), counterfoil::ParseCodeError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, typed: &str) -> bool {
        let letters = typed.chars().filter(|c| !is_ignored(*c)).map(|c| c.to_ascii_uppercase());
        letters.eq(self.0.iter().map(|letter| char::from(*letter)))
    }
}

impl fmt::Display for CheckWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// Not shown: a part of a code.
impl fmt::Debug for CheckWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckWord(redacted)")
    }
}

impl LoginCode {
    /// Returns the check word of the login: what the terminal shows, and a page may ask for.
    ///
    /// A tool in another language computes it from the code's text: `n = (33 * n + byte) mod 160000` over its forty
    /// bytes, from `n = 0`; then the four digits of `n` in base twenty, the highest first, as letters of
    /// `BCDFGHJKLMNPQRSTVWXZ`.
    ///
    /// ```
    /// use counterfoil::LoginCode;
    ///
    /// let code = LoginCode::parse("abcdefghijklmnopqrstuvwxyz234567abcdefgh")?;
    /// assert_eq!(code.check_word().to_string(), "HGKX");
    /// # Ok::<(), counterfoil::ParseCodeError>(())
    /// ```
    #[must_use]
    pub fn check_word(&self) -> CheckWord {
        const BASE: u32 = ALPHABET.len() as u32;
        // Each character moves the word, and none can be told from it. An odd factor that is no multiple of five keeps
        // the early ones: 160,000 is 2^8 times 5^4.
        let text = self.expose();
        let mut number = text.bytes().fold(0, |n, byte| (33 * n + u32::from(byte)) % BASE.pow(LETTERS as u32));
        let mut letters = [0; LETTERS];
        for letter in letters.iter_mut().rev() {
            *letter = ALPHABET[(number % BASE) as usize];
            number /= BASE;
        }
        CheckWord(letters)
    }
}

impl UserCode {
    /// Returns the last four letters of the code: the check word of a login whose terminal shows a user code.
    ///
    /// ```
    /// use counterfoil::UserCode;
    ///
    /// assert_eq!(UserCode::parse("wdjb-mjht")?.check_word().to_string(), "MJHT");
    /// # Ok::<(), counterfoil::ParseCodeError>(())
    /// ```
    #[must_use]
    pub fn check_word(&self) -> CheckWord {
        CheckWord(self.expose().as_bytes().last_chunk().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Code, Proof, WORD_MASK};
    use rand::Rng;

    fn draw() -> LoginCode {
        let mut rng = rand::rng();
        LoginCode(Code { proof: Proof::draw(&mut rng), place: rng.next_u64() & WORD_MASK })
    }

    #[test]
    fn a_word_is_read_however_it_is_typed() {
        let word = UserCode::parse("BCDF-GHJK").unwrap().check_word();
        for typed in ["GHJK", "ghjk", " gh-jk ", "\u{201c}GHJK\u{201d}.", "G\u{200b}HJK"] {
            assert!(word.matches(typed), "{typed:?}");
        }
        for typed in ["", "GHJ", "GHJKK", "HJKG", "BCDF", "BCDF-GHJK", "GHJ\u{212a}", "GHJ\u{41a}", "GHJK1"] {
            assert!(!word.matches(typed), "{typed:?}");
        }
    }

    /// As in `letters_are_drawn_without_bias` of the user code.
    #[test]
    fn words_are_spread_evenly() {
        const DRAWS: u32 = 100_000;
        let mut counts = [[0_u32; 20]; LETTERS];
        for _ in 0..DRAWS {
            for (place, letter) in draw().check_word().0.iter().enumerate() {
                counts[place][ALPHABET.iter().position(|a| a == letter).unwrap()] += 1;
            }
        }
        let share = f64::from(DRAWS) / 20.0;
        let deviation = (share * 0.95).sqrt();
        for count in counts.iter().flatten() {
            assert!((f64::from(*count) - share).abs() < 5.5 * deviation, "{counts:?}");
        }
    }

    #[test]
    fn each_character_of_the_code_counts() {
        let text = draw().expose().to_string();
        let word = LoginCode::parse(&text).unwrap().check_word();
        for place in 0..text.len() {
            let other = if &text[place..=place] == "a" { "b" } else { "a" };
            let mut changed = text.clone();
            changed.replace_range(place..=place, other);
            assert!(LoginCode::parse(&changed).unwrap().check_word() != word, "{place}");
        }
    }

    #[test]
    fn no_formatter_but_display_prints_a_word() {
        let word = draw().check_word();
        assert_eq!(format!("{word:?}"), "CheckWord(redacted)");
        assert_eq!(format!("{word:>6}").len(), 6);
    }
}
