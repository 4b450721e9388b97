//! The parameters of a request (RFC 6749, section 3.2 and appendix B).

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts as Head;
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;
use crate::Secret;
use crate::axum::body;

/// A form without duplicate names. Parameters that nobody asks for are ignored; one without a value counts as omitted.
pub(super) struct Form(BTreeMap<String, Secret>);

impl Form {
    /// Takes in the request, which must be a form.
    pub(super) async fn receive(request: Request) -> Result<(Head, Self), Refusal> {
        let (head, body) = request.into_parts();
        let body = body::read(body).await?;
        expect_form(&head.headers)?;
        Ok((head, Self::parse(&body)?))
    }

    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::invalid_request("The body must be a form in UTF-8.");
        let body = str::from_utf8(body).map_err(|_| malformed())?;
        let mut form = BTreeMap::new();
        for parameter in body.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = decode(name).ok_or_else(malformed)?;
            let value = decode(value).ok_or_else(malformed)?;
            if form.insert(name, Secret::new(value)).is_some() {
                return Err(Refusal::invalid_request("A parameter is given twice."));
            }
        }
        Ok(Self(form))
    }

    /// A parameter that may be missing.
    pub(super) fn take(&mut self, name: &str) -> Option<Secret> {
        self.0.remove(name).filter(|value| !value.expose().is_empty())
    }

    /// A parameter that must be there.
    pub(super) fn require(&mut self, name: &str, missing: &'static str) -> Result<Secret, Refusal> {
        self.take(name).ok_or_else(|| Refusal::invalid_request(missing))
    }
}

/// Undoes the encoding of a form; `None` where the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

fn expect_form(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(Refusal::invalid_request("The body must be a form: content-type application/x-www-form-urlencoded."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_omitted() {
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
        for body in [&b"a=1&a=1"[..], b"a=1&a=2", b"a=&a=1", b"a&%61", b"a=%ff", b"a=\xff", b"%ff=a"] {
            assert!(Form::parse(body).is_err(), "{body:?}");
        }
        assert!(Form::parse(b"").is_ok());
    }
}
