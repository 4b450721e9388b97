//! Faults of deadlines, and of what outlives them: 8, 18 and 19.

use super::super::plain::{
    Engine, SECOND, TICK, Told, begin_many, begin_with, cancel, claim, complete, context, deny, grant, inspect, locate,
    poll, poll_as, redeem, remaining, resolve, sessions, stats, wait,
};
use super::super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::{ResolveError, SettleError};
use crate::session::Initiated;

/// Every verb that leaves the session live.
async fn touch<B: Engine>(b: &B, login: &Initiated) {
    let _ = poll(b, login).await;
    let _ = poll_as(b, login, 1).await;
    let _ = poll(&b.tolerant(SECOND), login).await;
    let _ = wait(b, login, TICK).await;
    let _ = inspect(b, login).await;
    let _ = locate(b, login).await;
    let _ = claim(b, login).await;
    let _ = sessions(b).await;
    if let Some(code) = &login.user_code {
        let _ = resolve(b, code, "source").await;
    }
    let _ = poll(&b.for_tenant("stranger"), login).await;
    let _ = complete(&b.for_tenant("stranger"), login, "theirs").await;
}

/// Changing a session loses or renews its deadline.
pub async fn fault_08_a_change_loses_or_renews_the_deadline(h: &impl Harness) {
    let ttl = Settings::default().ttl;
    let b = h.backend(&Settings { poll_interval: Some(SECOND), ..Settings::default() }).await;
    let login = begin_with(&b, context("scopes")).await;
    h.advance(ttl / 2).await;
    touch(&b, &login).await;
    assert_eq!(remaining(&b, &login).await, ttl / 2);
    assert_eq!(complete(&b, &login, "grant").await, Ok(()));
    assert_eq!(deny(&b, &login).await, Err(SettleError::Completed));
    assert_eq!(remaining(&b, &login).await, ttl / 2);
    h.advance(ttl / 2 - TICK).await;
    assert_eq!(remaining(&b, &login).await, TICK);
    h.advance(TICK).await;
    assert_eq!(poll(&b, &login).await, Told::Expired);
}

/// Rewriting a session resets or removes its time: that of a live one, and that for which an end is remembered.
pub async fn fault_18_a_rewrite_resets_the_time_to_live(h: &impl Harness) {
    let Settings { ttl, retention, .. } = Settings::default();
    let b = h.backend(&Settings { poll_interval: Some(TICK), ..Settings::default() }).await;
    let logins = begin_many(&b, 4).await;
    for _ in 0..10 {
        h.advance(ttl / 20).await;
        for login in &logins {
            touch(&b, login).await;
        }
    }
    for login in &logins {
        assert_eq!(remaining(&b, login).await, ttl / 2);
    }
    let [_, denied, used, attempted] = &logins[..] else { panic!("four logins") };
    assert_eq!(deny(&b, denied).await, Ok(()));
    redeem(&b, used, "grant").await;
    assert_eq!(complete(&b, attempted, "grant").await, Ok(()));
    assert_eq!(poll_as(&b, attempted, 1).await, grant("grant"));
    for _ in 0..9 {
        h.advance(retention / 10).await;
        for login in &logins {
            touch(&b, login).await;
            let _ = (complete(&b, login, "late").await, deny(&b, login).await, cancel(&b, login).await);
        }
    }
    h.advance(retention / 10 - TICK).await;
    for login in [denied, used, attempted] {
        assert!(inspect(&b, login).await.is_some(), "not forgotten early");
    }
    h.advance(TICK).await;
    for login in [denied, used, attempted] {
        assert_eq!(inspect(&b, login).await, None, "not remembered longer for being asked about");
    }
}

/// Sets of sessions grow for ever, because what is in them outlives the sessions.
pub async fn fault_19_index_sets_outlive_their_sessions(h: &impl Harness) {
    let Settings { ttl, retention, .. } = Settings::default();
    let settings = Settings { max_sessions: 12, max_sessions_per_tenant: Some(6), ..Settings::default() };
    let b = h.backend(&settings).await;
    let tenants = [b.for_tenant("one"), b.for_tenant("two")];
    for round in 0..5 {
        let mut codes = Vec::new();
        for tenant in &tenants {
            for end in 0..6 {
                let login = begin_with(tenant, context("scopes").user_code()).await;
                match end {
                    0 => redeem(tenant, &login, "grant").await,
                    1 => assert_eq!(deny(tenant, &login).await, Ok(())),
                    2 => assert_eq!(cancel(tenant, &login).await, Ok(())),
                    3 => assert_eq!(complete(tenant, &login, "never").await, Ok(())),
                    _ => {}
                }
                codes.extend(login.user_code);
            }
            assert_eq!(sessions(tenant).await.len(), 3, "round {round}");
        }
        h.advance(ttl).await;
        h.sweep().await;
        for tenant in &tenants {
            assert!(sessions(tenant).await.is_empty(), "round {round}");
        }
        h.advance(retention).await;
        h.sweep().await;
        let counts = stats(&b).await;
        assert_eq!((counts.pending, counts.completed, counts.remembered), (0, 0, 0), "round {round}");
        for code in &codes {
            assert_eq!(resolve(&b, code, "source").await.err(), Some(ResolveError::Unknown), "round {round}");
        }
    }
}
