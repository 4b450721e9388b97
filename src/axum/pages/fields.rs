//! The fields of a form or a query.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use super::page::Refusal;
use crate::Secret;

/// Fields without duplicate names. Those that nobody asks for are ignored.
pub(super) struct Fields(BTreeMap<String, Secret>);

impl Fields {
    /// Reads `a=1&b=2`. An empty value counts as none (as RFC 6749, section 3.1, has it); a name given twice is refused,
    /// since one of the two would go unheard.
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, Refusal> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if fields.insert(name.into_owned(), Secret::new(value)).is_some() {
                return Err(Refusal::BadForm);
            }
        }
        fields.retain(|_, value| !value.expose().is_empty());
        Ok(Self(fields))
    }

    /// Reads a body that says it is a form.
    pub(super) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::parse(body)
        } else {
            Err(Refusal::BadForm)
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Secret> {
        self.0.remove(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_comes_once() {
        let mut fields = Fields::parse(b"a=1+%26%3c&b=&c").unwrap();
        assert_eq!(fields.take("a").unwrap().expose(), "1 &<");
        assert_eq!(fields.take("a"), None);
        assert_eq!(fields.take("b"), None);
        assert_eq!(fields.take("c"), None);
        for twice in ["a=1&a=1", "a=&a=1", "a&%61"] {
            assert!(Fields::parse(twice.as_bytes()).is_err(), "{twice}");
        }
        assert!(Fields::parse(b"%ff%zz=\xff&&=&").is_ok());
    }
}
