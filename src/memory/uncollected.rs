//! `Uncollected`: grants that expired before they were collected.

use std::fmt;
use std::sync::Arc;

use super::contain::contain;
use super::slot::Left;
use super::tenant::Tenant;
use crate::session::SessionId;

/// A grant that was left by an approval and never collected: its session's time ran out. See
/// [`Builder::on_uncollected`](crate::Builder::on_uncollected).
#[non_exhaustive]
pub struct Uncollected<T> {
    /// The tenant of the session.
    pub tenant: String,
    /// The name of the session, for a log.
    pub id: SessionId,
    /// The grant: revoke it where it was issued.
    pub grant: T,
}

/// The grant is not shown, whatever its type.
impl<T> fmt::Debug for Uncollected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uncollected").field("tenant", &self.tenant).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The callback for them.
pub(crate) struct Listener<T>(Arc<dyn Fn(Uncollected<T>) + Send + Sync>);

impl<T> Listener<T> {
    pub(crate) fn new(tell: impl Fn(Uncollected<T>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

/// What a session that has expired leaves, and whose it was if somebody is to be told of its grant.
pub(crate) struct Passed<T, C> {
    pub(crate) left: Left<T, C>,
    pub(crate) whose: Option<(Arc<Tenant>, SessionId)>,
}

impl<T, C> From<Left<T, C>> for Passed<T, C> {
    fn from(left: Left<T, C>) -> Self {
        Self { left, whose: None }
    }
}

impl<T, C> Passed<T, C> {
    /// Tells the listener, whose code runs here, and drops the rest. No lock is held.
    pub(crate) fn part(mut self, listener: Option<&Listener<T>>) {
        if let (Some((tenant, id)), Some(listener)) = (self.whose.take(), listener)
            && let Some(grant) = self.left.grant.take()
        {
            let uncollected = Uncollected { tenant: tenant.name.as_ref().to_owned(), id, grant };
            contain(|| (listener.0)(uncollected));
        }
    }
}
