//! The client side of a login, for command-line tools: begins it over HTTP, shows the link, waits for the approval in
//! the browser, and returns the tokens.
//!
//! [`login`] does all of this. [`Options`] takes the server, the client and the presentation, in one of two dialects:
//!
//! | | [`Options::documented`] | [`Options::device`] |
//! | --- | --- | --- |
//! | dialect | the documented one, under `/api/v1` | [RFC 8628], under `/oauth` |
//! | begins with | `POST /api/v1/auth/cli` | `POST /oauth/device_authorization` (section 3.1) |
//! | waits with | `POST /api/v1/auth/cli/poll` | `POST /oauth/token` (section 3.4) |
//! | shows | a link | a link, and a code to compare with the browser's |
//! | returns | a refresh token | an access token, and a refresh token if the server gives one |
//! | cancelled, it | denies the session on the server | leaves the session to expire |
//!
//! # Where the tool runs
//!
//! In an SSH session the browser in front of the user is on another machine, so none is opened: the printed text says
//! so. Nor is one opened on a machine without a desktop. `$BROWSER`, which editors on remote machines set, and
//! [`Options::browser`] take precedence.
//!
//! In a CI job, and without a terminal and a browser, no one would approve a login: it fails at once with
//! [`LoginError::Unattended`]. For such places a tool takes a token from an environment variable
//! ([`Options::token_from_env`]) or from standard input ([`Options::token_from_stdin`]).
//!
//! A tool without an async runtime calls [`blocking::login`].
//!
//! # Waiting
//!
//! Each poll asks the server to hold the answer, with `Prefer: wait=N` ([RFC 7240] section 4.3), so that the tool
//! continues within milliseconds of the approval. A server that ignores it responds at once, and is polled again when
//! the interval since the last request has passed; nothing has to be configured. `slow_down` adds 5 s to the interval
//! for the rest of the login (RFC 8628 section 3.5), and so does a 429; `Retry-After`, as seconds or as a date, is
//! obeyed.
//!
//! The times that the server sets are limited: the interval is 1 s to 60 s, or 5 min with `slow_down`; a `Retry-After`
//! delays by at most 5 min and shortens nothing; a login lasts 5 s to 24 h.
//!
//! # Beyond the dialect
//!
//! Each login is bound to the tool that began it by PKCE (RFC 7636): the first request carries the digest of a random
//! `code_verifier`, and each poll the verifier. A polling code or device code alone is then worth nothing. With
//! [`Options::hand_back`] the browser brings a proof to this machine as well. Servers that know neither lose nothing;
//! one that refuses unknown members (`SCHEMA_ERROR`, `invalid_request`) gets the request again without them.
//!
//! [`refresh`] and [`logout`] are for a token that is kept, where the server offers them.
//!
//! # Faults
//!
//! A login that has begun ends only with an answer of its dialect, or with a refusal that has a name (`code` or
//! `error`). Lost connections and timeouts, 408, 425 and all statuses from 500 on, `server_error` and
//! `temporarily_unavailable`, and every body that is not a JSON object, such as a captive portal's page, are temporary:
//! the poll is repeated until an answer comes or the session's own time is over. If its answer was lost, the first
//! repetition comes within the interval; otherwise, and from the second in a row on, the interval doubles each time, up
//! to 30 s.
//!
//! A login that cannot begin is retried for [`Options::patience`]. A permanent fault is tried once: a certificate, a
//! port with another protocol, a name that does not resolve, a proxy that requires a password. A proxy that refuses,
//! and another site at the address, are tried three times. [`NetworkError::cause`] returns the cause, and the error's
//! text says what to do.
//!
//! A server that has not answered for 3 s is named on standard error, with its proxy ([`Options::on_notice`]).
//!
//! In the answer that carries a token, the other members are optional: one that is missing, of another type or out of
//! range is ignored.
//!
//! A token is handed out once, and the answer that carries it may be lost on the way. So all polls of a login carry the
//! same random [`Idempotency-Key`], and a poll that fails is soon repeated. A server that knows the header, as the
//! `axum` feature's does for 10 s, then returns the token again. Other servers say that the code was used:
//! [`LoginError::Used`] with `after_fault`. No second login is begun on its own.
//!
//! # Cancelling
//!
//! With [`Options::cancel_on_ctrl_c`] or [`Options::cancel_when`] the login ends with [`LoginError::Cancelled`]. In the
//! documented dialect the session is denied on the server first, which takes at most 2 s. RFC 8628 has no such request:
//! the session expires. Dropping the future is safe as well, and sends nothing: an open session is left to expire, and
//! a token that was not collected stays with the server. The browser has a process group of its own, so that Ctrl-C in
//! the tool does not end it.
//!
//! # What it refuses
//!
//! - a base URL of `http://` to anything but this machine, unless [`Options::insecure_http`] allows it: the token would
//!   be readable on the way (RFC 8628 section 3.1, RFC 6749 section 1.6);
//! - redirects, which would send the codes to a server that was not configured;
//! - a link that is not `http` or `https`, that has a user name or a password, or more than 2048 characters;
//! - a user code of more than 32 characters, and answers above 64 KiB.
//!
//! A link is shown and not opened if it is `http://` to another machine, or leads to a private address (of this
//! machine, of its network, or a name without a dot) other than the base URL's. With [`Options::insecure_http`],
//! `http://` to the base URL's host is opened. If the link's host is not the base URL's, the printed text names it.
//!
//! Text from the server is printed without control, format and invisible characters, and no code, key or token reaches
//! an error, a `Debug` or the spinner.
//!
//! # Keeping the token
//!
//! Keep it in the system's keyring (`Keyring`, with feature `keyring`), or in a file that only its owner can read from
//! the moment it is created:
//!
//! ```
//! use std::io::Write;
//! use std::path::Path;
//! use std::{fs, io};
//!
//! use counterfoil::Secret;
//! use counterfoil::client::{Key, LoginError, Options, login};
//!
//! fn save(token: &Secret, path: &Path) -> io::Result<()> {
//!     let mut options = fs::OpenOptions::new();
//!     options.write(true).create_new(true);
//!     #[cfg(unix)]
//!     std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
//!
//!     // An existing file would keep its mode, so a new one replaces it.
//!     let new = path.with_extension("new");
//!     let _ = fs::remove_file(&new);
//!     options.open(&new)?.write_all(token.expose().as_bytes())?;
//!     fs::rename(&new, path)
//! }
//!
//! async fn log_in() -> Result<(), Box<dyn std::error::Error>> {
//!     let key = Key::PublishableClient("pck_1234".into());
//!     let options = Options::documented("https://login.example.com", "internal", key).cancel_on_ctrl_c(true);
//!     match login(options).await {
//!         Ok(tokens) => save(tokens.token(), Path::new("token"))?,
//!         Err(LoginError::Cancelled) => eprintln!("not logged in"),
//!         Err(error) => return Err(error.into()),
//!     }
//!     Ok(())
//! }
//! # let path = std::env::temp_dir().join(format!("counterfoil-{}-token", std::process::id()));
//! # fs::write(&path, "readable by all")?;
//! # save(&Secret::new("rt_1234"), &path)?;
//! # assert_eq!(fs::read_to_string(&path)?, "rt_1234");
//! # #[cfg(unix)]
//! # assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path)?.permissions()) & 0o777, 0o600);
//! # fs::remove_file(&path)?;
//! # let _ = log_in;
//! # Ok::<(), io::Error>(())
//! ```
//!
//! [`Idempotency-Key`]: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
//! [RFC 7240]: https://www.rfc-editor.org/rfc/rfc7240
//! [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628

mod answer;
mod attempt;
mod base;
mod begin;
mod beyond;
pub mod blocking;
mod browser;
mod cancel;
mod cause;
mod dialect;
#[cfg(feature = "conformance")]
pub(crate) mod door;
mod error;
mod failed;
mod given;
mod hand_back;
mod host;
mod http;
mod key;
#[cfg(feature = "keyring")]
mod keyring;
mod limits;
mod link;
mod members;
mod metadata;
mod network_error;
mod notice;
mod options;
mod pace;
mod patience;
mod printable;
mod prompt;
mod proxy;
#[cfg(feature = "qr")]
mod qr;
mod session;
mod spinner;
mod surroundings;
mod tokens;
mod verifier;
mod wait;

pub use cause::{Cause, Certificate};
pub use dialect::Dialect;
pub use error::LoginError;
pub use key::Key;
#[cfg(feature = "keyring")]
#[cfg_attr(docsrs, doc(cfg(feature = "keyring")))]
pub use keyring::{Keyring, KeyringError};
/// The store of [`Keyring`], in this version: for a program that sets another store.
#[cfg(feature = "keyring")]
#[cfg_attr(docsrs, doc(cfg(feature = "keyring")))]
pub use keyring_core;
pub use network_error::NetworkError;
pub use notice::Notice;
pub use options::Options;
pub use options::device::Device;
pub use options::documented::Documented;
pub use prompt::Prompt;
/// The HTTP client of [`Options::http_client`](Options::http_client), in this version.
pub use reqwest;
pub use session::{logout, refresh};
pub use surroundings::Unattended;
pub use tokens::Tokens;

use std::time::Duration;

use base::Base;
use beyond::Beyond;
use cancel::Ended;
use hand_back::HandBack;
use http::Http;
use notice::{Notices, SILENCE};
use spinner::Spinner;
use surroundings::Surroundings;
use wait::Waiting;

/// How long a cancelled login may take to be denied on the server.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

/// Logs in at the server of `options`. The paths of the [module](self) are appended to its base URL.
///
/// Shows the link, opens it in a browser if there is one, and waits until the login is approved, denied, expired,
/// or cancelled. This takes as long as the user takes, at most the session's lifetime and 10 s.
///
/// # Errors
///
/// Fails with a [`LoginError`], whose text says what to do. Do not retry silently: a new login needs a new approval.
///
/// # Panics
///
/// Panics if it is not polled in a tokio runtime with time and I/O enabled, as `reqwest` does.
///
/// # Examples
///
/// ```
/// use counterfoil::client::{Key, Options, login};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::io::{Read, Write, copy, sink};
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let base_url = format!("http://{}", listener.local_addr()?);
/// # std::thread::spawn(move || -> std::io::Result<()> {
/// #     for body in [
/// #         r#"{"polling_code":"pc_1234","login_code":"lc_1234"}"#,
/// #         r#"{"status":"completed","refresh_token":"rt_1234"}"#,
/// #     ] {
/// #         let mut stream = listener.accept()?.0;
/// #         let _ = stream.read(&mut [0; 4096])?;
/// #         let length = body.len();
/// #         write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")?;
/// #         copy(&mut stream, &mut sink())?;
/// #     }
/// #     Ok(())
/// # });
/// let key = Key::PublishableClient("pck_1234".into());
/// let options = Options::documented(base_url, "internal", key).open_browser(false);
/// # let options = options.unattended(true);
/// let tokens = login(options).await?;
/// assert_eq!(tokens.token().expose(), "rt_1234");
/// # Ok(())
/// # }
/// ```
pub async fn login<D: Dialect>(options: Options<D>) -> Result<Tokens, LoginError> {
    let Options { dialect, settings, prompt, notices, cancel, ctrl_c, .. } = options;
    let base = Base::new(&settings.base_url, settings.insecure_http)?;
    dialect.check(&base)?;
    let http = Http::new(base, dialect.headers()?, &settings)?;
    if let Some(token) = options.given.token().await? {
        return Ok(D::given(token).given());
    }
    let surroundings = Surroundings::here();
    // A function of the caller's may open the link in places that this one cannot know.
    let no_browser = surroundings.no_browser().filter(|_| options.open_browser && options.browser.is_none());
    let opens = options.open_browser && no_browser.is_none();
    if let Some(reason) = surroundings.unattended(opens)
        && prompt.is_none()
        && !options.unattended
    {
        return Err(LoginError::Unattended { reason, variable: options.given.variable });
    }
    let mut notices = Notices::new(notices, prompt.is_none());
    let mut cancelled = cancel::Signal::new(cancel, ctrl_c);

    // Without a socket the login continues, and is not handed back.
    let hand_back = if options.hand_back && opens { HandBack::listen().await.ok() } else { None };
    let mut beyond = Beyond::new(options.client_name, hand_back.as_ref().map(|back| back.url().to_owned()));
    let begins = begin::begin(&http, &dialect, &settings, &mut beyond);
    let begins = notices.late(begins, SILENCE, http.no_answer());
    let mut begun = match cancelled.or(begins).await {
        Ended::Itself(begun) => begun?,
        Ended::Cancelled => return Err(LoginError::Cancelled),
    };
    begun.prompt.no_browser = no_browser;
    begun.prompt.hand_back &= hand_back.is_some();
    #[cfg(feature = "qr")]
    let qr = qr::is_shown(options.qr_code, opens, prompt.is_some());
    begun.prompt.present(prompt).map_err(LoginError::Io)?;
    #[cfg(feature = "qr")]
    if qr {
        begun.prompt.present_qr().map_err(LoginError::Io)?;
    }
    if opens && let Ok(link) = begun.prompt.may_open() {
        browser::open(link, options.browser);
    }

    let spinner = Spinner::start(options.spinner, begun.deadline);
    notices.beside(spinner.bar());
    let hand_back = hand_back.filter(|_| begun.prompt.hand_back);
    let waiting = Waiting { beyond, hand_back, notices: &notices };
    let ended = cancelled.or(wait::wait(&http, &dialect, &settings, &begun, waiting)).await;
    drop(spinner);
    match ended {
        Ended::Itself(result) => result,
        Ended::Cancelled => {
            if let Some(request) = dialect.cancel(&http, &begun.codes) {
                // Best effort: the login may be approved by now, or the server unreachable.
                cancelled.or(http.send(request, CANCEL_TIMEOUT)).await;
            }
            Err(LoginError::Cancelled)
        }
    }
}
