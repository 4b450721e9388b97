//! Lower-case base32 (the alphabet of RFC 4648, section 6, in lower case, no padding) in words of eight characters.
//!
//! Eight characters are forty bits, so a code of forty characters is five words and nothing is ever allocated. A word
//! is decoded by arithmetic on all eight bytes at once: no table (whose cache lines would depend on the secret) and no
//! branch on a character's value. `data-encoding` does the same job in twice the time.

/// Characters in a word.
pub(crate) const CHARS: usize = 8;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;
/// All eight characters are of the alphabet.
pub(crate) const VALID: u64 = HIGH;

/// The high bit of each byte of `x` that is at least `floor`; every byte of `x` must be below 0x80.
const fn at_least(x: u64, floor: u64) -> u64 {
    (x + (0x80 - floor) * ONES) & HIGH
}

/// The forty bits that eight characters stand for, and `VALID` where all of them are of the alphabet.
///
/// The verdict is a value and not an `Option`, so that a code's five are joined before the one branch on them.
#[inline]
pub(crate) const fn decode(text: [u8; CHARS]) -> (u64, u64) {
    let x = u64::from_be_bytes(text);
    // Bytes of 0x80 and up would carry into their neighbours, so the high bit is cleared first and refused after.
    let low = x & !HIGH;
    let letter = at_least(low, 0x61) & !at_least(low, 0x7b);
    let digit = at_least(low, 0x32) & !at_least(low, 0x38);
    let valid = (letter | digit) & !x;
    // 'a' is 0 and '2' is 26: take 0x61 from each letter and 0x18 from each digit. Where a byte is neither, what
    // comes out means nothing.
    let v = low.wrapping_sub(0x18 * ONES + (letter >> 7) * 0x49);
    let v = ((v & 0xff00_ff00_ff00_ff00) >> 3) | (v & 0x00ff_00ff_00ff_00ff);
    let v = ((v & 0xffff_0000_ffff_0000) >> 6) | (v & 0x0000_ffff_0000_ffff);
    ((v >> 32 << 20) | (v & 0xffff_ffff), valid)
}

/// The eight characters for the low forty bits of `bits`.
#[inline]
pub(crate) const fn encode(bits: u64) -> [u8; CHARS] {
    let v = ((bits >> 20 & 0xf_ffff) << 32) | (bits & 0xf_ffff);
    let v = ((v << 6) & 0x03ff_0000_03ff_0000) | (v & 0x0000_03ff_0000_03ff);
    let v = ((v << 3) & 0x1f00_1f00_1f00_1f00) | (v & 0x001f_001f_001f_001f);
    let digit = at_least(v, 26) >> 7;
    (v + 0x61 * ONES - digit * 0x49).to_be_bytes()
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
        let (bits, valid) = decode(text);
        (valid == VALID).then_some(bits)
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
