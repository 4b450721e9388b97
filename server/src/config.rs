//! `Config`: every setting of the server, in sections.
//!
//! It is read from a TOML file and from environment variables, which count before the file; see `counterfoil.toml` for what
//! each setting means. Times are texts with units (`"75s"`, `"10m"`, `"1h 30m"`). No `Debug` and no error shows a secret.

mod environment;
mod error;
mod given;
mod load;
mod outline;
mod rules;
mod settings;
mod text;
mod time;

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use counterfoil::axum::{Network, PublicUrl, WebOrigin};
use serde::Deserialize;

pub use error::{ConfigError, Place};
pub use given::Given;
pub use settings::{Kind, SETTINGS, Setting};
pub use time::Time;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub listen: Listen,
    /// How it is reached, and what one client may take.
    pub http: Http,
    /// How logins are polled, and how long they live.
    pub login: Login,
    /// The RFC 8628 dialect.
    pub oauth: OAuth,
    /// Where logins are kept, and how many.
    pub store: Store,
    /// Who may call: `[[project]]`.
    pub project: Vec<Project>,
    /// OAuth clients of those projects: `[[client]]`.
    pub client: Vec<Client>,
    /// The listing of logins for administrators.
    pub admin: Admin,
    /// The measurements.
    pub metrics: Metrics,
    /// The audit log.
    pub audit: Audit,
    /// The log.
    pub log: Log,
}

impl Config {
    /// A configuration file with all settings, what they mean and their defaults.
    pub const SAMPLE: &str = include_str!("../counterfoil.toml");
}

/// `[listen]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// An IP address and a port. Port 0 picks a free one.
    #[serde(deserialize_with = "text::one")]
    pub address: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 8102)) }
    }
}

/// `[http]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// The address that tools reach the server by.
    #[serde(deserialize_with = "text::some")]
    pub public_url: Option<PublicUrl>,
    /// Proxies in front, and servers of your site that forward their visitors' addresses.
    #[serde(deserialize_with = "text::many")]
    pub trusted_proxies: Vec<Network>,
    /// Origins whose pages may call the Stack dialects.
    #[serde(deserialize_with = "text::many")]
    pub cors_origins: Vec<WebOrigin>,
    /// The most connections. `None`: by the process's limit on open files.
    pub max_connections: Option<NonZeroUsize>,
    /// The most connections of one source.
    pub max_connections_per_source: NonZeroU32,
    /// How long the head of a request may take.
    pub header_timeout: Time,
    /// How long a client may pause in a body.
    pub body_timeout: Time,
    /// How long a request may take, a wait included.
    pub request_timeout: Time,
    /// How long a connection may be idle.
    pub idle_timeout: Time,
    /// The age at which a connection is closed.
    pub max_connection_age: Time,
    /// How long the end may take.
    pub drain_timeout: Time,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            public_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            max_connections: None,
            max_connections_per_source: NonZeroU32::MIN.saturating_add(63),
            header_timeout: Time::seconds(10),
            body_timeout: Time::seconds(10),
            request_timeout: Time::seconds(45),
            idle_timeout: Time::seconds(75),
            max_connection_age: Time::seconds(10 * 60),
            drain_timeout: Time::seconds(1),
        }
    }
}

/// `[login]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// The longest time that a poll may wait.
    pub max_wait: Time,
    /// The longest lifetime of a login that begins without the secret server key.
    pub longest: Time,
}

impl Default for Login {
    fn default() -> Self {
        Self { max_wait: Time::seconds(30), longest: Time::seconds(2 * 60 * 60) }
    }
}

/// `[oauth]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OAuth {
    /// The page of your site where a person enters the user code. `None`: the dialect is off.
    #[serde(deserialize_with = "text::some")]
    pub verification_uri: Option<PublicUrl>,
    /// How long a login lives.
    pub expires_in: Time,
    /// The scopes that clients may ask for. Empty: any.
    pub scopes: Vec<String>,
}

impl Default for OAuth {
    fn default() -> Self {
        Self { verification_uri: None, expires_in: Time::seconds(10 * 60), scopes: Vec::new() }
    }
}

/// `[store]`: what holds of both stores, and one of them. None: in memory.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The most logins that are live at once.
    pub max_sessions: NonZeroUsize,
    /// The most of one project. `None`: as many as of all.
    pub max_sessions_per_project: Option<NonZeroU32>,
    /// The most of one source, without the secret server key.
    pub max_sessions_per_source: NonZeroU32,
    /// How long a login that has ended is remembered.
    pub retention: Time,
    /// The least time between two polls of an OAuth client. Zero sets no pace.
    pub poll_interval: Time,
    /// Wrong user codes of one source within a minute.
    pub user_code_attempts: NonZeroU32,
    /// In this process.
    pub memory: Option<Memory>,
    /// In Redis or Valkey.
    pub redis: Option<Redis>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            max_sessions: NonZeroUsize::MIN.saturating_add(999_999),
            max_sessions_per_project: None,
            max_sessions_per_source: NonZeroU32::MIN.saturating_add(99),
            retention: Time::seconds(10 * 60),
            poll_interval: Time::seconds(5),
            user_code_attempts: NonZeroU32::MIN.saturating_add(9),
            memory: None,
            redis: None,
        }
    }
}

/// `[store.memory]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// Asks for huge pages for the table (Linux).
    pub huge_pages: bool,
}

/// `[store.redis]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// Where it is. It may hold a password.
    pub url: Option<Given>,
    /// The store keys, new ones first.
    pub keys: Vec<Given>,
    /// What all keys in Redis begin with.
    pub prefix: String,
    /// How long an operation may take before a request is answered 503.
    pub timeout: Time,
}

impl Default for Redis {
    fn default() -> Self {
        Self { url: None, keys: Vec::new(), prefix: "cf".to_owned(), timeout: Time::seconds(2) }
    }
}

/// `[[project]]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// Its id, which is also an OAuth `client_id`.
    pub id: String,
    /// For your site's server.
    pub secret_server_key: Option<Given>,
    /// For tools. It is no secret, but none is shown.
    pub publishable_client_key: Option<Given>,
}

/// `[[client]]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// The id of the project that it acts for.
    pub project: String,
    /// What people call it.
    pub name: String,
}

/// `[admin]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Whether `/admin/sessions` is there.
    pub enabled: bool,
}

/// `[metrics]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Where `/metrics` is served. `None`: nowhere.
    #[serde(deserialize_with = "text::some")]
    pub address: Option<SocketAddr>,
}

/// `[audit]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// The file that is appended to; `-` is standard output. `None`: there is no audit log.
    pub file: Option<PathBuf>,
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level, or levels by module.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned() }
    }
}
