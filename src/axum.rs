//! The HTTP side of the store: routers for your own axum server. Feature `axum`.
//!
//! A server supplies a [`Store`], an [`Access`] (who may call, and for which tenant) and its [`Tokens`] (which refresh
//! tokens are valid); [`Routes`] makes a router of them. For keys and tokens that are known at start-up, use
//! [`StaticAccess`] and [`StaticTokens`].
//!
//! # Endpoints
//! Under `/api/v1` the *documented dialect*, under `/stack/api/v1` the *SDK dialect*. They differ only in the responses
//! to a poll. With `Prefer: wait=N` (RFC 7240), in all dialects, the response to a poll is held back until the login is
//! settled, for at most N seconds. With an `Idempotency-Key`, which the client draws at random, a poll that took the
//! token may be repeated under the same key for ten seconds, if its response was lost; any other poll is told that the
//! login is used.
//!
//! | `POST` | body | response |
//! | --- | --- | --- |
//! | `/auth/cli` | `expires_in_millis?`, `anon_refresh_token?`, and see below | `polling_code`, `login_code`, `expires_at` |
//! | `/auth/cli/poll` | `polling_code`, and see below | the state of the login, and the `refresh_token`, once |
//! | `/auth/cli/complete` | `login_code`, `mode?`, `refresh_token?` | by mode: `complete`, `check`, `claim-anon-session`, `deny` |
//! | the same, with the secret server key | `user_code` in place of `login_code`; `mode=inspect` | of `inspect`: who asks and for what, for a page of your own |
//!
//! `GET /api/v1/openapi.json` describes the documented dialect ([`OPENAPI`]).
//!
//! # What a login may begin with
//! In all dialects, as fields of the body:
//!
//! | begins with | polls with | effect |
//! | --- | --- | --- |
//! | `code_challenge`, `code_challenge_method=S256` | `code_verifier` | Without the verifier (RFC 7636) the polling code is unknown: stolen alone, it is worth nothing. |
//! | `client_name` | | The page shows it, as what the tool calls itself; 64 bytes of it are kept. |
//! | `hand_back`, an address `http://127.0.0.1:PORT/…` | `hand_back_proof` | If the response says `"hand_back": true`, the page leads the browser there after an approval, with `?proof=…`, and the login seems pending until a poll carries that ([`Routes::hand_back`]). |
//!
//! A login that is begun without the secret server key lives for at most [two hours](Routes::longest). It counts against its
//! source ([`Builder::max_sessions_per_source`](crate::Builder::max_sessions_per_source)); one too many is 429 with
//! `Retry-After`. The page is told the address, the `User-Agent` and, of an OAuth client, its name and scope.
//!
//! # OAuth
//! The *RFC 8628 dialect* is for clients of the OAuth 2.0 device authorization grant. Clients are public: a request
//! carries a `client_id` and no secret, in the body or as HTTP Basic credentials with an empty password. Parameters are
//! sent as a form, each once. Two requests for one device code within 250 ms count as one poll, since some clients try
//! both ways, one after the other.
//!
//! | | parameters | response |
//! | --- | --- | --- |
//! | `POST /oauth/device_authorization` | `client_id`, `scope?` | `device_code`, `user_code`, `verification_uri`, `verification_uri_complete`, `expires_in`, `interval` |
//! | `POST /oauth/token` | `grant_type`, `device_code`, `client_id` | `access_token`, `token_type`, `refresh_token`, `expires_in?`, `scope?`, once |
//! | the same | `grant_type=refresh_token`, `refresh_token`, `client_id`, `scope?` | the same, if [`Tokens::refreshes`] |
//! | `POST /oauth/revoke` | `token`, `client_id` | nothing (RFC 7009), if [`Tokens::revokes`] |
//! | `GET /.well-known/oauth-authorization-server` | | RFC 8414 metadata |
//!
//! Errors are `{"error","error_description"?}` with the codes of RFC 6749, section 5.2, and RFC 8628, section 3.5;
//! `authorization_pending` and `slow_down` name the earliest time for the next poll in `Retry-After`. A `scope` is
//! kept with the login for the page and for [`Tokens::issue`]; it has at most 256 characters, and names only what
//! [`Routes::scopes`] allows.
//! Several clients may belong to one tenant ([`Access::client`]); a device code is unknown to all but its own client, and
//! to the other dialects. Since any web page can begin a login, serve these endpoints over TLS, set a
//! [`public_url`](Routes::public_url), and have the page that takes the user code ask the user to compare it (RFC 8628,
//! section 5.4).
//!
//! # Pages
//! [`Pages`] makes a router of the browser's side: the [pages] on which a user approves or denies a login. They are
//! plain, accessible HTML, unless you supply your own templates.
//!
//! # Events
//! [`Routes::events`] and [`Pages::events`] are told what happens to logins, without their secrets: [`AuditLog`]
//! writes it to a file and, with the feature `tracing`, `TracingEvents` to the log. [`Tokens::revoke`] is asked to revoke the tokens of a login whose code
//! was used again after it was redeemed, of one that lost a race or was taken back, and, with [`revoke_uncollected`], of one
//! whose tool never came.
//!
//! # Administration
//! [`Routes::admin`] makes a router of its own, which is no part of [`Routes::router`]: the live logins of a tenant
//! (`GET /sessions`), without their codes, and their cancellation (`DELETE /sessions/{id}`).
//!
//! # Access
//! A request names its project in `x-stack-project-id` and sends a key in `x-stack-secret-server-key` or
//! `x-stack-publishable-client-key`. `x-stack-access-type` (`client`, `server` or `admin`) is optional and must fit the
//! key. Each of these headers may be sent as `x-hexclave-…` instead; a header may come twice only with the same value.
//!
//! A web page of another origin may not call these endpoints, unless the server [allows its origin](Routes::cors).
//!
//! # Errors
//! `{"code","error"}`: the code is for programs, the text for people. Codes that Stack SDKs know are also sent in the
//! header `x-stack-known-error`. The responses to a malformed code, an unknown one and another tenant's are the same,
//! byte for byte. A 401 carries a challenge in `WWW-Authenticate`. A request that does not name its host exactly once is
//! 400, a compressed body is 415. The only 5xx is 503, with `Retry-After`: if all sessions are taken, or if an
//! [`Access`], a [`Tokens`] or the store returns [`Unavailable`](crate::Unavailable).
//!
//! # Versions
//! axum 0.8 is part of this feature's public API: the routers are its `Router`, and a [`SignIn`](pages::SignIn) takes its
//! `request::Parts`. A release of this crate for another version of axum is a breaking one.
//!
//! # Cost
//! A request costs the store's verb, one look-up of its tenant, and the parsing of a small body. Only the fields that an
//! endpoint names are kept: reading the largest body takes less than 256 KiB, and a poll that waits keeps less than
//! 4 KiB. With [`serve`], a connection that holds a poll takes less than 8 KiB of the process, all included.

mod health;
#[cfg(feature = "metrics")]
pub mod metrics;
mod oauth;
mod observe;
pub mod pages;
mod routes;
mod serve;
mod server;
mod stack;
mod wire;

pub use health::health;
pub use observe::{Observe, Observed, RequestId};
pub use pages::Pages;
pub use routes::Routes;
pub use serve::{Drained, Serve, serve, shutdown_signal};
#[cfg(feature = "tracing")]
#[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
pub use server::TracingEvents;
pub use server::{
    Access, AccessError, AccessType, Asked, AuditLog, Client, Context, Credentials, Event, EventKind, Events, Holder,
    Issued, Network, ParseNetworkError, ParseOriginError, ParseUrlError, PublicUrl, Refresh, RefreshError, Revocation,
    Sessions, StaticAccess, StaticTokens, Store, Tokens, WebOrigin, Why, revoke_uncollected, source_of,
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
        shared::<(Client, Holder, Issued, StaticAccess, StaticTokens)>();
        shared::<(Refresh<'_>, RefreshError, Revocation, Why)>();
        shared::<(Asked, AuditLog, Event<'_>, EventKind)>();
        shared::<(ParseNetworkError, ParseOriginError, ParseUrlError, Network, PublicUrl, WebOrigin)>();
        shared::<(Outcome, Observe, RequestId, Drained)>();
        shared::<(pages::Page, pages::Confirm, pages::FormCode, pages::Visitor, pages::Refusal)>();
        shared::<(pages::CodeProblem, pages::TokenProblem, pages::PlainHtml, pages::TypedToken)>();
    }
}
