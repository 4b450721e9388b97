//! The two long codes of a session.
//!
//! A code is forty characters of lower-case base32. The first thirty-two are its secret: 160 bits from a generator
//! seeded by the operating system. The last eight name the slot that the session lives in, masked by a keyed hash of
//! the secret, so that they do not show how many sessions there are. The hash is made for speed and is no cipher; nothing
//! else depends on it. Knowing the slot, the store needs no look-up; the secret alone decides, compared in constant time.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use rand::Rng;
use rand::rngs::ThreadRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

pub(crate) mod base32;
pub(crate) mod check_word;
pub(crate) mod copied;
#[allow(unsafe_code)]
pub(crate) mod random;
pub(crate) mod user;

use base32::CHARS;

const WORDS: usize = 5;
pub(crate) const LEN: usize = WORDS * CHARS;
const WORD_BITS: u32 = 40;
const WORD_MASK: u64 = (1 << WORD_BITS) - 1;

/// The 160 secret bits of a code, as a slot keeps them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Proof {
    pub(crate) a: u64,
    pub(crate) b: u64,
    pub(crate) c: u32,
}

impl Proof {
    pub(crate) fn draw(rng: &mut ThreadRng) -> Self {
        Self { a: rng.next_u64(), b: rng.next_u64(), c: rng.next_u32() }
    }
}

impl ConstantTimeEq for Proof {
    #[inline]
    fn ct_eq(&self, other: &Self) -> Choice {
        // One difference of all 160 bits, then one barrier.
        let difference = (self.a ^ other.a) | (self.b ^ other.b) | u64::from(self.c ^ other.c);
        difference.ct_eq(&0)
    }
}

/// What both kinds of code are made of.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) proof: Proof,
    /// The slot's number under its mask: forty bits.
    pub(crate) place: u64,
}

impl Code {
    // Out of line, the code comes back through memory and is read again in wider loads than it was stored in, which
    // stalls: 2 ns of 39 for a poll at a thousand sessions.
    #[inline(always)]
    #[expect(clippy::inline_always)]
    fn decode(text: &[u8]) -> Option<Self> {
        let text: &[u8; LEN] = text.try_into().ok()?;
        let (words, _) = text.as_chunks::<CHARS>();
        let [(w0, v0), (w1, v1), (w2, v2), (w3, v3), (place, v4)] =
            [words[0], words[1], words[2], words[3], words[4]].map(base32::decode);
        if v0 | v1 | v2 | v3 | v4 != 0 {
            return None;
        }
        let proof = Proof { a: w0 | w1 << 40, b: w1 >> 24 | w2 << 16 | w3 << 56, c: (w3 >> 8) as u32 };
        Some(Self { proof, place })
    }

    fn encode(&self) -> CodeText {
        let Proof { a, b, c } = self.proof;
        let words = [a, a >> 40 | b << 24, b >> 16, b >> 56 | u64::from(c) << 8, self.place];
        let mut text = CodeText { bytes: [0; LEN], len: LEN };
        for (chars, word) in text.bytes.chunks_exact_mut(CHARS).zip(words) {
            chars.copy_from_slice(&base32::encode(word & WORD_MASK));
        }
        text
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.proof.a.zeroize();
        self.proof.b.zeroize();
        self.proof.c.zeroize();
        self.place.zeroize();
    }
}

impl ConstantTimeEq for Code {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.proof.ct_eq(&other.proof) & self.place.ct_eq(&other.place)
    }
}

/// The text of a code, on the stack, wiped when it goes.
///
/// It dereferences to `str`, so it goes wherever a `&str` goes; its `Debug` is redacted and it has no `Display`, so
/// that it cannot be printed in passing.
#[derive(Clone)]
pub struct CodeText {
    pub(crate) bytes: [u8; LEN],
    pub(crate) len: usize,
}

impl Drop for CodeText {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl Deref for CodeText {
    type Target = str;

    fn deref(&self) -> &str {
        // The bytes come from the alphabet; the empty text could only stand for a broken encoder, and is refused
        // wherever a code is read.
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl AsRef<[u8]> for CodeText {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<str> for CodeText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Debug for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeText(redacted)")
    }
}

/// A text that is not a code: the wrong length, or a character outside the alphabet.
///
/// It says nothing about any session. Treat it exactly as an unknown code, so that the difference tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseCodeError;

impl fmt::Display for ParseCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a code: expected 40 characters of a-z and 2-7, as `initiate` gave them")
    }
}

impl std::error::Error for ParseCodeError {}

macro_rules! code_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Forty characters of `a-z2-7`; equality is constant-time, `Debug` is redacted, there is no `Display`, and the
        /// memory is wiped on drop. Reading one allocates nothing.
        #[derive(Clone)]
        pub struct $name(pub(crate) Code);

        impl $name {
            /// Reads a code, exactly as `expose` wrote it: from a `str`, or from bytes as they came.
            ///
            /// # Errors
            /// [`ParseCodeError`] unless it is forty characters of `a-z2-7`. No session is looked up.
            ///
            /// ```
            #[doc = concat!("use counterfoil::{ParseCodeError, ", stringify!($name), "};")]
            ///
            /// let text = "abcdefghijklmnopqrstuvwxyz234567abcdefgh";
            #[doc = concat!("assert_eq!(&*", stringify!($name), "::parse(text)?.expose(), text);")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::parse(\"short\"), Err(ParseCodeError));")]
            /// # Ok::<(), ParseCodeError>(())
            /// ```
            #[inline]
            pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, ParseCodeError> {
                Code::decode(text.as_ref()).map(Self).ok_or(ParseCodeError)
            }

            /// The text to hand over. The only way to see the secret, and named so that a reviewer finds it.
            #[must_use]
            pub fn expose(&self) -> CodeText {
                self.0.encode()
            }
        }

        impl FromStr for $name {
            type Err = ParseCodeError;

            fn from_str(text: &str) -> Result<Self, ParseCodeError> {
                Self::parse(text)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

code_type! {
    /// The secret that the command-line tool keeps and polls with (`device_code` in RFC 8628).
    PollingCode
}

code_type! {
    /// The code that goes to the browser, and that the signed-in user's approval is given with.
    LoginCode
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(a: u64, b: u64, c: u32, place: u64) -> PollingCode {
        PollingCode(Code { proof: Proof { a, b, c }, place: place & WORD_MASK })
    }

    proptest! {
        #[test]
        fn a_code_reads_back(a: u64, b: u64, c: u32, place: u64) {
            let code = code(a, b, c, place);
            let text = code.expose();
            prop_assert_eq!(text.len(), LEN);
            let back = PollingCode::parse(&text).unwrap();
            prop_assert!(back == code);
            prop_assert_eq!((back.0.proof.a, back.0.proof.b, back.0.proof.c, back.0.place), (a, b, c, place & WORD_MASK));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            prop_assert!(PollingCode::parse(&text).is_err());
        }

        #[test]
        fn one_changed_bit_is_another_code(a: u64, b: u64, c: u32, place: u64, bit in 0_usize..200) {
            let one = code(a, b, c, place);
            let mut text = *one.expose().as_bytes().first_chunk::<LEN>().unwrap();
            let word = bit / 40;
            let mut chars = [0; CHARS];
            chars.copy_from_slice(&text[word * CHARS..][..CHARS]);
            let flipped = base32::encode(base32::decode(chars).0 ^ 1 << (bit % 40));
            text[word * CHARS..][..CHARS].copy_from_slice(&flipped);
            prop_assert!(PollingCode::parse(std::str::from_utf8(&text).unwrap()).unwrap() != one);
        }
    }

    #[test]
    fn no_formatter_prints_a_code() {
        let code = code(1, 2, 3, 4);
        let text = code.expose();
        for printed in [format!("{code:?}"), format!("{code:#?}"), format!("{text:?}")] {
            assert!(printed.ends_with("(redacted)"), "{printed}");
            assert!(!printed.contains(&*text));
        }
    }
}
