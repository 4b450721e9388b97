//! Taking an approval back.

use super::plain::{
    SECOND, Told, begin, begin_many, cancel, claim, complete, context, deny, grant, poll, redeem, stats, withdraw,
};
use super::race::race;
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::{ClaimError, SettleError};

/// A completed login is denied by a withdrawal, which returns the grant.
pub async fn an_approval_is_taken_back_until_it_is_collected(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(withdraw(&b.for_tenant("stranger"), &login).await, Err(SettleError::Unknown));
    assert_eq!(withdraw(&b, &login).await, Ok(Some("grant".to_owned())));
    assert_eq!(poll(&b, &login).await, Told::Denied);
    assert_eq!(withdraw(&b, &login).await, Err(SettleError::Denied));
    assert_eq!(complete(&b, &login, "another").await, Err(SettleError::Denied));
}

/// A pending login is denied, and its context goes.
pub async fn a_pending_login_is_denied_by_a_withdrawal(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = super::plain::begin_with(&b, context("context")).await;
    assert_eq!(withdraw(&b, &login).await, Ok(None));
    assert_eq!(poll(&b, &login).await, Told::Denied);
    assert_eq!(claim(&b, &login).await, Err(ClaimError::NotPending(SettleError::Denied)));
}

/// What has ended stays as it is.
pub async fn what_has_ended_is_not_withdrawn(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = begin_many(&b, 4).await;
    redeem(&b, &logins[0], "grant").await;
    assert_eq!(deny(&b, &logins[1]).await, Ok(()));
    assert_eq!(cancel(&b, &logins[2]).await, Ok(()));
    assert_eq!(complete(&b, &logins[3], "late").await, Ok(()));
    h.advance(SECOND * 600).await;
    let reasons = [SettleError::Redeemed, SettleError::Denied, SettleError::Cancelled, SettleError::Expired];
    for (login, reason) in logins.iter().zip(reasons) {
        assert_eq!(withdraw(&b, login).await, Err(reason));
    }
}

/// Of a poll and a withdrawal at the same time, one gets the grant.
pub async fn of_a_poll_and_a_withdrawal_one_gets_the_grant<H: Harness>(h: &H) {
    let b = h.backend(&Settings { max_sessions: h.rounds() + 100, ..Settings::default() }).await;
    let logins = begin_many(&b, h.rounds()).await;
    for login in &logins {
        assert_eq!(complete(&b, login, "grant").await, Ok(()));
    }
    let act = |task, b: H::Backend, login| async move {
        match task {
            0 => (Some(poll(&b, &login).await), None),
            _ => (None, Some(withdraw(&b, &login).await)),
        }
    };
    for answers in race(h, &b, &logins, 2, act).await {
        let (polled, withdrawn) = (answers[0].0.clone(), answers[1].1.clone());
        match polled {
            Some(Told::Denied) => assert_eq!(withdrawn, Some(Ok(Some("grant".to_owned())))),
            polled => {
                assert_eq!(polled, Some(grant("grant")));
                assert_eq!(withdrawn, Some(Err(SettleError::Redeemed)));
            }
        }
    }
}

/// A withdrawal is a denial in the counts, and leaves no completed session.
pub async fn withdrawals_are_counted(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let logins = begin_many(&b, 3).await;
    for login in &logins[..2] {
        assert_eq!(complete(&b, login, "grant").await, Ok(()));
    }
    assert_eq!(withdraw(&b, &logins[0]).await, Ok(Some("grant".to_owned())));
    assert_eq!(withdraw(&b, &logins[2]).await, Ok(None));
    let stats = stats(&b).await;
    assert_eq!((stats.pending, stats.completed, stats.denied, stats.withdrawn), (0, 1, 2, 1), "{stats:?}");
}
