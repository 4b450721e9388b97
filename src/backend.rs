//! The contract of an engine: the verbs, as they are called from asynchronous code, with what each must do at once.

use std::future::Future;
use std::time::Duration;

use crate::binding::Binding;
use crate::code::user::UserCode;
use crate::code::{Code, LoginCode, PollingCode, Proof};
use crate::error::{BackendError, ClaimError, CompleteError, InitiateError, ResolveError, SettleError, Unavailable};
use crate::poll_options::PollOptions;
use crate::session::{Initiated, Inspected, Listed, LoginOptions, Polled, SessionId, Stats, Withdrawn};
use crate::source::Source;

/// An engine that keeps login sessions: the memory engine ([`SessionStore`](crate::SessionStore)), or one over a database
/// that several processes share.
///
/// A value is a handle, scoped to a tenant: cloning it is cheap, all clones are one store. A code of another tenant is
/// answered exactly as an unknown one.
///
/// An `Arc` of a handle is none: it would count the same thing twice, and its asynchronous verbs would hide those of a
/// [`SessionStore`](crate::SessionStore) in it, which a call finds through the `Arc` as it is. Clone the handle instead.
///
/// # States
/// | from | to | by |
/// | --- | --- | --- |
/// | none | pending | [`initiate`](Self::initiate) |
/// | pending | completed | one [`complete`](Self::complete) |
/// | pending | denied, cancelled | one [`deny`](Self::deny) or [`cancel`](Self::cancel) |
/// | completed | redeemed | one [`poll`](Self::poll) or [`wait`](Self::wait) |
/// | pending, completed | expired | time |
/// | any end | forgotten | retention |
///
/// **Atomic**: each transition happens once, whatever runs at the same time, and each caller is told which one did. An
/// end that happened stays the answer while it is remembered, after the deadline too. From its deadline on, to the
/// resolution of the engine's clock, a session that has not ended is expired; what one caller was told, no other caller
/// finds undone.
///
/// # Failures
/// [`Unavailable`] says that the engine was out of reach, when to try again, and whether the operation may have been
/// applied. It is never told as *unknown* or *pending*.
///
/// The conformance suite (feature `conformance`) holds an engine to all of this.
pub trait Backend: Clone + Send + Sync + 'static {
    /// What a completion hands over.
    type Grant: Send + 'static;
    /// What may be attached at the start.
    type Context: Send + 'static;

    /// Returns the same store, scoped to the tenant of that name.
    #[must_use]
    fn for_tenant(&self, name: &str) -> Self;

    /// The tenant that this handle is scoped to.
    fn tenant(&self) -> &str;

    /// Returns the same store for clients that know nothing of a pace: their polls are neither noted nor told to slow
    /// down.
    #[must_use]
    fn unpaced(&self) -> Self;

    /// Returns the same store for clients that may ask twice at once: polls within `again` of one that was noted are part
    /// of it.
    #[must_use]
    fn tolerant(&self, again: Duration) -> Self;

    /// The least time between two polls that clients of this handle are held to. `None` if there is no pace.
    fn poll_interval(&self) -> Option<Duration>;

    /// How long a session lives, unless its options say otherwise.
    fn default_ttl(&self) -> Duration;

    /// For how long a grant is handed out again to any poll, if it is.
    fn replay_window(&self) -> Option<Duration>;

    /// Begins a login.
    ///
    /// **Atomic**: the bounds on sessions are checked and the session is created in one step, so that they hold however
    /// many logins begin at once; a live session is never evicted for a new one. No two sessions share a code.
    fn initiate(
        &self,
        options: LoginOptions<Self::Context>,
    ) -> impl Future<Output = Result<Initiated, BackendError<InitiateError>>> + Send;

    /// Asks how the login stands and, if it is completed, takes the grant.
    ///
    /// **Atomic**: of all polls exactly one redeems a completed session. With an attempt the grant is kept for ten
    /// seconds, for that attempt only. Noting the poll for its pace never changes the session's state.
    ///
    /// Of a session with a binding, a poll that does not carry it is answered exactly as one with an unknown code, and is
    /// not noted. Of a session that was completed with a proof, a poll that does not carry it is told *pending*, as if it
    /// was not completed yet; so is a repeated attempt.
    fn poll(
        &self,
        code: &PollingCode,
        options: &PollOptions,
    ) -> impl Future<Output = Result<Polled<Self::Grant>, Unavailable>> + Send;

    /// Polls, and if the session is pending, waits up to `timeout` for it to be settled. It counts as one poll. Dropping
    /// the future loses no grant.
    fn wait(
        &self,
        code: &PollingCode,
        timeout: Duration,
        options: &PollOptions,
    ) -> impl Future<Output = Result<Polled<Self::Grant>, Unavailable>> + Send;

    /// Approves the login and leaves the grant for the tool's next poll. A context that was not claimed is dropped.
    ///
    /// **Atomic**: the session is completed *with* its grant, or not at all. The error has the grant; after
    /// [`Unavailable::maybe_applied`] it may stand all the same.
    ///
    /// With a `proof`, only a poll that carries it in [`PollOptions::hand_back`] redeems the session. It is left out of
    /// account where the session's details name no address to hand it to.
    fn complete(
        &self,
        code: &LoginCode,
        grant: Self::Grant,
        proof: Option<Binding>,
    ) -> impl Future<Output = Result<(), CompleteError<Self::Grant, BackendError<SettleError>>>> + Send;

    /// Refuses the login: polls are told *denied*.
    fn deny(&self, code: &LoginCode) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send;

    /// Takes an approval back, while its grant is not collected; refuses the login, if it is pending. Polls are told
    /// *denied*.
    ///
    /// **Atomic**: either a poll gets the grant, or this does.
    fn withdraw(
        &self,
        code: &LoginCode,
    ) -> impl Future<Output = Result<Withdrawn<Self::Grant>, BackendError<SettleError>>> + Send;

    /// Gives the login up, by the polling code: polls are told *cancelled*.
    fn cancel(&self, code: &PollingCode) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send;

    /// Shows a login. `None` if no session of this tenant has the code.
    fn inspect(&self, code: &LoginCode) -> impl Future<Output = Result<Option<Inspected>, Unavailable>> + Send;

    /// The name of the session that a polling code opens, for a log. `None` if no session of this tenant has the code.
    fn identify(&self, code: &PollingCode) -> impl Future<Output = Result<Option<SessionId>, Unavailable>> + Send;

    /// Finds the tenant of a login code, and shows the login. `None` if no session has the code.
    fn locate(&self, code: &LoginCode) -> impl Future<Output = Result<Option<(Self, Inspected)>, Unavailable>> + Send;

    /// Takes the context, once, while the session is pending.
    ///
    /// **Atomic**: of all claims exactly one gets it, and none that comes after an approval.
    fn claim_context(
        &self,
        code: &LoginCode,
    ) -> impl Future<Output = Result<Self::Context, BackendError<ClaimError>>> + Send;

    /// Returns a clone of the context, while the session is pending and nobody has claimed it. It stays to be claimed.
    fn context(&self, code: &LoginCode) -> impl Future<Output = Result<Self::Context, BackendError<ClaimError>>> + Send
    where
        Self::Context: Clone + Sync;

    /// Finds the login that a user code names, whichever tenant's.
    ///
    /// `source` says who asks. Wrong codes are counted on each rung of its ladder and against all sources together. A
    /// source that is out of guesses is refused, right or wrong. While all together are, sources that have failed of late
    /// are refused, and new user codes are longer.
    fn resolve(
        &self,
        code: &UserCode,
        source: Source,
    ) -> impl Future<Output = Result<LoginCode, BackendError<ResolveError>>> + Send;

    /// Returns whether both codes name one login, whichever tenant's. Neither counts as a guess: the login code alone
    /// opens the login.
    fn same_login(
        &self,
        login_code: &LoginCode,
        user_code: &UserCode,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// This tenant's live sessions, in no order.
    fn sessions(&self) -> impl Future<Output = Result<Vec<Listed>, Unavailable>> + Send;

    /// Cancels a pending session of this tenant by its id.
    fn cancel_session(&self, id: SessionId) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send;

    /// Counts the sessions, all tenants' together.
    fn stats(&self) -> impl Future<Output = Result<Stats, Unavailable>> + Send;

    /// Whether logins can begin and end now: what a load balancer asks, so it is cheap. Unless an engine has a better way,
    /// it looks for a session that does not exist.
    ///
    /// ```
    /// use counterfoil::{Backend, Secret, SessionStore};
    ///
    /// let store = SessionStore::<Secret>::builder().build()?;
    /// assert_eq!(pollster::block_on(store.ready()), Ok(()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn ready(&self) -> impl Future<Output = Result<(), Unavailable>> + Send {
        async {
            let nobodys = PollingCode(Code { proof: Proof::default(), place: 0 });
            self.identify(&nobodys).await.map(|_| ())
        }
    }
}
