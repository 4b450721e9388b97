//! What the endpoints attach to a session.

use crate::Secret;

/// The context type of a store that the endpoints work on: name it in [`SessionStore<Secret, Context>`](Store) and
/// leave the rest to them.
///
/// It carries the refresh token of the anonymous user whom a login began with, until it is claimed or the session is
/// over.
#[derive(Debug)]
pub struct Context {
    pub(super) anonymous: Secret,
}

/// The store that the endpoints work on: grants are refresh tokens.
pub type Store = crate::SessionStore<Secret, Context>;
