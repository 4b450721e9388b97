//! `Api`: what the handlers of the two Stack dialects share.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;

use super::credentials;
use super::dialect::Dialect;
use crate::axum::server::{Access, Host, Parts, Sessions, Settings, Tokens};
use crate::axum::wire::{BadHost, Failure, Fields, body};
use crate::source::Source;

/// The state of the routes of one dialect.
pub(super) struct Api<B, A, K> {
    pub(super) parts: Arc<Parts<B, A, K>>,
    pub(super) settings: Arc<Settings>,
    pub(super) dialect: Dialect,
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
        Self { parts: self.parts.clone(), settings: self.settings.clone(), dialect: self.dialect }
    }
}

impl<B: Sessions, A: Access, K: Tokens> Api<B, A, K> {
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
            let source = self.settings.source(&head);
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
        let tenant = self.parts.access.admit(&credentials).await;
        let tenant = tenant.map_err(|error| Failure::access(error, credentials.access_type))?;
        body::expect_json(headers)?;
        let has_secret_key = credentials.secret_server_key.is_some();
        Ok(Caller { store: self.parts.store.for_tenant(&tenant), has_secret_key, source })
    }

    pub(super) fn tokens(&self) -> &K {
        &self.parts.tokens
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }
}
