//! The endpoints, by the configuration.

use std::sync::Arc;

use axum::Router;
use counterfoil::axum::{AuditLog, Routes, Sessions, StaticAccess, health, not_found};

use crate::config::{Config, Given};
use crate::vouched::Vouched;

/// All that the world may ask.
pub(crate) fn app<S: Sessions>(store: &S, config: &Config, audit: Option<Arc<AuditLog>>) -> Router {
    let Config { http, login, oauth, .. } = config;
    let mut routes = Routes::new(store.clone(), access(config), Vouched)
        .only_servers_complete(true)
        .max_wait(login.max_wait.get())
        .longest(login.longest.get())
        .expires_in(oauth.expires_in.get())
        .trusted_proxies(http.trusted_proxies.iter().copied())
        .cors(http.cors_origins.iter().cloned());
    if let Some(url) = &http.public_url {
        routes = routes.public_url(url.clone());
    }
    if !oauth.scopes.is_empty() {
        routes = routes.scopes(oauth.scopes.iter().map(String::as_str));
    }
    if let Some(audit) = audit {
        routes = routes.events(audit);
    }
    let mut app = match &oauth.verification_uri {
        Some(page) => {
            routes = routes.verification_uri(page.clone());
            routes.router()
        }
        None => Router::new().nest("/api/v1", routes.documented()).nest("/stack/api/v1", routes.sdk()),
    };
    if config.admin.enabled {
        app = app.nest("/admin", routes.admin());
    }
    app.merge(health(store.clone())).fallback(not_found)
}

fn access(config: &Config) -> StaticAccess {
    let key = |key: &Option<Given>| key.as_ref().and_then(Given::text).unwrap_or_default().to_owned();
    let access = config.project.iter().fold(StaticAccess::new(), |access, project| {
        access.project(&project.id, &key(&project.secret_server_key), &key(&project.publishable_client_key))
    });
    config.client.iter().fold(access, |access, client| access.oauth_client(&client.id, &client.project, &client.name))
}
