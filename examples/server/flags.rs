//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use counterfoil::MAX_SESSIONS;
use counterfoil::axum::{Network, PublicUrl, WebOrigin};

use crate::keys;

const DAY: u64 = 24 * 60 * 60;

/// Serves command-line logins that a browser completes.
///
/// Every local user can read a command line: give keys and tokens by their environment variables (several tokens one a
/// line), or in a file. A flag counts before its variable, and either before the file.
///
/// `GET /healthz`, `GET /readyz` and `GET /metrics` answer without a key to all who reach the address. The log goes to standard error
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
    #[arg(long, value_name = "KEY", env = keys::SECRET_SERVER_KEY, hide_env_values = true)]
    pub(crate) secret_server_key: Option<String>,

    /// The project's publishable client key [default: random, printed at start]
    #[arg(long, value_name = "KEY", env = keys::PUBLISHABLE_CLIENT_KEY, hide_env_values = true)]
    pub(crate) publishable_client_key: Option<String>,

    /// A signed-in user's refresh token, as often as there are users [default: one, random, printed at start; and on
    /// loopback, without a public URL or proxies, two demonstration users who sign in by one click]
    #[arg(long = "refresh-token", value_name = "TOKEN", env = keys::REFRESH_TOKEN, hide_env_values = true)]
    pub(crate) refresh_tokens: Vec<String>,

    /// An anonymous user's refresh token, as often as there are such users
    #[arg(long = "anonymous-refresh-token", value_name = "TOKEN", env = keys::ANONYMOUS_REFRESH_TOKEN,
          hide_env_values = true)]
    pub(crate) anonymous_refresh_tokens: Vec<String>,

    /// A file of keys and tokens: lines NAME=VALUE with the names of those variables, a token's as often as there are
    /// users; lines that begin with # are skipped
    #[arg(long, value_name = "PATH")]
    pub(crate) keys_file: Option<PathBuf>,

    /// Where to append what happens to logins, one JSON object a line and no secret in it [default: nowhere]
    #[arg(long, value_name = "PATH")]
    pub(crate) audit_log: Option<PathBuf>,

    /// The least time between two polls of an OAuth client (RFC 8628, section 3.2); 0 sets no pace
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=DAY))]
    pub(crate) poll_interval: u64,

    /// How long a login begun at `/oauth/device_authorization` lives
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=DAY))]
    pub(crate) expires_in: u64,

    /// The address that people and clients reach the server by. Required unless it listens on loopback [default there:
    /// the one that a request came to]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,

    /// A proxy in front, or a network of them, as often as there are: only their X-Forwarded-For, X-Forwarded-Proto and
    /// X-Request-Id count, and their connections stand for many people. Without it all people behind a proxy share one
    /// budget of wrong user codes, and one of connections
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    pub(crate) trusted_proxies: Vec<Network>,

    /// How long a connection may be idle between two requests: longer than the proxy in front keeps one
    #[arg(long, value_name = "SECONDS", default_value_t = 75, value_parser = clap::value_parser!(u64).range(1..=DAY))]
    pub(crate) idle_timeout: u64,

    /// An origin whose pages may call the Stack dialects (CORS), as often as there are such origins [default: none]
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    pub(crate) cors_origins: Vec<WebOrigin>,

    /// Wrong user codes that one source may try within a minute
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) user_code_attempts: u32,

    /// The most connections of one source: an IPv4 address or an IPv6 /64, and four times as many of each wider network
    /// (/24; /56, /48)
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections_per_source: u32,

    /// The most logins that are live at once
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u32).range(1..=MAX_SESSIONS as i64))]
    pub(crate) max_sessions: u32,

    /// The most live logins that one source may have begun without the secret server key
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_sessions_per_source: u32,

    /// Keep logins in Redis or Valkey, which several servers share, and not in this process: `redis://host:port`,
    /// `redis+cluster://host:port,host:port`, or `redis+sentinel://host:port,host:port/name`. All servers need the same
    /// keys and flags
    #[cfg(feature = "redis")]
    #[arg(long, value_name = "URL", env = "COUNTERFOIL_REDIS", hide_env_values = true, requires = "redis_key")]
    pub(crate) redis: Option<counterfoil::RedisServers>,

    /// With --redis: the store key, 64 hexadecimal digits, the same for all servers; give it by its variable. Of several,
    /// apart by commas, the first is used for new logins and all to find old ones; docs/redis.md says how to rotate them
    #[cfg(feature = "redis")]
    #[arg(long, value_name = "KEY", env = "COUNTERFOIL_REDIS_KEY", hide_env_values = true, value_delimiter = ',')]
    pub(crate) redis_key: Vec<String>,
}

impl Flags {
    /// Refuses what would serve no client, or the wrong ones.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.public_url.is_none() && !self.listen.ip().to_canonical().is_loopback() {
            return Err(format!(
                "--listen {} can be reached from other machines, so the server must know the address that people reach \
                 it by: add --public-url, such as --public-url https://login.example.com, or listen on loopback, such \
                 as --listen 127.0.0.1:8102",
                self.listen
            ));
        }
        Ok(())
    }

    /// Whether only this machine can reach it, as far as the flags tell.
    pub(crate) fn is_private(&self) -> bool {
        self.public_url.is_none() && self.trusted_proxies.is_empty() && self.listen.ip().to_canonical().is_loopback()
    }
}

/// An id comes in a header, so it must be able to.
fn header_text(text: &str) -> Result<String, String> {
    if keys::fits_header(text) { Ok(text.to_owned()) } else { Err(keys::UNFIT.to_owned()) }
}
