//! `LoginError`: why a login failed, and what to do.

use std::{fmt, io};

use super::network_error::NetworkError;
use super::surroundings::Unattended;

/// Why [`login`](super::login) returned no token. Its text says what to do.
///
/// ```
/// use counterfoil::client::{LoginError, Options, login};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// match login(Options::device("http://login.example.com", "internal")).await {
///     Ok(tokens) => println!("logged in, with a token of {} characters", tokens.token().expose().len()),
///     Err(LoginError::Cancelled) => {}
///     Err(error) => eprintln!("{error}"),
/// }
/// # // Nothing is sent to a base URL of plain HTTP.
/// # let error = login(Options::device("http://login.example.com", "internal")).await.unwrap_err();
/// # assert!(matches!(error, LoginError::Options { .. }));
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The user chose *Deny* in the browser.
    Denied,
    /// It was not approved in time.
    Expired,
    /// This login's token was already redeemed.
    Used {
        /// An earlier poll failed, and its lost answer may have carried the token. If this is false, another client
        /// has the token, and its session should be revoked.
        after_fault: bool,
    },
    /// The server does not know the code that it gave: it has restarted, or another server is at this address.
    InvalidCode,
    /// The server refused the login, with its reasons.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error's name, such as `INVALID_PUBLISHABLE_CLIENT_KEY` or `invalid_client`, if the answer has one.
        code: Option<String>,
        /// The server's text without control characters, cut at 200 characters; empty if it gave none.
        message: String,
    },
    /// The server could not be reached, or failed, from the beginning or until the login expired.
    Network(NetworkError),
    /// The answer is not what the dialect prescribes: the base URL is not a login server's, or a proxy responded.
    Malformed {
        /// The part that is missing or wrong.
        what: &'static str,
    },
    /// The refresh token has expired, was revoked, or has been replaced by a newer one.
    SessionEnded,
    /// The server does not offer what was asked for.
    Unsupported {
        /// What it does not offer.
        what: &'static str,
    },
    /// No one seems to be there to approve it; nothing was sent. [`Options::unattended`](super::Options::unattended)
    /// begins it all the same.
    Unattended {
        /// What it is told by.
        reason: Unattended,
        /// The environment variable that may hold a token, if the tool reads one.
        variable: Option<String>,
    },
    /// What was given as a token, in an environment variable or on standard input, is none.
    Given {
        /// The environment variable's name; `None` for standard input.
        variable: Option<String>,
    },
    /// Cancelled by Ctrl-C or by the caller.
    Cancelled,
    /// The link could not be shown.
    Io(io::Error),
    /// The runtime of a [blocking](super::blocking) call could not start.
    Runtime(io::Error),
    /// An option or the base URL cannot be used as it is; nothing was sent.
    Options {
        /// What is wrong, and what to change.
        reason: &'static str,
    },
}

impl LoginError {
    /// Returns the error's name in one word, for programs: the variant's in small letters, such as `denied`, `expired`
    /// or `network`.
    ///
    /// ```
    /// use counterfoil::client::LoginError;
    ///
    /// assert_eq!(LoginError::Denied.name(), "denied");
    /// assert_eq!(LoginError::InvalidCode.name(), "invalid_code");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Used { .. } => "used",
            Self::InvalidCode => "invalid_code",
            Self::Refused { .. } => "refused",
            Self::Network(_) => "network",
            Self::Malformed { .. } => "malformed",
            Self::SessionEnded => "session_ended",
            Self::Unsupported { .. } => "unsupported",
            Self::Unattended { .. } => "unattended",
            Self::Given { .. } => "given",
            Self::Cancelled => "cancelled",
            Self::Io(_) => "io",
            Self::Runtime(_) => "runtime",
            Self::Options { .. } => "options",
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("the login was denied in the browser; log in again if that was a mistake"),
            Self::Expired => f.write_str("the login was not approved in time; log in again"),
            Self::Used { after_fault: true } => {
                f.write_str("the token was sent, but the answer was lost on the way; log in again")
            }
            Self::Used { after_fault: false } => f.write_str(
                "another client has collected this login's token; end that session on the server, then log in again",
            ),
            Self::InvalidCode => f.write_str("the server no longer knows this login; log in again"),
            Self::Refused { status, code, message } => {
                write!(f, "the server refused the login with status {status}")?;
                if let Some(code) = code {
                    write!(f, " ({code})")?;
                }
                if !message.is_empty() {
                    write!(f, ": {}", message.trim_end_matches('.'))?;
                }
                f.write_str(match status {
                    300..=399 => "; it redirects: give the address that it redirects to",
                    401 | 403 => "; check the project or client id and the key",
                    404 | 405 => "; check the server's address",
                    _ => "",
                })
            }
            Self::Network(error) => write!(f, "{error}"),
            Self::Malformed { what } => {
                write!(
                    f,
                    "the answer is not a login server's ({what}); check the server's address, and proxies on the way"
                )
            }
            Self::SessionEnded => f.write_str("the session has ended; log in again"),
            Self::Unsupported { what } => write!(f, "the server does not offer {what}; ask its operator"),
            Self::Unattended { reason, variable } => {
                f.write_str(match reason {
                    Unattended::Ci => "this is a CI job (CI is set), where no one approves a login",
                    Unattended::NoTerminal => "there is no terminal to show the link on, and no browser to open it in",
                })?;
                match variable {
                    Some(variable) => write!(f, "; give a token in {variable}, or log in from a terminal"),
                    None => f.write_str("; log in from a terminal"),
                }
            }
            Self::Given { variable: Some(variable) } => {
                write!(f, "{variable} does not hold a token; set it to one, or unset it to log in")
            }
            Self::Given { variable: None } => {
                f.write_str("there is no token on standard input; pipe one into the tool, on a single line")
            }
            Self::Cancelled => f.write_str("the login was cancelled"),
            Self::Io(error) => write!(f, "the link could not be shown: {error}"),
            Self::Runtime(error) => write!(f, "no thread or runtime for the login could start: {error}"),
            Self::Options { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for LoginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Its text is part of this error's text; its source is not.
            Self::Network(error) => std::error::Error::source(error),
            Self::Io(error) | Self::Runtime(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_check() {
        let refused = LoginError::Refused { status: 401, code: Some("invalid_client".into()), message: String::new() };
        assert_eq!(
            refused.to_string(),
            "the server refused the login with status 401 (invalid_client); check the project or client id and the key"
        );
    }
}
