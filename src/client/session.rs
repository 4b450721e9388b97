//! `refresh` and `logout`: what follows a login, in the RFC 8628 dialect.

use super::base::Base;
use super::cancel::{Ended, Signal};
use super::dialect::{Protocol, Verdict};
use super::error::LoginError;
use super::http::Http;
use super::metadata::revocation_endpoint;
use super::options::device::Device;
use super::options::{Options, Settings};
use super::patience::{Kind, patiently};
use super::tokens::Tokens;
use crate::Secret;

/// Gets a new access token for a refresh token (RFC 6749 section 6). One request, to the token endpoint of `options`;
/// of these only those of the connection count.
///
/// Keep [`Tokens::refresh_token`] of the result: it is the new one if the server gives one, and then the old one is
/// worth nothing; else the old one. A request whose answer was lost is not sent again, since the server may have
/// replaced the refresh token.
///
/// # Errors
///
/// [`LoginError::SessionEnded`] if the refresh token has expired, was revoked, or was used: log in again.
/// [`LoginError::Network`] if there was no answer, and otherwise as [`login`](super::login).
///
/// # Panics
///
/// Panics if it is not polled in a tokio runtime with time and I/O enabled, as `reqwest` does.
///
/// # Examples
///
/// ```no_run
/// use counterfoil::Secret;
/// use counterfoil::client::{LoginError, Options, refresh};
///
/// # async fn example(kept: Secret) -> Result<(), LoginError> {
/// let options = Options::device("https://login.example.com", "internal");
/// match refresh(options, &kept).await {
///     Ok(tokens) => println!("a new access token: {}", tokens.access_token.is_some()),
///     Err(LoginError::SessionEnded) => println!("log in again"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn refresh(options: Options<Device>, refresh_token: &Secret) -> Result<Tokens, LoginError> {
    let (http, dialect, settings, mut cancelled) = connect(options)?;
    let request = || dialect.refresh(&http, refresh_token);
    let Ended::Itself(answer) = cancelled.or(patiently(&http, &settings, Kind::Once, request)).await else {
        return Err(LoginError::Cancelled);
    };
    let answer = answer?;
    let members = answer.members().ok_or_else(|| answer.refusal())?;
    match Device::read(&answer, &members, false) {
        Verdict::Done(tokens) => Ok(tokens.or_refresh(refresh_token)),
        Verdict::Failed(LoginError::InvalidCode | LoginError::Expired | LoginError::Denied) => {
            Err(LoginError::SessionEnded)
        }
        Verdict::Failed(error) => Err(error),
        Verdict::Pending | Verdict::SlowDown | Verdict::Used => Err(answer.refusal()),
    }
}

/// Ends a session: has the server revoke its token (RFC 7009), the refresh token if there is one
/// ([`Tokens::token`]). Two requests, to the server's metadata (RFC 8414) and to the `revocation_endpoint` that it
/// names; one with [`Options::revocation_endpoint`]. Of the other options only those of the connection count.
///
/// A token that the server does not know, or no longer, is no error (RFC 7009 section 2.2). Forget the token in any
/// case: what was stored is worth nothing then, or is not wanted.
///
/// # Errors
///
/// [`LoginError::Unsupported`] if the server revokes no tokens; otherwise as [`login`](super::login).
///
/// # Panics
///
/// Panics if it is not polled in a tokio runtime with time and I/O enabled, as `reqwest` does.
///
/// # Examples
///
/// ```no_run
/// use counterfoil::Secret;
/// use counterfoil::client::{LoginError, Options, logout};
///
/// # async fn example(kept: Secret) -> Result<(), LoginError> {
/// let options = Options::device("https://login.example.com", "internal");
/// match logout(options, &kept).await {
///     Ok(()) => println!("logged out"),
///     Err(LoginError::Unsupported { .. }) => println!("forgotten here; the server lets it expire"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn logout(options: Options<Device>, token: &Secret) -> Result<(), LoginError> {
    let (http, dialect, settings, mut cancelled) = connect(options)?;
    let revoked = async {
        let address = match &dialect.revocation_path {
            Some(path) => http.base().address(path),
            None => revocation_endpoint(&http, &settings).await?.into(),
        };
        patiently(&http, &settings, Kind::Empty, || dialect.revoke(&http, &address, token)).await
    };
    match cancelled.or(revoked).await {
        Ended::Itself(answer) => {
            let answer = answer?;
            if answer.is_success() { Ok(()) } else { Err(answer.refusal()) }
        }
        Ended::Cancelled => Err(LoginError::Cancelled),
    }
}

fn connect(options: Options<Device>) -> Result<(Http, Device, Settings, Signal), LoginError> {
    let Options { dialect, settings, cancel, ctrl_c, .. } = options;
    let base = Base::new(&settings.base_url, settings.insecure_http)?;
    dialect.check(&base)?;
    let http = Http::new(base, dialect.headers()?, &settings)?;
    Ok((http, dialect, settings, Signal::new(cancel, ctrl_c)))
}
