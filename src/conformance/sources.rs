//! The bound on the live sessions of one source.

use std::time::Duration;

use super::plain::{Engine, SECOND, begin, cancel, complete, deny, poll, redeem, source_of, try_begin, withdraw};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::error::InitiateError;
use crate::session::{Initiated, LoginOptions};

fn settings(most: u32) -> Settings {
    Settings { max_sessions_per_source: most, ..Settings::default() }
}

async fn from<B: Engine>(store: &B, source: &str) -> Option<Initiated> {
    match try_begin(store, LoginOptions::new().source(source_of(source))).await {
        Ok(login) => Some(login),
        Err(InitiateError::SourceFull { retry_after }) => {
            assert!(retry_after > Duration::ZERO && retry_after <= SECOND * 60, "{retry_after:?}");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// A source may begin so many, of all tenants together; another one still may.
pub async fn a_source_has_so_many_live_sessions(h: &impl Harness) {
    let b = h.backend(&settings(3)).await;
    for tenant in ["one", "two", "one"] {
        assert!(from(&b.for_tenant(tenant), "192.0.2.1").await.is_some());
    }
    for tenant in ["one", "two", "three"] {
        assert!(from(&b.for_tenant(tenant), "192.0.2.1").await.is_none());
        assert!(from(&b.for_tenant(tenant), "::ffff:192.0.2.1").await.is_none(), "the same in other clothes");
    }
    assert!(from(&b, "192.0.2.2").await.is_some());
    assert!(from(&b, "2001:db8::1").await.is_some());
}

/// Each rung of the ladder has four times the sessions of the one below.
pub async fn a_network_has_four_times_the_sessions_of_one_below(h: &impl Harness) {
    let b = h.backend(&settings(1)).await;
    for at in 1..=4 {
        assert!(from(&b, &format!("192.0.2.{at}")).await.is_some(), "{at}");
    }
    assert!(from(&b, "192.0.2.5").await.is_none(), "its /24 is full");
    assert!(from(&b, "192.0.3.5").await.is_some(), "the /24 beside it");
    // Four of each /56, and sixteen of the /48.
    for at in 0..16 {
        assert!(from(&b, &format!("2001:db8:0:{:x}::1", at / 4 * 256 + at % 4)).await.is_some(), "{at}");
    }
    assert!(from(&b, "2001:db8:0:4::1").await.is_none(), "its /56 is full");
    assert!(from(&b, "2001:db8:0:1000::1").await.is_none(), "its /48 is full");
    assert!(from(&b, "2001:db8:1:1000::1").await.is_some(), "the /48 beside it");
}

/// Each end makes room for one, once.
pub async fn an_end_makes_room_for_its_source(h: &impl Harness) {
    let b = h.backend(&settings(1)).await;
    for end in 0..6 {
        let login = from(&b, "192.0.2.1").await.expect("there is room");
        assert!(from(&b, "192.0.2.1").await.is_none());
        match end {
            0 => redeem(&b, &login, "grant").await,
            1 => assert_eq!(deny(&b, &login).await, Ok(())),
            2 => assert_eq!(cancel(&b, &login).await, Ok(())),
            3 => assert_eq!(withdraw(&b, &login).await, Ok(None)),
            4 => {
                assert_eq!(complete(&b, &login, "grant").await, Ok(()));
                assert!(from(&b, "192.0.2.1").await.is_none(), "a completed session is live");
                assert_eq!(withdraw(&b, &login).await, Ok(Some("grant".to_owned())));
            }
            _ => {
                let listed = b.sessions().await.unwrap_or_default();
                assert!(b.cancel_session(listed[0].id).await.is_ok());
            }
        }
        for _ in 0..2 {
            let _ = poll(&b, &login).await;
        }
    }
    assert!(from(&b, "192.0.2.1").await.is_some());
    assert!(from(&b, "192.0.2.1").await.is_none(), "room for one");
}

/// A session whose time is over makes room, whether or not a verb or a sweep has noted it.
pub async fn an_expired_session_makes_room_for_its_source(h: &impl Harness) {
    let b = h.backend(&settings(2)).await;
    for _ in 0..2 {
        assert!(from(&b, "192.0.2.1").await.is_some());
    }
    h.advance(SECOND * 600).await;
    for _ in 0..2 {
        assert!(from(&b, "192.0.2.1").await.is_some());
    }
    assert!(from(&b, "192.0.2.1").await.is_none());
}

/// A login without a source counts against none.
pub async fn a_login_without_a_source_is_not_counted(h: &impl Harness) {
    let b = h.backend(&settings(1)).await;
    for _ in 0..20 {
        let _ = begin(&b).await;
    }
    assert!(from(&b, "192.0.2.1").await.is_some());
}

/// Logins of one source that begin and end at the same time keep to its bound, and all of its room comes back.
pub async fn logins_that_begin_at_once_keep_to_the_bound_of_their_source<H: Harness>(h: &H) {
    let b = h.backend(&settings(5)).await;
    let hurry = |_| {
        let b = b.clone();
        async move {
            let mut begun = Vec::new();
            for _ in 0..10 {
                begun.extend(from(&b, "192.0.2.1").await);
            }
            begun
        }
    };
    let begun: Vec<Vec<Initiated>> = h.join((0..4).map(hurry).collect()).await;
    assert_eq!(begun.iter().map(Vec::len).sum::<usize>(), 5);
    let end = |logins: Vec<Initiated>| {
        let b = b.clone();
        async move {
            for login in logins {
                assert_eq!(cancel(&b, &login).await, Ok(()));
            }
        }
    };
    let _: Vec<()> = h.join(begun.into_iter().map(end).collect()).await;
    for at in 0..6 {
        assert_eq!(from(&b, "192.0.2.1").await.is_some(), at < 5, "login {at}");
    }
}
