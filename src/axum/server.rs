//! What a server supplies: who may call, which tokens are good, and how it is reached.

mod access;
mod after_poll;
mod asked;
mod audit_log;
mod beside;
mod client;
mod context;
mod digest;
mod events;
mod host;
mod issued;
mod network;
mod origin;
mod parts;
mod public_url;
mod refresh;
mod revocation;
mod revoke_uncollected;
mod settings;
mod source;
mod static_access;
mod static_tokens;
mod tokens;
#[cfg(feature = "tracing")]
mod tracing_events;

pub use access::{Access, AccessError, AccessType, Credentials};
pub use asked::Asked;
pub use audit_log::AuditLog;
pub use client::Client;
pub use context::{Context, Sessions, Store};
pub use events::{Event, EventKind, Events};
pub use issued::Issued;
pub use network::{Network, ParseNetworkError};
pub use origin::{ParseOriginError, WebOrigin};
pub use public_url::{ParseUrlError, PublicUrl};
pub use refresh::{Refresh, RefreshError};
pub use revocation::{Revocation, Why};
pub use revoke_uncollected::revoke_uncollected;
pub use source::source_of;
pub(crate) use source::{FindSource, scheme};
pub use static_access::StaticAccess;
pub use static_tokens::StaticTokens;
pub use tokens::{Holder, Tokens};
#[cfg(feature = "tracing")]
pub use tracing_events::TracingEvents;

pub(crate) use after_poll::{Asker, after_poll, redeemed};
pub(crate) use events::EventSink;
pub(crate) use host::Host;
pub(crate) use origin::Scheme;
pub(crate) use parts::Parts;
pub(crate) use settings::Settings;
