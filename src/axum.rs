//! The HTTP side of the store, as a router for somebody's axum server. Feature `axum`.
//!
//! A server brings a [`Store`], an [`Access`] (who may call, for which tenant) and its [`Tokens`] (which refresh tokens
//! are good); [`Routes`] makes a router of them. For keys and tokens that are known beforehand there are
//! [`StaticAccess`] and [`StaticTokens`].
//!
//! # Endpoints
//! Under `/api/v1` the *documented dialect*, under `/stack/api/v1` the *SDK dialect*; they differ in the answers to a
//! poll. With `Prefer: wait=N` (RFC 7240) a poll, of the RFC 8628 dialect too, is answered when there is something to
//! say. With an `Idempotency-Key`, which the client draws at random, a poll that took the token may be repeated under the
//! same key for ten seconds, if its answer was lost; any other poll is told that the login is used.
//!
//! | `POST` | body | answer |
//! | --- | --- | --- |
//! | `/auth/cli` | `expires_in_millis?`, `anon_refresh_token?` | `polling_code`, `login_code`, `expires_at` |
//! | `/auth/cli/poll` | `polling_code` | how the login stands, and the `refresh_token`, once |
//! | `/auth/cli/complete` | `login_code`, `mode?`, `refresh_token?` | by mode: `complete`, `check`, `claim-anon-session`, `deny` |
//!
//! `GET /api/v1/openapi.json` describes the documented dialect ([`OPENAPI`]).
//!
//! # OAuth
//! The *RFC 8628 dialect* is for clients of the OAuth 2.0 device authorization grant. A public client's `client_id` is
//! all that it takes, in the body or as HTTP Basic credentials with an empty password; parameters come as a form, each
//! once. Two requests for one device code within 250 ms are one poll: some clients try both ways, one after the other.
//!
//! | | parameters | answer |
//! | --- | --- | --- |
//! | `POST /oauth/device_authorization` | `client_id`, `scope?` | `device_code`, `user_code`, `verification_uri`, `verification_uri_complete`, `expires_in`, `interval` |
//! | `POST /oauth/token` | `grant_type`, `device_code`, `client_id` | `access_token`, `token_type`, `refresh_token`, `expires_in?`, `scope?`, once |
//! | `GET /.well-known/oauth-authorization-server` | | RFC 8414 metadata |
//!
//! Refusals are `{"error","error_description"?}` with the codes of RFC 6749, section 5.2, and RFC 8628, section 3.5;
//! `authorization_pending` and `slow_down` say in `Retry-After` when the next poll is welcome. A `scope` is attached to
//! the login as its [`Context`]. Since any page can begin a login, serve this over TLS, set a
//! [`public_url`](Routes::public_url), and have the page that takes the user code ask its reader to compare it (RFC
//! 8628, section 5.4).
//!
//! # Pages
//! [`Pages`] makes a router of the browser's side: the pages on which a person approves or denies a login, plain and
//! accessible as they are, or rendered by templates of one's own.
//!
//! # Access
//! A request names its project in `x-stack-project-id` and shows a key in `x-stack-secret-server-key` or
//! `x-stack-publishable-client-key`; `x-stack-access-type` (`client`, `server` or `admin`), where given, must fit the
//! key. Each of these headers may come as `x-hexclave-…` instead; one that comes twice says the same each time.
//!
//! A page of another origin may not call these endpoints, unless the server [lets it in](Routes::cors).
//!
//! # Refusals
//! `{"code","error"}`, the code for programs and the text for people. Codes that Stack SDKs know are told in the header
//! `x-stack-known-error` too. A malformed code, an unknown one and another tenant's are answered alike, to the byte.
//! A 401 carries a challenge in `WWW-Authenticate`. A request that does not name its host once is 400, a body that is
//! compressed 415. Nothing is answered 5xx but 503, with `Retry-After`: when all sessions are taken, or when an [`Access`] or
//! [`Tokens`] says [`Unavailable`](crate::Unavailable).
//!
//! # Versions
//! axum 0.8 is part of this feature's public API: the routers are its `Router`, and a [`SignIn`](pages::SignIn) takes its
//! `request::Parts`. A release of this crate for another version of axum is a breaking one.
//!
//! # Cost
//! A request takes what the verb of the store takes, one look-up of its tenant, and the parsing of a small body. Of
//! what it sends, only the fields that its endpoint names are kept: reading the largest body takes less than 256 KiB,
//! and a poll that waits keeps less than 4 KiB, beside what the server's connection has.

mod oauth;
pub mod pages;
mod routes;
mod server;
mod stack;
mod wire;

pub use pages::Pages;
pub use routes::Routes;
pub use server::{
    Access, AccessError, AccessType, Context, Credentials, Holder, Issued, Network, ParseNetworkError,
    ParseOriginError, ParseUrlError, PublicUrl, Sessions, Source, StaticAccess, StaticTokens, Store, Tokens, WebOrigin,
};
pub use stack::OPENAPI;
pub use wire::{Outcome, not_found, require_host};

#[cfg(test)]
mod tests {
    use super::*;

    fn shared<T: Send + Sync>() {}

    #[test]
    fn every_type_may_be_shared() {
        shared::<Routes<Store, StaticAccess, StaticTokens>>();
        shared::<Pages<Store, StaticTokens>>();
        shared::<(AccessError, AccessType, Credentials<'_>, Context, Store)>();
        shared::<(Holder, Issued, StaticAccess, StaticTokens)>();
        shared::<(ParseNetworkError, ParseOriginError, ParseUrlError, Network, PublicUrl, Source, WebOrigin)>();
        shared::<Outcome>();
        shared::<(pages::Page, pages::Confirm, pages::FormCode, pages::Visitor, pages::Refusal)>();
        shared::<(pages::CodeProblem, pages::TokenProblem, pages::PlainHtml, pages::TypedToken)>();
    }
}
