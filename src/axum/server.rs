//! What a server supplies: who may call, which tokens are good, and how it is reached.

mod access;
mod context;
mod digest;
mod host;
mod network;
mod origin;
mod parts;
mod public_url;
mod source;
mod static_access;
mod static_tokens;
mod tokens;

pub use access::{Access, AccessError, AccessType, Credentials};
pub use context::{Context, Sessions, Store};
pub use network::{Network, ParseNetworkError};
pub use origin::{ParseOriginError, WebOrigin};
pub use public_url::{ParseUrlError, PublicUrl};
pub(crate) use source::scheme;
pub use source::source_of;
pub use static_access::StaticAccess;
pub use static_tokens::StaticTokens;
pub use tokens::{Holder, Issued, Tokens};

pub(crate) use host::Host;
pub(crate) use parts::Parts;
