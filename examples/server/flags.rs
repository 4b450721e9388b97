//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use counterfoil::axum::{Context, PublicUrl, WebOrigin};
use counterfoil::{Builder, MAX_SESSIONS, Secret, SessionStore};

const DAY: u64 = 24 * 60 * 60;

/// Serves command-line logins that a browser completes.
///
/// `GET /healthz` and `GET /metrics` answer without a key to whoever reaches the address. The log goes to standard error
/// and holds no secret; the environment variable `RUST_LOG` sets its level (default: info).
#[derive(Parser)]
pub(crate) struct Flags {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8102")]
    pub(crate) listen: SocketAddr,

    /// The one project that is served, and its OAuth `client_id`
    #[arg(long, value_name = "ID", default_value = "internal", value_parser = header_text)]
    pub(crate) project_id: String,

    /// The project's secret server key [default: random, printed at start]
    #[arg(long, value_name = "KEY", value_parser = header_text)]
    pub(crate) secret_server_key: Option<String>,

    /// The project's publishable client key [default: random, printed at start]
    #[arg(long, value_name = "KEY", value_parser = header_text)]
    pub(crate) publishable_client_key: Option<String>,

    /// A signed-in user's refresh token, as often as there are users [default: one, random, printed at start]
    #[arg(long = "refresh-token", value_name = "TOKEN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) refresh_tokens: Vec<String>,

    /// An anonymous user's refresh token, as often as there are such users
    #[arg(long = "anonymous-refresh-token", value_name = "TOKEN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) anonymous_refresh_tokens: Vec<String>,

    /// The least time between two polls of an OAuth client (RFC 8628, section 3.2); 0 sets no pace
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=DAY))]
    pub(crate) poll_interval: u64,

    /// How long a login begun at `/oauth/device_authorization` lives
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=DAY))]
    pub(crate) expires_in: u64,

    /// The address that people and clients know the server by [default: the one that a request came to]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,

    /// An origin whose pages may call the Stack dialects (CORS), as often as there are such origins [default: none]
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    pub(crate) cors_origins: Vec<WebOrigin>,

    /// Wrong user codes that one source may try within a minute
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) user_code_attempts: u32,

    /// The most logins that are live at once
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u32).range(1..=MAX_SESSIONS as i64))]
    pub(crate) max_sessions: u32,
}

impl Flags {
    /// The settings of the store.
    pub(crate) fn store(&self) -> Builder<Secret, Context> {
        let store = SessionStore::builder()
            .max_sessions(self.max_sessions as usize)
            .user_code_guesses(self.user_code_attempts, self.user_code_attempts.max(1000));
        match self.poll_interval {
            0 => store,
            seconds => store.poll_interval(Duration::from_secs(seconds)),
        }
    }
}

/// Keys and ids come in headers, so they must be able to.
fn header_text(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("it is sent in a header: give one or more printable ASCII characters, without spaces".to_owned())
    }
}
