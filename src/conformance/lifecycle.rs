//! The state machine: what each verb returns in each state, and what it leaves behind.

use std::time::Duration;

use super::plain::{
    Engine, PENDING, Told, attempt, begin, begin_many, begin_with, cancel, claim, complete, complete_code, context,
    deny, grant, inspect, locate, options, poll, redeem, shape, state, stats,
};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::code::{LoginCode, PollingCode};
use crate::error::{ClaimError, SettleError};
use crate::poll_options::PollOptions;
use crate::session::{Initiated, State};

/// How a session gets into the state that a table of laws is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Pending,
    Claimed,
    Completed,
    Redeemed,
    Denied,
    Cancelled,
    Expired,
    Uncollected,
    Forgotten,
    Foreign,
    ForeignCompleted,
}

/// What each verb returns for a session in a state.
struct Laws {
    poll: Told,
    /// The same for `complete`, `deny` and `cancel`.
    settle: Result<(), SettleError>,
    /// The state as `inspect` shows it, and whether there is a context.
    shown: Option<(State, bool)>,
    claim: Result<&'static str, ClaimError>,
    /// The state after `poll`, `complete`, `deny`, `cancel` and `claim_context`.
    after: [Option<State>; 5],
}

impl Laws {
    /// A session that has ended: every verb but `poll` refuses, and none changes it.
    fn ended(poll: Told, state: State, reason: SettleError) -> Self {
        Self {
            poll,
            settle: Err(reason),
            shown: Some((state, false)),
            claim: Err(ClaimError::NotPending(reason)),
            after: [Some(state); 5],
        }
    }

    fn pending(claim: Result<&'static str, ClaimError>) -> Self {
        use State::{Cancelled, Completed, Denied, Pending};
        Self {
            poll: PENDING,
            settle: Ok(()),
            shown: Some((Pending, claim.is_ok())),
            claim,
            after: [Pending, Completed, Denied, Cancelled, Pending].map(Some),
        }
    }

    fn unknown() -> Self {
        Self {
            poll: Told::Unknown,
            settle: Err(SettleError::Unknown),
            shown: None,
            claim: Err(ClaimError::NotPending(SettleError::Unknown)),
            after: [None; 5],
        }
    }
}

/// A login in that state, the handle that asks for it, and the owner's.
async fn reach<H: Harness>(h: &H, start: Start) -> (H::Backend, H::Backend, Initiated) {
    let settings = Settings::default();
    let owner = h.backend(&settings).await.for_tenant("owner");
    let login = begin_with(&owner, context("scopes")).await;
    match start {
        Start::Pending | Start::Foreign => {}
        Start::Claimed => assert_eq!(claim(&owner, &login).await.as_deref(), Ok("scopes")),
        Start::Completed | Start::ForeignCompleted => assert_eq!(complete(&owner, &login, "first").await, Ok(())),
        Start::Redeemed => redeem(&owner, &login, "first").await,
        Start::Denied => assert_eq!(deny(&owner, &login).await, Ok(())),
        Start::Cancelled => assert_eq!(cancel(&owner, &login).await, Ok(())),
        Start::Expired => h.advance(settings.ttl).await,
        Start::Uncollected => {
            assert_eq!(complete(&owner, &login, "first").await, Ok(()));
            h.advance(settings.ttl).await;
        }
        Start::Forgotten => {
            assert_eq!(deny(&owner, &login).await, Ok(()));
            h.advance(settings.retention).await;
        }
    }
    let foreign = matches!(start, Start::Foreign | Start::ForeignCompleted);
    let asking = if foreign { owner.for_tenant("stranger") } else { owner.clone() };
    (asking, owner, login)
}

async fn hold<H: Harness>(h: &H, start: Start, laws: Laws) {
    let (b, _, login) = reach(h, start).await;
    assert_eq!(poll(&b, &login).await, laws.poll, "poll: {start:?}");
    assert_eq!(state(&b, &login).await, laws.after[0], "after a poll: {start:?}");

    let (b, _, login) = reach(h, start).await;
    assert_eq!(complete(&b, &login, "second").await, laws.settle, "complete: {start:?}");
    assert_eq!(state(&b, &login).await, laws.after[1], "after a complete: {start:?}");

    let (b, _, login) = reach(h, start).await;
    assert_eq!(deny(&b, &login).await, laws.settle, "deny: {start:?}");
    assert_eq!(state(&b, &login).await, laws.after[2], "after a deny: {start:?}");

    let (b, _, login) = reach(h, start).await;
    assert_eq!(cancel(&b, &login).await, laws.settle, "cancel: {start:?}");
    assert_eq!(state(&b, &login).await, laws.after[3], "after a cancel: {start:?}");

    let (b, _, login) = reach(h, start).await;
    assert_eq!(claim(&b, &login).await.as_deref(), laws.claim.as_deref(), "claim_context: {start:?}");
    assert_eq!(state(&b, &login).await, laws.after[4], "after a claim: {start:?}");

    let (b, owner, login) = reach(h, start).await;
    let shown = inspect(&b, &login).await;
    assert_eq!(shown.as_ref().map(|shown| (shown.state, shown.has_context)), laws.shown, "inspect: {start:?}");
    if let Some(shown) = shown {
        let live = matches!(shown.state, State::Pending | State::Completed);
        assert_eq!(shown.remaining.is_zero(), !live, "what has ended has no time left: {start:?}");
        assert!(shown.remaining <= Settings::default().ttl);
        assert_eq!(shown.tenant, "owner");
    }
    let located = locate(&b, &login).await;
    let known = start != Start::Forgotten;
    assert_eq!(located.as_ref().map(|(found, _)| found.tenant()), known.then_some("owner"), "locate: {start:?}");
    let (located, inspected) = (located.map(|(_, shown)| shown), inspect(&owner, &login).await);
    assert_eq!(shape(located), shape(inspected), "locate: {start:?}");
}

/// From beginning to end: pending, approved, collected once.
pub async fn a_login_is_begun_approved_and_collected_once(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(poll(&b, &login).await, PENDING);
    assert_eq!(poll(&b, &login).await, PENDING);
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(poll(&b, &login).await, grant("grant"));
    assert_eq!(poll(&b, &login).await, Told::Redeemed);
}

/// A grant comes out as it went in, whatever characters it has and however long it is.
pub async fn a_grant_comes_out_as_it_went_in(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    for text in ["", " ", "\0\n\"'\\", "{\"json\":[1,2]}", "žluťoučký 🦀", &"long ".repeat(4000)] {
        let login = begin_with(&b, context(text)).await;
        assert_eq!(claim(&b, &login).await.as_deref(), Ok(text));
        redeem(&b, &login, text).await;
    }
}

/// A pending session, with a context.
pub async fn pending(h: &impl Harness) {
    hold(h, Start::Pending, Laws::pending(Ok("scopes"))).await;
}

/// A pending session whose context was claimed.
pub async fn claimed(h: &impl Harness) {
    hold(h, Start::Claimed, Laws::pending(Err(ClaimError::NoContext))).await;
}

/// A completed session whose grant waits.
pub async fn completed(h: &impl Harness) {
    let mut laws = Laws::ended(grant("first"), State::Completed, SettleError::Completed);
    laws.after[0] = Some(State::Redeemed);
    hold(h, Start::Completed, laws).await;
}

/// A session whose grant was collected.
pub async fn redeemed(h: &impl Harness) {
    hold(h, Start::Redeemed, Laws::ended(Told::Redeemed, State::Redeemed, SettleError::Redeemed)).await;
}

/// A session that was refused.
pub async fn denied(h: &impl Harness) {
    hold(h, Start::Denied, Laws::ended(Told::Denied, State::Denied, SettleError::Denied)).await;
}

/// A session that was given up.
pub async fn cancelled(h: &impl Harness) {
    hold(h, Start::Cancelled, Laws::ended(Told::Cancelled, State::Cancelled, SettleError::Cancelled)).await;
}

/// A session past its deadline that was pending.
pub async fn expired(h: &impl Harness) {
    hold(h, Start::Expired, Laws::ended(Told::Expired, State::Expired, SettleError::Expired)).await;
}

/// A session past its deadline that was completed: the grant is gone.
pub async fn uncollected(h: &impl Harness) {
    hold(h, Start::Uncollected, Laws::ended(Told::Expired, State::Expired, SettleError::Expired)).await;
}

/// A session that is not remembered any more.
pub async fn forgotten(h: &impl Harness) {
    hold(h, Start::Forgotten, Laws::unknown()).await;
}

/// A pending session of another tenant.
pub async fn foreign(h: &impl Harness) {
    hold(h, Start::Foreign, Laws::unknown()).await;
}

/// A completed session of another tenant.
pub async fn foreign_and_completed(h: &impl Harness) {
    hold(h, Start::ForeignCompleted, Laws::unknown()).await;
}

/// Neither code of a login stands for the other, and no two logins share one.
pub async fn codes_differ_and_do_not_stand_for_each_other(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = begin_many(&b, 50).await;
    let mut texts = std::collections::HashSet::new();
    for login in &logins {
        let (polling, browser) = (login.polling_code.expose(), login.login_code.expose());
        assert!(texts.insert(polling.to_string()) && texts.insert(browser.to_string()), "a code was given out twice");
        let (polling, browser) = (PollingCode::parse(browser).unwrap(), LoginCode::parse(polling).unwrap());
        assert!(matches!(b.poll(&polling, &PollOptions::new()).await, Ok(crate::Polled::Unknown)));
        assert!(matches!(b.poll(&polling, &PollOptions::new().attempt(attempt(1))).await, Ok(crate::Polled::Unknown)));
        assert_eq!(complete_code(&b, &browser, "grant").await, Err(SettleError::Unknown));
        assert_eq!(b.inspect(&browser).await, Ok(None));
    }
    for login in &logins {
        assert_eq!(poll(&b, login).await, PENDING);
    }
}

/// A code of another store names no login here.
pub async fn codes_of_another_store_are_unknown(h: &impl Harness) {
    let (b, other) = (h.backend(&Settings::default()).await, h.backend(&Settings::default()).await);
    let (login, stranger) = (begin(&b).await, begin(&other).await);
    assert_eq!(poll(&b, &stranger).await, Told::Unknown);
    assert_eq!(complete(&b, &stranger, "grant").await, Err(SettleError::Unknown));
    assert_eq!(deny(&b, &stranger).await, Err(SettleError::Unknown));
    assert_eq!(cancel(&b, &stranger).await, Err(SettleError::Unknown));
    assert_eq!(inspect(&b, &stranger).await, None);
    assert!(locate(&b, &stranger).await.is_none());
    assert_eq!(poll(&b, &login).await, PENDING);
    assert_eq!(poll(&other, &stranger).await, PENDING);
}

/// A handle says what the store was made with, and a login how long it lives.
pub async fn a_store_says_its_settings(h: &impl Harness) {
    let interval = Duration::from_secs(7);
    let plain = h.backend(&Settings::default()).await;
    assert_eq!(plain.default_ttl(), Settings::default().ttl);
    assert_eq!((plain.poll_interval(), plain.replay_window()), (None, None));
    assert_eq!(begin(&plain).await.expires_in, Settings::default().ttl);
    assert!(begin(&plain).await.user_code.is_none());
    let ttl = Duration::from_secs(60);
    assert_eq!(begin_with(&plain, options(&plain).ttl(ttl)).await.expires_in, ttl);
    let paced = h.backend(&Settings { ttl, poll_interval: Some(interval), ..Settings::default() }).await;
    assert_eq!((paced.default_ttl(), paced.poll_interval()), (ttl, Some(interval)));
    assert_eq!(paced.unpaced().poll_interval(), None);
    assert_eq!(paced.for_tenant("acme").poll_interval(), Some(interval));
}

/// What becomes of each login is counted.
pub async fn sessions_are_counted(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await.for_tenant("acme");
    let logins = begin_many(&b, 6).await;
    redeem(&b, &logins[0], "a").await;
    assert_eq!(complete(&b, &logins[1], "b").await, Ok(()));
    assert_eq!(complete(&b, &logins[1], "c").await, Err(SettleError::Completed));
    assert_eq!(deny(&b, &logins[2]).await, Ok(()));
    assert_eq!(cancel(&b, &logins[3]).await, Ok(()));
    let counts = stats(&b).await;
    assert_eq!((counts.pending, counts.completed), (2, 1));
    assert_eq!((counts.initiated, counts.approved, counts.redeemed), (6, 2, 1));
    assert_eq!((counts.denied, counts.cancelled, counts.remembered), (1, 1, 3));
    assert_eq!(stats(&b.for_tenant("other")).await, counts, "of all tenants together");
}

/// A clone is the same store.
pub async fn clones_are_one_store(h: &impl Harness) {
    async fn same<B: Engine>(one: &B, other: &B) {
        let login = begin(one).await;
        assert_eq!(complete(other, &login, "grant").await, Ok(()));
        assert_eq!(poll(one, &login).await, grant("grant"));
        assert_eq!(poll(other, &login).await, Told::Redeemed);
    }
    let b = h.backend(&Settings::default()).await;
    same(&b, &b.clone()).await;
    same(&b.clone(), &b).await;
}
