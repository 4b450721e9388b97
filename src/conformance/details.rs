//! Who began a login and what it asks for, and the name of a session.

use std::net::Ipv4Addr;

use super::plain::{SECOND, begin, begin_with, cancel, complete, inspect, locate, options, redeem, sessions};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::details::{Details, Requester};

fn details() -> Details {
    let requester = Requester::new()
        .address(Ipv4Addr::new(203, 0, 113, 9).into())
        .agent("acme-cli/1.2 (\u{202e}evil)")
        .name("acme <b>cli</b>");
    Details::new().client("acme").scope("read write").requester(requester).hand_back("http://127.0.0.1:4711/done")
}

/// Details come out as they went in, in every state, to this tenant and to `locate`, and to no other tenant.
pub async fn details_are_shown_as_they_were_given(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let plain = begin(&b).await;
    assert_eq!(inspect(&b, &plain).await.map(|shown| shown.details), Some(None));
    for round in 0..4 {
        let login = begin_with(&b, options(&b).details(details())).await;
        match round {
            0 => {}
            1 => assert_eq!(complete(&b, &login, "grant").await, Ok(())),
            2 => redeem(&b, &login, "grant").await,
            _ => assert_eq!(cancel(&b, &login).await, Ok(())),
        }
        let shown = inspect(&b, &login).await.and_then(|shown| shown.details);
        assert_eq!(shown.as_deref(), Some(&details()), "round {round}");
        let located = locate(&b.for_tenant("other"), &login).await.and_then(|(_, shown)| shown.details);
        assert_eq!(located.as_deref(), Some(&details()), "round {round}");
        assert!(inspect(&b.for_tenant("other"), &login).await.is_none());
    }
    let partial = begin_with(&b, options(&b).details(Details::new().scope(""))).await;
    assert_eq!(inspect(&b, &partial).await.and_then(|shown| shown.details).as_deref(), Some(&Details::new().scope("")));
}

/// A login with details says how long ago it began.
pub async fn a_login_says_how_long_ago_it_began(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin_with(&b, options(&b).details(details())).await;
    h.advance(SECOND * 12).await;
    let ago = inspect(&b, &login).await.and_then(|shown| shown.began_ago).expect("it has details");
    assert!(ago >= SECOND * 12 && ago < SECOND * 13, "{ago:?}");
}

/// A session has one name: where it begins, by either code, and in listings.
pub async fn ids_are_the_same_everywhere(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let (login, other) = (begin(&b).await, begin(&b).await);
    assert_ne!(login.id, other.id);
    assert_eq!(inspect(&b, &login).await.map(|shown| shown.id), Some(login.id));
    assert_eq!(b.identify(&login.polling_code).await, Ok(Some(login.id)));
    assert_eq!(b.for_tenant("other").identify(&login.polling_code).await, Ok(None));
    let mut listed: Vec<u64> = sessions(&b).await.iter().map(|listed| listed.id.get()).collect();
    let mut begun = [login.id.get(), other.id.get()];
    listed.sort_unstable();
    begun.sort_unstable();
    assert_eq!(listed, begun);
    redeem(&b, &login, "grant").await;
    assert_eq!(b.identify(&login.polling_code).await, Ok(Some(login.id)), "remembered");
}
