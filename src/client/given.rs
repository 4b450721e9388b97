//! `Given`: a token that was handed to the tool, so that no login is needed.

use std::env;
use std::io::{self, IsTerminal, Read};

use zeroize::Zeroizing;

use super::error::LoginError;
use crate::Secret;

/// The longest token that is read, in bytes.
const MAX_TOKEN: u64 = 64 * 1024;

/// Where a token may come from, other than from a login.
#[derive(Default)]
pub(super) struct Given {
    pub(super) variable: Option<String>,
    pub(super) stdin: bool,
}

impl Given {
    /// Returns the token in the environment variable, or else on standard input, if there is one. Fails if it cannot be
    /// a token, without showing it.
    pub(super) async fn token(&self) -> Result<Option<Secret>, LoginError> {
        if let Some(name) = &self.variable
            && let Some(value) = env::var_os(name).filter(|value| !value.is_empty())
        {
            let value = value.into_string().map(Zeroizing::new);
            let token = value.ok().and_then(|text| token(&text));
            return token.map(Some).ok_or(LoginError::Given { variable: self.variable.clone() });
        }
        if !self.stdin {
            return Ok(None);
        }
        // On a thread that may wait, since the other end may be slow.
        let text = tokio::task::spawn_blocking(read).await.ok().and_then(Result::ok);
        text.and_then(|text| token(&text)).map(Some).ok_or(LoginError::Given { variable: None })
    }
}

/// Reads standard input to its end. Fails if a person would have to type it.
fn read() -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let mut text = Zeroizing::new(String::new());
    stdin.lock().take(MAX_TOKEN + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Returns the token without the white space around it. `None` if it is empty or too long, or if it has white space or
/// characters in it that no header carries (RFC 6750 section 2.1).
fn token(text: &str) -> Option<Secret> {
    let text = text.trim();
    let usable = !text.is_empty() && text.len() as u64 <= MAX_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic());
    usable.then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word() {
        for (text, expected) in [
            ("rt_1234", Some("rt_1234")),
            ("  rt_1234\r\n", Some("rt_1234")),
            ("", None),
            (" \n", None),
            ("rt 1234", None),
            ("rt_1234\nrt_5678", None),
            ("rt_\u{1b}[2J", None),
            ("r\u{e4}t", None),
            (&"x".repeat(64 * 1024 + 1), None),
        ] {
            assert_eq!(token(text).as_ref().map(Secret::expose), expected);
        }
    }
}
