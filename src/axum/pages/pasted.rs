//! Pasted codes and tokens, with the characters that copying has added.

use zeroize::Zeroizing;

use super::link::{self, Given, LONGEST};
use super::page::{CodeProblem, Page, Refusal};
use crate::Secret;
use crate::code::copied::{is_empty, is_ignored, is_invisible};
use crate::code::user::UserCode;
use crate::code::{CodeText, LEN, LoginCode};
use crate::error::SettleError;

/// A code of either kind, or both.
pub(super) enum Code {
    Login(LoginCode),
    User(UserCode),
    Both(LoginCode, UserCode),
}

impl Code {
    /// Returns the text of the code that finds the login.
    pub(super) fn expose(&self) -> CodeText {
        match self {
            Self::Login(code) | Self::Both(code, _) => code.expose(),
            Self::User(code) => code.expose(),
        }
    }
}

/// The characters that end a code if other text follows: a parameter, a fragment, a tag, or the text after a link.
const ENDS: [char; 6] = ['&', '#', '?', '<', '|', '"'];

/// A typed text that is longer than this is not shown again: it is not a mistyped code.
const LONGEST_TYPED: usize = 24;

/// Returns a typed text to be shown again, if it can be a mistyped code.
pub(super) fn typed(text: &str) -> Option<String> {
    (text.chars().count() <= LONGEST_TYPED).then(|| text.to_owned())
}

impl Given {
    /// Reads the codes, each in either field. Returns an error page if there is none.
    pub(super) fn read(&self) -> Result<Code, Page> {
        let read = |text: &Option<Secret>| text.as_ref().and_then(|text| code(text.expose()));
        let code = joined(read(&self.login_code), read(&self.user_code))?;
        code.ok_or_else(|| match &self.user_code {
            Some(text) if self.login_code.is_none() => {
                Page::enter_code(typed(text.expose()), Some(CodeProblem::Malformed))
            }
            _ => Page::Over(SettleError::Unknown),
        })
    }
}

/// Reads a code of either kind, or the link that carries one. `None` if there is no code, if there are other letters or
/// digits, or if the text is longer than any link.
pub(super) fn code(text: &str) -> Option<Code> {
    if text.len() > LONGEST {
        return None;
    }
    whole(text).or_else(|| in_link(text)).or_else(|| whole(text.split(ENDS).find(|part| !is_empty(part))?))
}

/// Reads the code in a whole link, with text around it.
fn in_link(text: &str) -> Option<Code> {
    let (_, query) = text.split_once('?').filter(|(_, query)| query.contains('='))?;
    let given = link::code(query).ok().flatten()?;
    let read = |text: Option<Secret>| {
        let text = text?;
        whole(text.expose()).or_else(|| {
            let ends = |c: char| c.is_whitespace() || ENDS.contains(&c);
            whole(text.expose().split(ends).find(|part| !is_empty(part))?)
        })
    };
    joined(read(given.login_code), read(given.user_code)).ok().flatten()
}

/// Returns what the two fields name together. One that is damaged is left out, if the other is not.
fn joined(login_code: Option<Code>, user_code: Option<Code>) -> Result<Option<Code>, Refusal> {
    match (login_code, user_code) {
        (Some(Code::Login(login)), Some(Code::User(user))) => Ok(Some(Code::Both(login, user))),
        (Some(_), Some(_)) => Err(Refusal::BadForm),
        (code, None) | (None, code) => Ok(code),
    }
}

fn whole(text: &str) -> Option<Code> {
    UserCode::parse(text).map(Code::User).ok().or_else(|| login_code(text).map(Code::Login))
}

/// Reads a login code in either case, with line breaks, quotes and the like in it.
fn login_code(text: &str) -> Option<LoginCode> {
    let mut code = Zeroizing::new([0; LEN]);
    let mut places = code.iter_mut();
    for c in text.chars().filter(|c| !is_ignored(*c)) {
        *places.next()? = u8::try_from(c.to_ascii_lowercase()).ok()?;
    }
    if places.next().is_some() { None } else { LoginCode::parse(*code).ok() }
}

/// Reads a token without invisible characters, and without white space at its ends. Tokens are printable ASCII (RFC
/// 6749, appendix A.17). `None` if nothing remains.
pub(super) fn token(text: &Secret) -> Option<Secret> {
    let text = text.expose();
    // With enough capacity, so that growing leaves no copy of the token behind.
    let mut token = String::with_capacity(text.len());
    token.extend(text.chars().filter(|c| !is_invisible(*c)));
    token.truncate(token.trim_end().len());
    token.drain(..token.len() - token.trim_start().len());
    (!token.is_empty()).then(|| Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LoginOptions, SessionStore};

    fn codes() -> (String, String) {
        let begun =
            SessionStore::<u8>::builder().build().unwrap().initiate_with(LoginOptions::new().user_code()).unwrap();
        (begun.login_code.expose().to_string(), begun.user_code.as_ref().unwrap().expose().to_string())
    }

    fn login(text: &str) -> Option<String> {
        match code(text)? {
            Code::Login(code) => Some(code.expose().to_string()),
            Code::User(_) | Code::Both(..) => None,
        }
    }

    fn user(text: &str) -> Option<String> {
        match code(text)? {
            Code::User(code) => Some(code.expose().to_string()),
            Code::Login(_) | Code::Both(..) => None,
        }
    }

    #[test]
    fn a_login_code_is_read_however_it_was_copied() {
        let (right, _) = codes();
        let (left, rest) = right.split_at(17);
        for text in [
            format!(" {right}\r\n"),
            right.to_uppercase(),
            format!("{left}\n{rest}"),
            format!("{left} \\\r\n    {rest}"),
            format!("> {left}\n> {rest}"),
            format!("\u{201c}{right}\u{201d}."),
            format!("`{right}`)"),
            format!("\u{feff}{left}\u{200b}{rest}\u{2060}"),
            format!("{right}&utm_source=mail"),
            format!("{right}#top"),
            format!("{right}</a>"),
            format!("https://login.example/handler/cli-auth-confirm?login_code={right}"),
            format!("Open <https://login.example/handler/cli-auth-confirm?login_code={right}> to go on."),
            format!("https://login.example/x?utm_source=mail&amp;login_code={left} {rest}"),
            format!("open https://login.example/x?login_code={right} now"),
        ] {
            assert_eq!(login(&text).as_deref(), Some(&*right), "{text:?}");
        }
        for text in [
            "",
            "x",
            &right[1..],
            &format!("{right}{}", " ".repeat(LONGEST)),
            &format!("{right}a"),
            &format!("{right} again"),
            &right.replace(&right[..1], "1"),
        ] {
            assert_eq!(login(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_user_code_is_read_from_its_link() {
        let (_, right) = codes();
        for text in [
            right.clone(),
            format!("https://login.example/device?user_code={right}"),
            format!("https://login.example/device?User_Code={}.", right.to_lowercase()),
            format!("<https://login.example/device?utm_source=a&user_code={right}|login.example>"),
        ] {
            assert_eq!(user(&text).as_deref(), Some(&*right), "{text:?}");
        }
        for text in ["https://login.example/device", "https://login.example/device?user_code=", "Code BCDF-GHJK"] {
            assert!(code(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_link_may_have_both_codes() {
        let (login, user) = codes();
        let link = format!("https://login.example/device?user_code={user}&login_code={login}");
        let both =
            |text: &str| matches!(code(text), Some(Code::Both(l, u)) if *l.expose() == *login && *u.expose() == *user);
        assert!(both(&link) && both(&format!("Open <{link}>, please.")) && both(&link.replace('&', "&amp;")));
        // Cut off, as mailers do.
        assert!(matches!(code(&link[..link.len() - 1]), Some(Code::User(u)) if *u.expose() == *user));
        let damaged = format!("https://login.example/device?user_code=BCDF&login_code={login}");
        assert!(matches!(code(&damaged), Some(Code::Login(_))));
    }

    #[test]
    fn a_token_loses_what_copying_added() {
        for text in ["rt-1", " rt-1\n", "\u{feff}rt-1\u{200b}", "\u{a0}rt\u{ad}-1\u{2028}", "rt-\r\n1"] {
            assert_eq!(token(&Secret::new(text)).unwrap().expose(), "rt-1", "{text:?}");
        }
        assert_eq!(token(&Secret::new("two words")).unwrap().expose(), "two words");
        assert!([" ", "", "\u{200b}\n"].iter().all(|text| token(&Secret::new(*text)).is_none()));
    }
}
