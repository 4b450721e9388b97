//! `Api`: what the handlers of the two Stack dialects share.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;

use super::credentials;
use super::dialect::Dialect;
use crate::axum::server::{Access, Host, Parts, Sessions, Settings, Tokens};
use crate::axum::wire::{BadHost, Failure, Fields, body};
use crate::source::Source;

/// The state of the routes of one dialect. axum copies it several times for each request, which is one count here.
pub(super) struct Api<B, A, K>(Arc<Inner<B, A, K>>);

struct Inner<B, A, K> {
    parts: Arc<Parts<B, A, K>>,
    /// The same store, of clients that know nothing of a pace: neither dialect has a status for "slow down".
    store: B,
    settings: Arc<Settings>,
    dialect: Dialect,
}

/// Who calls.
pub(super) struct Caller<B> {
    /// Scoped to the caller's tenant.
    pub(super) store: B,
    /// Whether the caller is the project's own server, which stands for many people.
    pub(super) has_secret_key: bool,
    pub(super) source: Source,
}

impl<B, A, K> Clone for Api<B, A, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<B: Sessions, A: Access, K: Tokens> Api<B, A, K> {
    pub(super) fn new(parts: Arc<Parts<B, A, K>>, settings: Arc<Settings>, dialect: Dialect) -> Self {
        let store = parts.store.unpaced();
        Self(Arc::new(Inner { parts, store, settings, dialect }))
    }

    /// Returns the store of a tenant.
    pub(super) fn store(&self, tenant: &str) -> B {
        self.0.store.for_tenant(tenant)
    }

    pub(super) fn access(&self) -> &A {
        &self.parts().access
    }

    /// Admits a request: returns its [`Caller`], and the result of `read` for the `wanted` fields and the headers.
    /// Nothing else of the request is kept.
    ///
    /// Who may call is decided by the headers, before the body is read; the response to a request that is not admitted
    /// says nothing about its body.
    pub(super) async fn admit<T>(
        &self,
        request: Request,
        wanted: &'static [&'static str],
        read: impl FnOnce(&mut Fields<'_>, &HeaderMap) -> Result<T, Failure>,
    ) -> Result<(Caller<B>, T), Failure> {
        let (host, source, headers, body) = {
            let (head, body) = request.into_parts();
            let source = self.settings().source(&head);
            (Host::of(&head).map(drop), source, head.headers, body)
        };
        let caller = match self.caller(host, source, &headers).await {
            Ok(caller) => caller,
            Err(failure) => {
                body::discard(body);
                return Err(failure);
            }
        };
        let body = body::read(body).await?;
        Ok((caller, read(&mut Fields::parse(&body, wanted)?, &headers)?))
    }

    /// Returns who calls, if the headers name and prove it, and announce a body that can be read.
    async fn caller(
        &self,
        host: Result<(), BadHost>,
        source: Source,
        headers: &HeaderMap,
    ) -> Result<Caller<B>, Failure> {
        host?;
        let credentials = credentials::read(headers)?;
        let tenant = self.access().admit(&credentials).await;
        let tenant = tenant.map_err(|error| Failure::access(error, credentials.access_type))?;
        body::expect_json(headers)?;
        let has_secret_key = credentials.secret_server_key.is_some();
        Ok(Caller { store: self.store(&tenant), has_secret_key, source })
    }

    pub(super) fn tokens(&self) -> &K {
        &self.parts().tokens
    }

    pub(super) fn parts(&self) -> &Arc<Parts<B, A, K>> {
        &self.0.parts
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.0.dialect
    }
}
