//! `DatabaseTokens`: which refresh tokens are good, and the access tokens for them.

use counterfoil::axum::{Asked, Holder, Issued, Refresh, RefreshError, Revocation, Tokens};
use counterfoil::{Secret, Unavailable};

use crate::access_token::{LIFETIME, Signer};
use crate::sign_in::soon;
use crate::users::{Granted, Users};

#[derive(Clone)]
pub struct DatabaseTokens {
    users: Users,
    signer: Signer,
}

impl DatabaseTokens {
    pub fn new(users: Users, signer: Signer) -> Self {
        Self { users, signer }
    }

    fn granted(&self, token: &Secret) -> Result<Option<Granted>, Unavailable> {
        self.users.granted(token).map_err(|_| soon())
    }

    fn issued(&self, granted: &Granted, refresh_token: Secret) -> Result<Issued, Unavailable> {
        let access_token = self.signer.sign(granted).map_err(|_| soon())?;
        Ok(Issued::new(access_token, refresh_token).expires_in(LIFETIME).scope(&granted.scope))
    }
}

impl Tokens for DatabaseTokens {
    async fn holder(&self, _tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok(self.granted(refresh_token)?.map(|_| Holder::SignedIn))
    }

    async fn issue(&self, _: &str, refresh_token: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        let Some(granted) = self.granted(&refresh_token)? else { return Ok(None) };
        self.issued(&granted, refresh_token).map(Some)
    }

    fn refreshes(&self) -> bool {
        true
    }

    /// A new refresh token with each answer; the old one is good no longer.
    async fn refresh(&self, refresh: &Refresh<'_>, refresh_token: Secret) -> Result<Issued, RefreshError> {
        let Some(mut granted) = self.granted(&refresh_token)? else { return Err(RefreshError::Invalid) };
        if let Some(asked) = refresh.scope {
            if asked.split(' ').any(|asked| !granted.scope.split(' ').any(|had| had == asked)) {
                return Err(RefreshError::Scope);
            }
            granted.scope = asked.to_owned();
        }
        // Of two that come with one token, one finds it gone.
        if !self.users.revoke(&refresh_token).map_err(|_| soon())? {
            return Err(RefreshError::Invalid);
        }
        let renewed = self.users.new_token(&granted).map_err(|_| soon())?;
        Ok(self.issued(&granted, renewed)?)
    }

    fn revokes(&self) -> bool {
        true
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        match (&revocation.token, revocation.session) {
            // This one alone: the login's own may be another one, of an approval that came first.
            (Some(token), _) => self.users.revoke(token).map(drop),
            // "This was not me", or a code in two hands: whatever the tool has by now.
            (None, Some(session)) => self.users.revoke_login(session),
            (None, None) => Ok(()),
        }
        .map_err(|_| soon())
    }
}
