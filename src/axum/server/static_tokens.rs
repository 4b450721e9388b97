//! `StaticTokens`: refresh tokens that are known when the server starts.

use std::fmt;

use parking_lot::RwLock;
use rand::Rng;
use subtle::Choice;

use super::asked::Asked;
use super::digest::Digest;
use super::issued::Issued;
use super::refresh::{Refresh, RefreshError};
use super::revocation::{Revocation, Why};
use super::tokens::{Holder, Tokens};
use crate::Secret;
use crate::Unavailable;
use crate::code::base32;

/// Fixed refresh tokens, the same for all tenants; for tests, demonstrations and servers with one user.
///
/// Tokens are kept as digests, and compared in constant time. Access tokens are 160 random bits that no other part of
/// the server knows; the refresh token that is issued is the one that was passed in. It can be used again for new access
/// tokens of any scope, as often as the client likes.
///
/// ```
/// use counterfoil::axum::StaticTokens;
///
/// let tokens = StaticTokens::new().signed_in("rt-of-a-user").anonymous("rt-of-a-visitor");
/// ```
#[derive(Default)]
#[must_use]
pub struct StaticTokens {
    signed_in: Vec<Digest>,
    anonymous: Vec<Digest>,
    /// Those of the above that were given back, if they can be.
    revoked: Option<RwLock<Vec<Digest>>>,
}

impl StaticTokens {
    /// Returns a set without tokens: no token is valid.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the token of a user who has signed in.
    pub fn signed_in(mut self, refresh_token: &str) -> Self {
        self.signed_in.push(Digest::of(refresh_token));
        self
    }

    /// Adds the token of an anonymous user.
    pub fn anonymous(mut self, refresh_token: &str) -> Self {
        self.anonymous.push(Digest::of(refresh_token));
        self
    }

    /// Lets clients revoke tokens (RFC 7009): a client that logs out makes that token invalid for all clients, until the server
    /// starts again. By default there is no revocation.
    ///
    /// ```
    /// let tokens = counterfoil::axum::StaticTokens::new().signed_in("rt-of-a-user").revocable();
    /// ```
    pub fn revocable(mut self) -> Self {
        self.revoked = Some(RwLock::default());
        self
    }

    fn is_revoked(&self, sent: Digest) -> Choice {
        self.revoked.as_ref().map_or(Choice::from(0), |revoked| sent.among(&revoked.read()))
    }
}

impl Tokens for StaticTokens {
    async fn holder(&self, _tenant: &str, refresh_token: &Secret) -> Result<Option<Holder>, Unavailable> {
        let sent = Digest::of(refresh_token.expose());
        let good = !self.is_revoked(sent);
        let (signed_in, anonymous) = (sent.among(&self.signed_in) & good, sent.among(&self.anonymous) & good);
        Ok(match (signed_in.into(), anonymous.into()) {
            // A token in both lists approves nothing: the weaker reading is the safe one.
            (_, true) => Some(Holder::Anonymous),
            (true, false) => Some(Holder::SignedIn),
            (false, false) => None,
        })
    }

    async fn issue(&self, tenant: &str, refresh_token: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        let holder = self.holder(tenant, &refresh_token).await?;
        Ok(holder.map(|_| Issued::new(random_token(), refresh_token)))
    }

    fn refreshes(&self) -> bool {
        true
    }

    async fn refresh(&self, refresh: &Refresh<'_>, refresh_token: Secret) -> Result<Issued, RefreshError> {
        let holder = self.holder(refresh.tenant, &refresh_token).await?;
        holder.map(|_| Issued::new(random_token(), refresh_token)).ok_or(RefreshError::Invalid)
    }

    fn revokes(&self) -> bool {
        self.revoked.is_some()
    }

    /// It does not: see below.
    fn revokes_logins(&self) -> bool {
        false
    }

    /// Only what a client has given back: a fixed token is not made for one login, so that one that went wrong leaves it
    /// as it is.
    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        let (Some(revoked), Why::Requested, Some(token)) = (&self.revoked, revocation.why, revocation.token) else {
            return Ok(());
        };
        let sent = Digest::of(token.expose());
        let known = sent.among(&self.signed_in) | sent.among(&self.anonymous);
        let mut revoked = revoked.write();
        // No more than the tokens that there are, however often they are given back.
        if bool::from(known & !sent.among(&revoked)) {
            revoked.push(sent);
        }
        Ok(())
    }
}

/// Returns 160 random bits as 32 characters of base32.
fn random_token() -> Secret {
    let mut rng = rand::rng();
    let words = [(); 4].map(|()| base32::encode(rng.next_u64() & 0xff_ffff_ffff));
    Secret::new(words.as_flattened().iter().map(|byte| char::from(*byte)).collect::<String>())
}

impl fmt::Debug for StaticTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticTokens")
            .field("signed_in", &self.signed_in.len())
            .field("anonymous", &self.anonymous.len())
            .field("revocable", &self.revoked.is_some())
            .finish()
    }
}
