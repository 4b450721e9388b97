//! `CookieSignIn`: tells the pages who is signed in, by the session of tower-sessions.

use std::time::Duration;

use axum::http::request::Parts;
use counterfoil::axum::Asked;
use counterfoil::axum::pages::{SignIn, Visitor};
use counterfoil::{Secret, Unavailable};
use tower_sessions::Session;

use crate::sign_in_page::{USER, link_back};
use crate::users::{Granted, Users};

pub struct CookieSignIn {
    users: Users,
}

impl CookieSignIn {
    pub fn new(users: Users) -> Self {
        Self { users }
    }

    /// The layer has put the session into the request.
    async fn user(request: &Parts) -> Result<Option<String>, Unavailable> {
        match request.extensions.get::<Session>() {
            Some(session) => session.get(USER).await.map_err(|_| soon()),
            None => Ok(None),
        }
    }
}

impl SignIn for CookieSignIn {
    async fn visitor(&self, request: &Parts, _tenant: &str) -> Result<Visitor, Unavailable> {
        Ok(match Self::user(request).await? {
            Some(name) => Visitor::signed_in(name),
            None => Visitor::SignedOut { sign_in: link_back(&request.uri) },
        })
    }

    async fn refresh_token(
        &self,
        request: &Parts,
        _tenant: &str,
        asked: &Asked,
    ) -> Result<Option<Secret>, Unavailable> {
        let Some(user) = Self::user(request).await? else { return Ok(None) };
        // Good for what was asked, which the page has shown, and for no more. `Routes::scopes` has let nothing else in.
        let scope = asked.scope.as_deref().unwrap_or("read").to_owned();
        let granted = Granted { user, scope, session: asked.session };
        self.users.new_token(&granted).map(Some).map_err(|_| soon())
    }
}

/// The database is out of reach; the login stays as it is.
pub fn soon() -> Unavailable {
    Unavailable::new(Duration::from_secs(1))
}
