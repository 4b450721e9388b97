//! Tenants: what one of them has, no other sees or changes; and the listing.

use std::time::Duration;

use super::plain::{
    LONG, PENDING, SECOND, Told, begin, begin_with, cancel, cancel_session, claim, complete, context, deny, grant,
    inspect, locate, look_at_context, options, poll, poll_as, redeem, resolve, sessions, shape, wait,
};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::{ClaimError, SettleError};
use crate::session::{SessionId, State};

/// A code of another tenant is unknown to every verb, and none of them changes anything.
pub async fn a_strangers_verbs_change_nothing(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (owner, stranger) = (b.for_tenant("owner"), b.for_tenant("stranger"));
    for approved in [false, true] {
        let login = begin_with(&owner, context("scopes")).await;
        if approved {
            assert_eq!(complete(&owner, &login, "grant").await, Ok(()));
        }
        let before = shape(inspect(&owner, &login).await);
        for other in [&stranger, &b] {
            assert_eq!(poll(other, &login).await, Told::Unknown);
            assert_eq!(poll_as(other, &login, 1).await, Told::Unknown);
            assert_eq!(wait(other, &login, LONG).await, Told::Unknown);
            assert_eq!(complete(other, &login, "theirs").await, Err(SettleError::Unknown));
            assert_eq!(deny(other, &login).await, Err(SettleError::Unknown));
            assert_eq!(cancel(other, &login).await, Err(SettleError::Unknown));
            assert_eq!(claim(other, &login).await, Err(ClaimError::NotPending(SettleError::Unknown)));
            assert_eq!(look_at_context(other, &login).await, Err(ClaimError::NotPending(SettleError::Unknown)));
            assert_eq!(inspect(other, &login).await, None);
            assert!(sessions(other).await.is_empty());
        }
        assert_eq!(shape(inspect(&owner, &login).await), before);
        assert_eq!(poll(&owner, &login).await, if approved { grant("grant") } else { PENDING });
    }
}

/// A handle's tenant is its name, letter for letter, and the unscoped store is the tenant `default`.
pub async fn a_tenant_is_its_name(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    assert_eq!(b.tenant(), "default");
    assert_eq!(b.for_tenant("acme").tenant(), "acme");
    let login = begin(&b).await;
    assert_eq!(poll(&b.for_tenant("acme").for_tenant("default"), &login).await, PENDING);
    let acme = begin(&b.for_tenant("acme")).await;
    for name in ["", "Default", "default ", "defaul", "acme\0", "acme:x", "*", "{acme}", "é"] {
        let other = b.for_tenant(name);
        assert_eq!(other.tenant(), name);
        assert_eq!(poll(&other, &login).await, Told::Unknown, "{name:?}");
        assert_eq!(poll(&other, &acme).await, Told::Unknown, "{name:?}");
        let own = begin(&other).await;
        assert_eq!(poll(&b.for_tenant(name), &own).await, PENDING, "{name:?}");
        assert_eq!(poll(&b, &own).await, Told::Unknown, "{name:?}");
    }
    assert_eq!(poll(&b.for_tenant("acme"), &acme).await, PENDING);
    assert_eq!(poll(&b, &acme).await, Told::Unknown);
}

/// `locate` finds the tenant of a code, whichever handle asks, and returns a handle that works there.
pub async fn locate_finds_the_tenant(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let acme = b.for_tenant("acme");
    let login = begin_with(&acme, context("scopes")).await;
    for asking in [&b, &acme, &b.for_tenant("other")] {
        let (found, shown) = locate(asking, &login).await.expect("it has just begun");
        assert_eq!((found.tenant(), shown.tenant.as_str()), ("acme", "acme"));
        assert_eq!((shown.state, shown.has_context), (State::Pending, true));
    }
    let (found, _) = locate(&b, &login).await.expect("it is there");
    assert_eq!(complete(&found, &login, "grant").await, Ok(()));
    assert_eq!(poll(&acme, &login).await, grant("grant"));
}

/// A user code is resolved whichever tenant's it is.
pub async fn user_codes_are_found_across_tenants(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let acme = b.for_tenant("acme");
    let login = begin_with(&acme, options(&acme).user_code()).await;
    let code = login.user_code.clone().expect("a user code was asked for");
    for asking in [&b, &acme, &b.for_tenant("other")] {
        assert!(resolve(asking, &code, "source").await == Ok(login.login_code.clone()));
    }
}

/// A listing has this tenant's live sessions, and no others.
pub async fn a_listing_has_the_live_sessions_of_the_tenant(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (acme, other) = (b.for_tenant("acme"), b.for_tenant("other"));
    assert!(sessions(&acme).await.is_empty());
    let short = Duration::from_secs(60);
    let pending = begin_with(&acme, context("scopes").ttl(short)).await;
    let approved = begin(&acme).await;
    let (denied, cancelled, used) = (begin(&acme).await, begin(&acme).await, begin(&acme).await);
    begin(&other).await;
    assert_eq!(complete(&acme, &approved, "grant").await, Ok(()));
    assert_eq!(deny(&acme, &denied).await, Ok(()));
    assert_eq!(cancel(&acme, &cancelled).await, Ok(()));
    redeem(&acme, &used, "used").await;

    let mut listed = sessions(&acme).await;
    listed.sort_by_key(|listed| listed.remaining);
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[0].state, listed[0].has_context), (State::Pending, true));
    assert!(listed[0].remaining <= short);
    assert_eq!((listed[1].state, listed[1].has_context), (State::Completed, false));
    assert_eq!(sessions(&other).await.len(), 1);
    assert!(sessions(&b).await.is_empty());
    assert_eq!(claim(&acme, &pending).await.as_deref(), Ok("scopes"));
    assert!(sessions(&acme).await.iter().all(|listed| !listed.has_context));
}

/// A listing is complete, however many there are.
pub async fn a_long_listing_is_complete(h: &impl Harness) {
    let acme = h.backend(&Settings::default()).await.for_tenant("acme");
    super::plain::begin_many(&acme, 300).await;
    let mut ids: Vec<_> = sessions(&acme).await.iter().map(|listed| listed.id.get()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 300);
}

/// A pending session is cancelled by its id, by its own tenant.
pub async fn a_session_is_cancelled_by_its_id(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (acme, other) = (b.for_tenant("acme"), b.for_tenant("other"));
    let login = begin(&acme).await;
    let [listed] = sessions(&acme).await[..] else { panic!("one session is live") };
    assert_eq!(cancel_session(&other, listed.id).await, Err(SettleError::Unknown));
    assert_eq!(cancel_session(&b, listed.id).await, Err(SettleError::Unknown));
    assert_eq!(poll(&acme, &login).await, PENDING);
    let text = listed.id.to_string();
    assert_eq!(cancel_session(&acme, text.parse().expect("an id reads back")).await, Ok(()));
    assert_eq!(poll(&acme, &login).await, Told::Cancelled);
    assert_eq!(cancel_session(&acme, listed.id).await, Err(SettleError::Cancelled));
    assert!(sessions(&acme).await.is_empty());
}

/// One that is completed is not cancelled: its grant stays.
pub async fn a_completed_session_is_not_cancelled_by_its_id(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    let [listed] = sessions(&b).await[..] else { panic!("one session is live") };
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(cancel_session(&b, listed.id).await, Err(SettleError::Completed));
    assert_eq!(poll(&b, &login).await, grant("grant"));
    assert_eq!(cancel_session(&b, listed.id).await, Err(SettleError::Redeemed));
}

/// A number that is no session's id is unknown.
pub async fn an_id_of_no_session_is_unknown(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    let [listed] = sessions(&b).await[..] else { panic!("one session is live") };
    for number in [0, 1, u64::MAX, listed.id.get() ^ 1, listed.id.get() ^ 1 << 40, listed.id.get() ^ 1 << 63] {
        if number != listed.id.get() {
            assert_eq!(cancel_session(&b, SessionId::new(number)).await, Err(SettleError::Unknown), "{number:x}");
        }
    }
    assert_eq!(poll(&b, &login).await, PENDING);
}

/// What a listing shows of the time is the time that remains.
pub async fn a_listing_shows_the_remaining_time(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    begin(&b).await;
    h.advance(SECOND * 7).await;
    let [listed] = sessions(&b).await[..] else { panic!("one session is live") };
    assert_eq!(listed.remaining, Settings::default().ttl - SECOND * 7);
}
