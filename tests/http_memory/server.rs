//! A server whose own database may take its time.

use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use counterfoil::Unavailable;
use counterfoil::axum::{Access, AccessError, Client, Credentials, Holder, Issued, Pages, Routes, Store, Tokens};
use counterfoil::{Initiated, LoginOptions, Secret, SessionStore};
use tower::ServiceExt;

use crate::Asked;

/// Requests that have come so far.
static ADMITTED: AtomicUsize = AtomicUsize::new(0);

/// What does not come back from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Down {
    Nothing,
    Access,
    Tokens,
}

impl Access for Down {
    async fn admit(&self, _: &Credentials<'_>) -> Result<String, AccessError> {
        ADMITTED.fetch_add(1, Ordering::Relaxed);
        if *self == Self::Access { pending().await } else { Ok("internal".to_owned()) }
    }

    async fn client(&self, _: &str) -> Result<Client, AccessError> {
        if *self == Self::Access { pending().await } else { Ok(Client::new("internal")) }
    }
}

impl Tokens for Down {
    async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
        if *self == Self::Tokens { pending().await } else { Ok(None) }
    }

    async fn issue(&self, _: &str, _: Secret, _: &counterfoil::axum::Asked) -> Result<Option<Issued>, Unavailable> {
        if *self == Self::Tokens { pending().await } else { Ok(None) }
    }
}

pub(crate) struct Server {
    store: Store,
    router: Router,
}

impl Server {
    pub(crate) fn new(down: Down) -> Self {
        let store: Store = SessionStore::builder().max_sessions(10_000).build().unwrap();
        let pages = Pages::new(store.clone(), Arc::new(down)).router();
        let router = Routes::new(store.clone(), down, down).router().merge(pages);
        Self { store, router }
    }

    pub(crate) fn begin(&self) -> Initiated {
        self.store.for_tenant("internal").initiate_with(LoginOptions::new().user_code()).unwrap()
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// How many requests of the Stack dialects have come so far, to all servers.
    pub(crate) fn admitted() -> usize {
        ADMITTED.load(Ordering::Relaxed)
    }

    /// A request on its way, with these headers beside its own.
    pub(crate) fn send(
        &self,
        asked: &Asked,
        headers: &[(&str, String)],
        body: String,
    ) -> impl Future<Output = Response> + use<> {
        let content_type = if asked.form { "application/x-www-form-urlencoded" } else { "application/json" };
        let mut request = Request::post(asked.path)
            .header("host", "login.example")
            .header("content-type", content_type)
            .header("x-stack-project-id", "internal");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if headers.is_empty() {
            request = request.header("x-stack-secret-server-key", "k");
        } else {
            request = request.extension("z".repeat(20_000));
        }
        let router = self.router.clone();
        let request = request.body(Body::from(body)).unwrap();
        async move { router.oneshot(request).await.unwrap() }
    }
}
