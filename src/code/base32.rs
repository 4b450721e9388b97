//! Lower-case base32 (the alphabet of RFC 4648, section 6, in lower case, no padding) in words of eight characters.
//!
//! Eight characters are forty bits, so a code of forty characters is five words and nothing is ever allocated. A word
//! is decoded by arithmetic on all eight bytes at once: no table (whose cache lines would depend on the secret) and no
//! branch on a character's value. `data-encoding` does the same job in twice the time.

/// Characters in a word.
pub(crate) const CHARS: usize = 8;

const ONES: u64 = 0x0101_0101_0101_0101;

/// The forty bits that eight characters stand for, and zero if all of them are of the alphabet.
///
/// The verdict is a value and not an `Option`, so that a code's five are joined before the one branch on them.
#[inline]
pub(crate) const fn decode(text: [u8; CHARS]) -> (u64, u64) {
    let x = u64::from_be_bytes(text);
    // In their low five bits 'a' is 1 and '2' is 18; they stand for 0 and 26. Bit 6 tells letters from digits.
    let letter = x >> 6 & ONES;
    let digits = (x & (0x1f * ONES)).wrapping_add(8 * ONES).wrapping_sub(9 * letter);
    // Right if each digit fits its five bits (one below zero borrows from its neighbours, but shows as 255 itself) and
    // they stand for this text and no other.
    let wrong = (digits & (0xe0 * ONES)) | (spell(digits) ^ x);
    let v = ((digits & 0xff00_ff00_ff00_ff00) >> 3) | (digits & 0x00ff_00ff_00ff_00ff);
    let v = ((v & 0xffff_0000_ffff_0000) >> 6) | (v & 0x0000_ffff_0000_ffff);
    ((v >> 32 << 20) | (v & 0xffff_ffff), wrong)
}

/// The characters for eight digits, one in each byte.
const fn spell(digits: u64) -> u64 {
    // The high bit of each byte that is 26 or more.
    let numeral = digits.wrapping_add(0x66 * ONES) & (0x80 * ONES);
    digits.wrapping_add(0x61 * ONES).wrapping_sub((numeral >> 7).wrapping_mul(0x49))
}

/// The eight characters for the low forty bits of `bits`.
#[inline]
pub(crate) const fn encode(bits: u64) -> [u8; CHARS] {
    let v = ((bits >> 20 & 0xf_ffff) << 32) | (bits & 0xf_ffff);
    let v = ((v << 6) & 0x03ff_0000_03ff_0000) | (v & 0x0000_03ff_0000_03ff);
    let v = ((v << 3) & 0x1f00_1f00_1f00_1f00) | (v & 0x001f_001f_001f_001f);
    spell(v).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

    /// The alphabet looked up a character at a time.
    fn naive(text: [u8; CHARS]) -> Option<u64> {
        text.iter().try_fold(0, |bits, c| Some(bits << 5 | ALPHABET.iter().position(|a| a == c)? as u64))
    }

    fn checked(text: [u8; CHARS]) -> Option<u64> {
        let (bits, wrong) = decode(text);
        (wrong == 0).then_some(bits)
    }

    #[test]
    fn every_byte_in_every_place() {
        for place in 0..CHARS {
            for byte in 0..=u8::MAX {
                for filler in [b'a', b'z', b'2', b'7'] {
                    let mut text = [filler; CHARS];
                    text[place] = byte;
                    assert_eq!(checked(text), naive(text), "byte {byte:#x} at {place}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(bits in 0_u64..1 << 40) {
            prop_assert_eq!(checked(encode(bits)), Some(bits));
        }

        #[test]
        fn decoding_agrees_with_the_alphabet(text: [u8; CHARS]) {
            prop_assert_eq!(checked(text), naive(text));
        }
    }
}
