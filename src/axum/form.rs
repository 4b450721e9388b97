//! The fields of a form or a query (RFC 6749, section 3.2 and appendix B).

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::Secret;

/// A form without duplicate names. Fields that nobody asks for are ignored; one without a value counts as omitted.
pub(super) struct Form(BTreeMap<String, Secret>);

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    NotUtf8,
    /// A field is given twice: one of the two would go unheard.
    Twice,
}

impl Form {
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, Malformed> {
        let encoded = str::from_utf8(encoded).map_err(|_| Malformed::NotUtf8)?;
        let mut form = BTreeMap::new();
        for field in encoded.split('&').filter(|field| !field.is_empty()) {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let name = decode(name).ok_or(Malformed::NotUtf8)?;
            let value = decode(value).ok_or(Malformed::NotUtf8)?;
            if form.insert(name, Secret::new(value)).is_some() {
                return Err(Malformed::Twice);
            }
        }
        Ok(Self(form))
    }

    /// A field that may be missing.
    pub(super) fn take(&mut self, name: &str) -> Option<Secret> {
        self.0.remove(name).filter(|value| !value.expose().is_empty())
    }
}

/// Undoes the encoding of a form; `None` where the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_empty_ones_omitted() {
        let mut form = Form::parse(b"a=1+2%2B%C3%A4&b=&c&=x&&d=x=y&e=%zz").unwrap();
        let mut take = |name| form.take(name).map(|value| value.expose().to_owned());
        assert_eq!(take("a").as_deref(), Some("1 2+\u{e4}"));
        assert_eq!((take("b"), take("c"), take("f")), (None, None, None));
        assert_eq!(take("d").as_deref(), Some("x=y"));
        assert_eq!(take("e").as_deref(), Some("%zz"));
        assert_eq!(take("a"), None);
    }

    #[test]
    fn duplicates_and_other_encodings_are_refused() {
        for body in [&b"a=1&a=1"[..], b"a=1&a=2", b"a=&a=1", b"a&%61"] {
            assert_eq!(Form::parse(body).err(), Some(Malformed::Twice), "{body:?}");
        }
        for body in [&b"a=%ff"[..], b"a=\xff", b"%ff=a"] {
            assert_eq!(Form::parse(body).err(), Some(Malformed::NotUtf8), "{body:?}");
        }
        assert!(Form::parse(b"").is_ok());
    }
}
