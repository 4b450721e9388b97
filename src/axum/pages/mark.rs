//! `Mark`: remembers in the browser that a visitor has come directly, while they sign in or type a code.
//!
//! The way from a link through a sign-in page and back ends with a request from a page. So a direct arrival leaves a
//! signed cookie, which is good for its login alone. A form for a code leaves a cookie, too, and carries what fits to
//! it: the code that is typed into that form then counts as brought directly. Neither can be made by another site: it
//! cannot sign, and it cannot give the browser a cookie of this one.

use axum::http::HeaderValue;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

use super::address::Address;
use super::arrival::{Arrival, SITE};
use super::keys::{FormKeys, Signed, now};
use crate::Secret;
use crate::axum::server::Scheme;
use crate::code::random::generator;

/// For how long a mark is good, in seconds: long enough to sign in.
const LONGEST: u64 = 15 * 60;

/// A browser takes a cookie with the first name only over HTTPS, and only from the host itself.
const NAMES: [&str; 2] = ["__Host-counterfoil", "counterfoil"];

/// What a mark is of.
#[derive(Clone, Copy)]
pub(super) enum Of<'a> {
    /// The page of a login, by the text of the code that names it.
    Login(&'a str),
    /// The form for a code.
    Form,
}

/// A cookie to be set, and the hidden field of a form for a code that goes with it.
pub(super) struct Mark {
    pub(super) cookie: HeaderValue,
    pub(super) field: Secret,
}

/// What a request brings along: the cookies with the name of a mark, and the form's field.
struct Parsed<'a> {
    at: u64,
    nonce: &'a str,
    tag: &'a str,
}

impl Of<'_> {
    fn parts(&self) -> [&str; 2] {
        match self {
            Self::Login(code) => ["login", code],
            Self::Form => ["form", ""],
        }
    }
}

impl Mark {
    /// Makes a mark. `None` without keys or randomness.
    pub(super) fn new(keys: &FormKeys, of: Of<'_>, scheme: Scheme) -> Option<Self> {
        let mut nonce = [0; 16];
        generator().ok()?.fill_bytes(&mut nonce);
        Self::at(keys, of, scheme, &URL_SAFE_NO_PAD.encode(nonce), now())
    }

    fn at(keys: &FormKeys, of: Of<'_>, scheme: Scheme, nonce: &str, at: u64) -> Option<Self> {
        let [kind, code] = of.parts();
        let tag = keys.sign(Signed { purpose: "mark", at, parts: &[kind, code, nonce] })?;
        let (name, secure) = match scheme {
            Scheme::Https => (NAMES[0], "; Secure"),
            Scheme::Http => (NAMES[1], ""),
        };
        let text = format!("{name}={at:x}.{nonce}.{tag}; Path=/; Max-Age={LONGEST}; HttpOnly; SameSite=Lax{secure}");
        Some(Self { cookie: text.parse().ok()?, field: field(keys, nonce, at)? })
    }
}

/// Returns how the visitor has come to the page of a login, or to the form: directly, or as a mark remembers. `typed` is
/// the hidden field of the form that the code was typed into.
pub(super) fn arrival(request: &Parts, keys: &FormKeys, of: Of<'_>, typed: Option<&str>) -> Arrival {
    if Arrival::of(request) == Arrival::Direct {
        return Arrival::Direct;
    }
    let [kind, code] = of.parts();
    let now = now();
    let good = |mark: &Parsed<'_>, [kind, code]: [&str; 2]| {
        let parts = &[kind, code, mark.nonce];
        keys.check(mark.tag, Signed { purpose: "mark", at: mark.at, parts }, now, LONGEST)
    };
    // A form's field counts only if a page of this origin sends it: a link of another site may have a field, too.
    let from_form = |mark: &Parsed<'_>| {
        typed.is_some_and(|typed| same_origin(request) && is_field(keys, typed, mark)) && good(mark, Of::Form.parts())
    };
    let marked =
        cookies(request).any(|mark| matches!(of, Of::Login(_)) && good(&mark, [kind, code]) || from_form(&mark));
    if marked { Arrival::Direct } else { Arrival::Indirect }
}

/// The scheme of the cookie.
pub(super) fn scheme(request: &Parts, address: &Address) -> Scheme {
    address.origin(request).map_or(Scheme::Http, |origin| origin.scheme())
}

fn same_origin(request: &Parts) -> bool {
    let mut sites = request.headers.get_all(SITE).iter();
    matches!((sites.next(), sites.next()), (Some(site), None) if *site == "same-origin")
}

fn field(keys: &FormKeys, nonce: &str, at: u64) -> Option<Secret> {
    keys.sign(Signed { purpose: "typed", at, parts: &[nonce] }).map(Secret::new)
}

fn is_field(keys: &FormKeys, typed: &str, mark: &Parsed<'_>) -> bool {
    keys.check(typed, Signed { purpose: "typed", at: mark.at, parts: &[mark.nonce] }, mark.at, 0)
}

/// The marks among a request's cookies (RFC 6265, section 4.2.1).
fn cookies(request: &Parts) -> impl Iterator<Item = Parsed<'_>> {
    let lines = request.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        let mut parts = value.splitn(3, '.');
        let mark = NAMES.contains(&name).then(|| {
            let at = u64::from_str_radix(parts.next()?, 16).ok()?;
            Some(Parsed { at, nonce: parts.next()?, tag: parts.next()? })
        });
        mark.flatten()
    })
}
