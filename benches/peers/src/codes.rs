//! Codes as text: drawn for the peers, and laid out as they would come from a socket buffer.

use std::time::Duration;

use counterfoil::{Clock, SystemClock};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// The crate's own codec, not a copy: the floor must not lose by a slower one.
#[path = "../../../src/code/base32.rs"]
#[allow(dead_code, reason = "its unit tests come along, and run in the crate")]
mod base32;

const CHARS: usize = base32::CHARS;

/// The 160 secret bits of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub a: u64,
    pub b: u64,
    pub c: u32,
}

impl Key {
    pub fn random() -> Self {
        let mut rng = rand::rng();
        Self { a: rng.next_u64(), b: rng.next_u64(), c: rng.next_u32() }
    }

    /// Reads the first 32 characters of a code.
    #[inline(always)]
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 4 * CHARS] = text.as_bytes().first_chunk()?;
        let (words, _) = text.as_chunks::<CHARS>();
        let [(w0, v0), (w1, v1), (w2, v2), (w3, v3)] = [words[0], words[1], words[2], words[3]].map(base32::decode);
        let key = Self { a: w0 | w1 << 40, b: w1 >> 24 | w2 << 16 | w3 << 56, c: (w3 >> 8) as u32 };
        (v0 | v1 | v2 | v3 == 0).then_some(key)
    }

    /// Writes those 32 characters.
    pub fn write(&self, text: &mut String) {
        let Self { a, b, c } = *self;
        for bits in [a, a >> 40 | b << 24, b >> 16, b >> 56 | u64::from(c) << 8] {
            push(text, bits);
        }
    }
}

/// The eight characters at `i`, decoded.
#[inline(always)]
pub fn word(text: &[u8], i: usize) -> Option<u64> {
    let (bits, wrong) = base32::decode(text.get(i * CHARS..)?.first_chunk().copied()?);
    (wrong == 0).then_some(bits)
}

/// Appends eight characters for the low forty bits.
pub fn push(text: &mut String, bits: u64) {
    let chars = base32::encode(bits & ((1 << 40) - 1));
    text.push_str(std::str::from_utf8(&chars).unwrap_or_default());
}

/// A code of a peer: 32 random characters, drawn as fast as the crate draws its own.
pub fn random_text() -> String {
    let mut text = String::with_capacity(4 * CHARS);
    Key::random().write(&mut text);
    text
}

/// Milliseconds of the crate's own coarse clock, for the floor's neighbours that have one.
#[inline]
pub fn coarse_millis() -> u64 {
    millis(SystemClock.now())
}

pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Codes side by side in one array, read from front to back; which session comes next is random.
#[derive(Debug)]
pub struct Texts {
    text: String,
    width: usize,
}

impl Texts {
    /// An array for `codes` codes of `width` characters, backed by memory already.
    pub fn new(codes: usize, width: usize) -> Self {
        let mut text = " ".repeat(codes * width);
        text.clear();
        Self { text, width }
    }

    pub fn push(&mut self, code: &str) {
        assert_eq!(code.len(), self.width, "all codes of a peer have one length");
        self.text.push_str(code);
    }

    pub fn len(&self) -> usize {
        self.text.len() / self.width
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    #[inline]
    pub fn get(&self, i: usize) -> &str {
        &self.text[i * self.width..(i + 1) * self.width]
    }

    /// The same codes in another order; `seed` decides which.
    pub fn shuffled(&self, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut rand::rngs::SmallRng::seed_from_u64(seed));
        let mut shuffled = Self::new(self.len(), self.width);
        for i in order {
            shuffled.push(self.get(i));
        }
        shuffled
    }
}
