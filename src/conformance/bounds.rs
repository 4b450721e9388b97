//! The bounds on sessions: no live one gives way, and an end makes room for one.

use super::plain::{
    Engine, PENDING, SECOND, TICK, Told, begin, begin_many, begin_with, cancel, complete, context, deny, grant,
    inspect, options, poll, redeem, stats, try_begin,
};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::InitiateError;

async fn refusal<B: Engine>(store: &B) -> Option<InitiateError> {
    try_begin(store, options(store)).await.err()
}

fn small(max_sessions: usize) -> Settings {
    Settings { max_sessions, ..Settings::default() }
}

/// A full store refuses a login, and says when the next session falls due.
pub async fn a_full_store_refuses_logins(h: &impl Harness) {
    let b = h.backend(&small(4)).await;
    assert_eq!(stats(&b).await.max_sessions, 4);
    let logins = begin_many(&b, 4).await;
    let retry_after = Settings::default().ttl;
    for name in ["default", "acme"] {
        assert_eq!(refusal(&b.for_tenant(name)).await, Some(InitiateError::Full { retry_after }));
    }
    h.advance(retry_after - TICK).await;
    assert_eq!(refusal(&b).await, Some(InitiateError::Full { retry_after: TICK }));
    for login in &logins {
        assert_eq!(poll(&b, login).await, PENDING);
    }
}

/// No live session gives way to a new one, neither a pending nor a completed one.
pub async fn no_live_session_gives_way(h: &impl Harness) {
    let b = h.backend(&small(6)).await;
    let logins = begin_many(&b, 6).await;
    for login in &logins[..3] {
        assert_eq!(complete(&b, login, "grant").await, Ok(()));
    }
    for _ in 0..20 {
        assert!(matches!(refusal(&b).await, Some(InitiateError::Full { .. })));
    }
    for login in &logins[..3] {
        assert_eq!(poll(&b, login).await, grant("grant"));
    }
    for login in &logins[3..] {
        assert_eq!(poll(&b, login).await, PENDING);
    }
}

/// Each end makes room for one login, and for no more.
pub async fn an_end_makes_room_for_one(h: &impl Harness) {
    let b = h.backend(&small(3)).await;
    let logins = begin_many(&b, 3).await;
    for (at, login) in logins.iter().enumerate() {
        match at {
            0 => assert_eq!(deny(&b, login).await, Ok(())),
            1 => assert_eq!(cancel(&b, login).await, Ok(())),
            _ => redeem(&b, login, "grant").await,
        }
        begin(&b).await;
        assert!(matches!(refusal(&b).await, Some(InitiateError::Full { .. })), "room for one");
    }
}

/// A completed session takes its room until its grant is collected.
pub async fn a_completed_session_takes_room_until_it_is_collected(h: &impl Harness) {
    let b = h.backend(&small(1)).await;
    let login = begin(&b).await;
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert!(matches!(refusal(&b).await, Some(InitiateError::Full { .. })));
    assert_eq!(poll(&b, &login).await, grant("grant"));
    assert_eq!(refusal(&b).await, None);
}

/// Sessions that have expired make room, noted or not.
pub async fn expired_sessions_make_room(h: &impl Harness) {
    for swept in [false, true] {
        let b = h.backend(&small(3)).await;
        let logins = begin_many(&b, 3).await;
        assert_eq!(complete(&b, &logins[0], "grant").await, Ok(()));
        h.advance(Settings::default().ttl).await;
        if swept {
            h.sweep().await;
        }
        begin_many(&b, 3).await;
        assert!(matches!(refusal(&b).await, Some(InitiateError::Full { .. })));
    }
}

/// Remembered sessions give way in the order in which they ended.
pub async fn the_session_that_ended_first_is_forgotten_first(h: &impl Harness) {
    let b = h.backend(&small(6)).await;
    let logins = begin_many(&b, 6).await;
    let order = [3, 0, 5, 1];
    for at in order {
        h.advance(TICK).await;
        match at % 3 {
            0 => assert_eq!(deny(&b, &logins[at]).await, Ok(())),
            1 => assert_eq!(cancel(&b, &logins[at]).await, Ok(())),
            _ => redeem(&b, &logins[at], "grant").await,
        }
    }
    for gone in 1..=order.len() {
        begin(&b).await;
        for (place, at) in order.into_iter().enumerate() {
            assert_eq!(inspect(&b, &logins[at]).await.is_none(), place < gone, "{at} after {gone} logins");
        }
    }
    assert!(matches!(refusal(&b).await, Some(InitiateError::Full { .. })));
    assert_eq!(poll(&b, &logins[2]).await, PENDING);
}

/// An expiry that no verb has noted has ended at its deadline, for this order, too.
pub async fn an_expiry_gives_way_in_its_turn(h: &impl Harness) {
    let b = h.backend(&small(4)).await;
    let late = begin_with(&b, options(&b).ttl(SECOND * 30)).await;
    let early = begin_with(&b, options(&b).ttl(SECOND * 10)).await;
    let (denied, live) = (begin(&b).await, begin(&b).await);
    h.advance(SECOND * 20).await;
    assert_eq!(deny(&b, &denied).await, Ok(()));
    h.advance(SECOND * 20).await;
    for gone in [&early, &denied, &late] {
        assert!(inspect(&b, gone).await.is_some());
        begin(&b).await;
        assert!(inspect(&b, gone).await.is_none());
    }
    assert_eq!(poll(&b, &live).await, PENDING);
}

/// A tenant has no more live sessions than its bound, and other tenants are none the worse for it.
pub async fn a_tenant_is_bounded_by_its_live_sessions(h: &impl Harness) {
    let b = h.backend(&Settings { max_sessions_per_tenant: Some(2), ..small(100) }).await;
    let acme = b.for_tenant("acme");
    let (one, two) = (begin(&acme).await, begin(&acme).await);
    for handle in [&acme, &acme.clone(), &b.for_tenant("acme")] {
        assert!(matches!(refusal(handle).await, Some(InitiateError::TenantFull { .. })), "the tenant, not the handle");
    }
    begin_many(&b, 2).await;
    begin_many(&b.for_tenant("other"), 2).await;

    assert_eq!(deny(&acme, &one).await, Ok(()));
    begin(&acme).await;
    assert_eq!(complete(&acme, &two, "grant").await, Ok(()));
    assert!(matches!(refusal(&acme).await, Some(InitiateError::TenantFull { .. })), "completed is live");
    assert_eq!(poll(&acme, &two).await, grant("grant"));
    begin(&acme).await;
    assert!(matches!(refusal(&acme).await, Some(InitiateError::TenantFull { .. })));
}

/// A tenant's session that has expired makes room to the tick, and a refusal says when.
pub async fn a_tenants_expired_session_makes_room(h: &impl Harness) {
    let ttl = Settings::default().ttl;
    let b = h.backend(&Settings { max_sessions_per_tenant: Some(1), ..small(100) }).await;
    let acme = b.for_tenant("acme");
    let login = begin(&acme).await;
    assert_eq!(refusal(&acme).await, Some(InitiateError::TenantFull { retry_after: ttl }));
    h.advance(ttl - TICK).await;
    assert_eq!(refusal(&acme).await, Some(InitiateError::TenantFull { retry_after: TICK }));
    h.advance(TICK).await;
    begin(&acme).await;
    assert_eq!(poll(&acme, &login).await, Told::Expired);
}

/// A login that was refused leaves nothing behind: no session, and nothing on its tenant's account.
pub async fn a_refused_login_leaves_nothing(h: &impl Harness) {
    let b = h.backend(&Settings { max_sessions_per_tenant: Some(1), ..small(1) }).await;
    let (one, two) = (b.for_tenant("one"), b.for_tenant("two"));
    let first = begin(&one).await;
    for _ in 0..10 {
        assert!(matches!(refusal(&two).await, Some(InitiateError::Full { .. })));
        assert!(try_begin(&two, context("scopes").user_code()).await.is_err());
        assert!(try_begin(&two, options(&two).ttl(std::time::Duration::ZERO)).await.is_err());
    }
    assert_eq!(stats(&b).await.initiated, 1);
    assert_eq!(deny(&one, &first).await, Ok(()));
    begin(&two).await;
}
