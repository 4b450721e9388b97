//! The code in a link that other programs may have changed. Mailers, chat programs and redirects add parameters, write
//! `&` as `&amp;`, encode a second time, and change the case of words.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::page::Refusal;
use crate::Secret;
use crate::code::copied::{is_empty, is_ignored};

/// How often a link may be encoded. Each redirect may add one encoding.
const ENCODINGS: usize = 4;
/// The longest link, or part of one, that is read.
pub(super) const LONGEST: usize = 4096;

/// The codes of a request as they were sent: one, or one of each kind.
pub(super) struct Given {
    pub(super) login_code: Option<Secret>,
    pub(super) user_code: Option<Secret>,
}

/// A parameter that carries a code.
enum Name {
    LoginCode,
    UserCode,
}

impl Given {
    /// Returns the codes, if there is one at least.
    pub(super) fn new(login_code: Option<Secret>, user_code: Option<Secret>) -> Option<Self> {
        (login_code.is_some() || user_code.is_some()).then_some(Self { login_code, user_code })
    }
}

/// Reads the codes that a query names. Other parameters are ignored, and so is a code without letters.
///
/// # Errors
/// [`Refusal::BadForm`] if there are two of a kind: they name two logins.
pub(super) fn code(query: &str) -> Result<Option<Given>, Refusal> {
    let (mut login_code, mut user_code) = (None, None);
    for field in query.split('&').filter(|field| field.len() <= LONGEST).flat_map(fields) {
        let Some((name, value)) = field.split_once('=') else { continue };
        let found: &mut Option<Secret> = match Name::read(name) {
            Some(Name::LoginCode) => &mut login_code,
            Some(Name::UserCode) => &mut user_code,
            None => continue,
        };
        let text = Secret::new(decode(value));
        match found {
            _ if is_empty(text.expose()) => {}
            None => *found = Some(text),
            Some(first) if same(first.expose(), text.expose()) => {}
            Some(_) => return Err(Refusal::BadForm),
        }
    }
    Ok(Given::new(login_code, user_code))
}

/// Returns the field, or the fields that were encoded as one.
fn fields(field: &str) -> Vec<String> {
    if field.contains('=') { vec![field.to_owned()] } else { decode(field).split('&').map(str::to_owned).collect() }
}

impl Name {
    /// Recognises a name by its letters: in either case, with any separator, and after the rest of an `&amp;`.
    fn read(encoded: &str) -> Option<Self> {
        let decoded = decode(encoded);
        let letters = decoded.chars().filter(|c| !is_ignored(*c)).map(|c| c.to_ascii_lowercase()).collect::<String>();
        match letters.trim_start_matches("amp") {
            "logincode" => Some(Self::LoginCode),
            "usercode" => Some(Self::UserCode),
            _ => None,
        }
    }
}

/// Returns `true` if two texts are the same code.
fn same(a: &str, b: &str) -> bool {
    let code = |text| str::chars(text).filter(|c| !is_ignored(*c)).map(|c| c.to_ascii_lowercase());
    code(a).eq(code(b))
}

/// Undoes the encoding of a form (`+` for a space, `%` and two digits for a byte), as often as it was applied: a code
/// contains no `%`. Bytes that are not UTF-8 become U+FFFD.
pub(super) fn decode(text: &str) -> String {
    let mut text = text.replace('+', " ");
    for _ in 0..ENCODINGS {
        match percent_decode_str(&text).decode_utf8_lossy() {
            Cow::Borrowed(_) => break,
            Cow::Owned(decoded) => text = decoded,
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The user code, or else the login code.
    fn read(query: &str) -> Result<Option<String>, Refusal> {
        let text = |given: Given| given.user_code.or(given.login_code).map(|text| text.expose().to_owned());
        code(query).map(|given| given.and_then(text))
    }

    #[test]
    fn a_code_is_found_in_whatever_became_of_its_query() {
        for query in [
            "user_code=BCDF-GHJK",
            "user_code=BCDF%2DGHJK",
            "user_code=BCDF%252DGHJK",
            "user_code%3DBCDF-GHJK",
            "user_code%253DBCDF-GHJK%2526utm_source%253Da",
            "user%5Fcode%3DBCDF-GHJK&utm_source=a",
            "USER_CODE=BCDF-GHJK",
            "userCode=BCDF-GHJK",
            "user%5Fcode=BCDF-GHJK",
            "user_code=BCDF-GHJK&",
            "&&user_code=BCDF-GHJK",
            "?user_code=BCDF-GHJK",
            "utm_source=a&utm_source=b&user_code=BCDF-GHJK&fbclid=%ff",
            "a=1&amp;user_code=BCDF-GHJK",
            "a=1&amp;amp;user_code=BCDF-GHJK",
            "login_code=&user_code=BCDF-GHJK",
            "user_code=%20&user_code=BCDF-GHJK",
            "user_code=BCDF-GHJK&user_code=bcdfghjk",
        ] {
            let code = read(query).unwrap().unwrap_or_default();
            assert_eq!(code.split('&').next(), Some("BCDF-GHJK"), "{query}");
        }
        assert_eq!(read("user_code=BCDF+GHJK%A0"), Ok(Some("BCDF GHJK\u{fffd}".to_owned())));
    }

    #[test]
    fn no_code_is_none_and_two_of_a_kind_are_refused() {
        for query in ["", "&", "user_code", "user_code=", "user_code=%20%E2%80%8B", "other=1", "my_user_code=BCDF-GHJK"]
        {
            assert_eq!(read(query), Ok(None), "{query}");
        }
        for query in ["user_code=B&user_code=C", "login_code=B&login_code=C", "user_code=B&amp;User_Code=C"] {
            assert_eq!(read(query), Err(Refusal::BadForm), "{query}");
        }
        let both = code("user_code=B&amp;login_code=C&user_code=b").unwrap().unwrap();
        assert_eq!(both.user_code.unwrap().expose(), "B");
        assert_eq!(both.login_code.unwrap().expose(), "C");
    }
}
