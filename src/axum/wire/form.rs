//! `Form`: the fields of a form or a query (RFC 6749, section 3.2 and appendix B).

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

use percent_encoding::percent_decode_str;

use crate::Secret;

/// The wanted fields of a form without duplicate names. A field without a value counts as omitted.
///
/// Other fields are checked and not kept: their names must be unique, too (RFC 6749, section 3.2), and they must be
/// UTF-8. Reading a form takes four bytes for each of its fields, and the fields that are kept.
pub(crate) struct Form(Vec<(&'static str, Secret)>);

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    NotUtf8,
    /// A field is given twice: one of the two would be ignored.
    Twice,
}

impl Form {
    /// Reads the fields that are `wanted`.
    pub(crate) fn parse(encoded: &[u8], wanted: &[&'static str]) -> Result<Self, Malformed> {
        let encoded = str::from_utf8(encoded).map_err(|_| Malformed::NotUtf8)?;
        if !each_once(encoded) {
            return Err(Malformed::Twice);
        }
        let mut kept = Vec::new();
        for (name, value) in fields(encoded) {
            let name = decode(name).ok_or(Malformed::NotUtf8)?;
            let value = Secret::new(decode(value).ok_or(Malformed::NotUtf8)?);
            if let Some(name) = wanted.iter().find(|wanted| **wanted == name) {
                kept.push((*name, value));
            }
        }
        Ok(Self(kept))
    }

    /// Takes an optional field.
    pub(crate) fn take(&mut self, name: &str) -> Option<Secret> {
        let at = self.0.iter().position(|field| field.0 == name)?;
        Some(self.0.swap_remove(at).1).filter(|value| !value.expose().is_empty())
    }
}

/// Returns the names and values, still encoded.
fn fields(encoded: &str) -> impl Iterator<Item = (&str, &str)> {
    let fields = encoded.split('&').filter(|field| !field.is_empty());
    fields.map(|field| field.split_once('=').unwrap_or((field, "")))
}

/// Returns whether no two fields have the same name. It sorts hashes, since a set of the names would take many times
/// the memory of a form of thousands of short fields; only names with equal hashes are compared.
fn each_once(encoded: &str) -> bool {
    let state = RandomState::new();
    let hash = |name: &str| {
        let mut hasher = state.build_hasher();
        decoded(name).for_each(|byte| hasher.write_u8(byte));
        hasher.finish() as u32
    };
    let names = || fields(encoded).map(|(name, _)| name);
    let mut hashes = Vec::with_capacity(names().count());
    hashes.extend(names().map(hash));
    hashes.sort_unstable();
    let mut shared = hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    shared.all(|shared| {
        let mut seen = HashSet::new();
        names().filter(|name| hash(name) == shared).all(|name| seen.insert(decoded(name).collect::<Vec<_>>()))
    })
}

/// Undoes the encoding of a form. `None` if the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend(decoded(text));
    String::from_utf8(bytes).ok()
}

fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let pieces = text.split('+').enumerate();
    pieces.flat_map(|(at, piece)| (at > 0).then_some(b' ').into_iter().chain(percent_decode_str(piece)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_empty_ones_omitted() {
        let mut form =
            Form::parse(b"a=1+2%2B%C3%A4+&b=&c&=x&&d=x=y&%65=%zz&g=1", &["a", "b", "c", "d", "e", "f"]).unwrap();
        let mut take = |name| form.take(name).map(|value| value.expose().to_owned());
        assert_eq!(take("a").as_deref(), Some("1 2+\u{e4} "));
        assert_eq!((take("b"), take("c"), take("f"), take("g")), (None, None, None, None));
        assert_eq!(take("d").as_deref(), Some("x=y"));
        assert_eq!(take("e").as_deref(), Some("%zz"));
        assert_eq!(take("a"), None);
    }

    #[test]
    fn duplicates_and_other_encodings_are_refused() {
        for wanted in [&["a"][..], &[]] {
            for body in ["a=1&a=1", "a=1&a=2", "a=&a=1", "a&%61", "a&b&a", "=1&=2", "+=1&%20=2", "a%2=1&a%252=1"] {
                assert_eq!(Form::parse(body.as_bytes(), wanted).err(), Some(Malformed::Twice), "{body:?}");
            }
            for body in [&b"a=%ff"[..], b"a=\xff", b"%ff=a", b"a=1&b=%c3"] {
                assert_eq!(Form::parse(body, wanted).err(), Some(Malformed::NotUtf8), "{body:?}");
            }
            assert!(Form::parse(b"", wanted).is_ok());
            assert!(Form::parse(b"a&A&b=a&%41b&a+b&a%2bb", wanted).is_ok());
        }
    }

    /// As a set of the decoded names says.
    #[test]
    fn duplicates_are_found_wherever_they_are() {
        let names: Vec<String> = (0..5000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
        let form = names.join("&");
        assert!(Form::parse(form.as_bytes(), &[]).is_ok());
        for again in [0, 1, 2500, 4999] {
            let encoded = names[again].bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02X}"));
            for form in [format!("{form}&{encoded}=1"), format!("{encoded}=1&{form}")] {
                assert_eq!(Form::parse(form.as_bytes(), &[]).err(), Some(Malformed::Twice), "{again}");
            }
        }
    }
}
