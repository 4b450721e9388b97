//! The same for tools without an async runtime: each call blocks its thread until the end.
//!
//! A call runs a tokio runtime of its own on a thread of its own, so that it works everywhere, in a runtime too (where
//! it blocks the caller's thread like any other blocking call). It costs a thread for as long as it lasts.

use std::panic::resume_unwind;
use std::thread;

use super::dialect::Dialect;
use super::error::LoginError;
use super::options::Options;
use super::options::device::Device;
use super::tokens::Tokens;
use crate::Secret;

/// [`login`](super::login), for tools without an async runtime.
///
/// # Errors
///
/// As [`login`](super::login). Fails with [`LoginError::Runtime`] if there is no thread or no descriptor for the
/// runtime.
///
/// # Examples
///
/// ```no_run
/// use counterfoil::client::{Options, blocking};
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let tokens = blocking::login(Options::device("https://login.example.com", "internal"))?;
///     println!("logged in, with a token of {} characters", tokens.token().expose().len());
///     Ok(())
/// }
/// ```
pub fn login<D: Dialect>(options: Options<D>) -> Result<Tokens, LoginError> {
    run(super::login(options))
}

/// [`refresh`](super::refresh), for tools without an async runtime.
///
/// # Errors
///
/// As [`refresh`](super::refresh), and [`LoginError::Runtime`].
///
/// # Examples
///
/// ```no_run
/// use counterfoil::Secret;
/// use counterfoil::client::{LoginError, Options, blocking};
///
/// fn fresh(kept: &Secret) -> Result<Secret, LoginError> {
///     let tokens = blocking::refresh(Options::device("https://login.example.com", "internal"), kept)?;
///     Ok(tokens.token().clone())
/// }
/// ```
pub fn refresh(options: Options<Device>, refresh_token: &Secret) -> Result<Tokens, LoginError> {
    run(super::refresh(options, refresh_token))
}

/// [`logout`](super::logout), for tools without an async runtime.
///
/// # Errors
///
/// As [`logout`](super::logout), and [`LoginError::Runtime`].
///
/// # Examples
///
/// ```no_run
/// use counterfoil::Secret;
/// use counterfoil::client::{LoginError, Options, blocking};
///
/// fn forget(kept: &Secret) -> Result<(), LoginError> {
///     blocking::logout(Options::device("https://login.example.com", "internal"), kept)
/// }
/// ```
pub fn logout(options: Options<Device>, token: &Secret) -> Result<(), LoginError> {
    run(super::logout(options, token))
}

/// Runs the future to its end, on a thread of its own: a runtime cannot be started on a thread that has one.
fn run<T: Send>(work: impl Future<Output = Result<T, LoginError>> + Send) -> Result<T, LoginError> {
    thread::scope(|scope| {
        let ended = thread::Builder::new().name("login".into()).spawn_scoped(scope, || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(LoginError::Runtime)?.block_on(work)
        });
        ended.map_err(LoginError::Runtime)?.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
