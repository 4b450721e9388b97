//! Each verb with each of its replies lost on the way: what it did, it did once, and it says so.

use counterfoil::{Attempt, Backend, Details, Initiated, LoginOptions, PollOptions, PollingCode, Source, Withdrawn};

use crate::proxy::Proxy;
use crate::server::{Server, shared};
use crate::support::{SECOND, Store, begin, builder, complete, poll, word};

/// The server knows the scripts: the first reply of a verb is its own.
async fn know_all_scripts(store: &Store) {
    for end in 0..4 {
        let login = begin(store).await;
        store.claim_context(&login.login_code).await.unwrap();
        store.resolve(&login.user_code.clone().unwrap(), Source::UNKNOWN).await.unwrap();
        match end {
            0 => store.deny(&login.login_code).await.unwrap(),
            1 => store.cancel(&login.polling_code).await.unwrap(),
            2 => assert_eq!(store.withdraw(&login.login_code).await, Ok(Withdrawn::Denied)),
            _ => {
                complete(store, &login, "grant").await.unwrap();
                poll(store, &login).await;
            }
        }
    }
    store.sessions().await.unwrap();
}

/// Runs the body for each reply that a verb has, with that one swallowed.
macro_rules! each_reply_lost {
    ($name:ident, |$store:ident, $login:ident| $prepare:expr, $verb:expr, $after:expr) => {
        #[tokio::test]
        async fn $name() {
            let server = Server::start(&[]);
            let proxy = Proxy::before(server.port).await;
            know_all_scripts(&builder(&server.url()).build().unwrap()).await;
            let mut lost = 0;
            for at in 0..20 {
                let $store: Store = builder(&proxy.url()).build().unwrap();
                let $login: Initiated = begin(&$store).await;
                let _ = &$login;
                let () = $prepare;
                // The look at the policy is over.
                $store.stats().await.unwrap();
                proxy.swallow(at);
                $verb;
                let swallowed = proxy.has_swallowed();
                let () = $after;
                if !swallowed {
                    assert!(lost > 0, "the verb has replies");
                    return;
                }
                lost += 1;
            }
            panic!("a verb has not so many replies");
        }
    };
}

each_reply_lost!(
    a_poll,
    |store, login| (),
    assert_eq!(poll(&store, &login).await, "pending"),
    assert_eq!(poll(&store, &login).await, "pending")
);

each_reply_lost!(
    a_poll_that_redeems,
    |store, login| complete(&store, &login, "grant").await.unwrap(),
    assert_eq!(poll(&store, &login).await, "grant"),
    assert_eq!(poll(&store, &login).await, "redeemed")
);

each_reply_lost!(
    a_poll_that_redeems_as_an_attempt,
    |store, login| complete(&store, &login, "grant").await.unwrap(),
    assert_eq!(
        word(store.poll(&login.polling_code, &PollOptions::new().attempt(Attempt::new([1; 16]))).await),
        "grant"
    ),
    {
        assert_eq!(
            word(store.poll(&login.polling_code, &PollOptions::new().attempt(Attempt::new([1; 16]))).await),
            "grant"
        );
        assert_eq!(poll(&store, &login).await, "redeemed");
        assert_eq!(store.stats().await.unwrap().redeemed, 1);
    }
);

each_reply_lost!(
    a_wait_that_redeems,
    |store, login| complete(&store, &login, "grant").await.unwrap(),
    assert_eq!(word(store.wait(&login.polling_code, SECOND, &PollOptions::new()).await), "grant"),
    assert_eq!(poll(&store, &login).await, "redeemed")
);

each_reply_lost!(
    a_login_that_begins,
    |store, login| (),
    {
        let login = begin(&store).await;
        assert_eq!(poll(&store, &login).await, "pending");
        assert_eq!(store.claim_context(&login.login_code).await, Ok("scopes".to_owned()));
    },
    assert_eq!(store.stats().await.unwrap().initiated, 2, "once")
);

each_reply_lost!(an_approval, |store, login| (), complete(&store, &login, "grant").await.unwrap(), {
    assert_eq!(store.stats().await.unwrap().approved, 1, "once");
    assert_eq!(poll(&store, &login).await, "grant");
});

each_reply_lost!(a_denial, |store, login| (), store.deny(&login.login_code).await.unwrap(), {
    assert_eq!(store.stats().await.unwrap().denied, 1, "once");
    assert_eq!(poll(&store, &login).await, "denied");
});

each_reply_lost!(a_cancellation, |store, login| (), store.cancel(&login.polling_code).await.unwrap(), {
    assert_eq!(store.stats().await.unwrap().cancelled, 1, "once");
    assert_eq!(poll(&store, &login).await, "cancelled");
});

each_reply_lost!(
    a_withdrawal,
    |store, login| complete(&store, &login, "grant").await.unwrap(),
    assert_eq!(store.withdraw(&login.login_code).await, Ok(Withdrawn::TakenBack("grant".to_owned()))),
    {
        assert_eq!(store.stats().await.unwrap().denied, 1, "once");
        assert_eq!(poll(&store, &login).await, "denied");
    }
);

each_reply_lost!(
    a_withdrawal_before_the_approval,
    |store, login| (),
    assert_eq!(store.withdraw(&login.login_code).await, Ok(Withdrawn::Denied)),
    {
        assert_eq!(store.stats().await.unwrap().denied, 1, "once");
        assert_eq!(poll(&store, &login).await, "denied");
    }
);

each_reply_lost!(
    a_login_that_begins_on_accounts_of_its_source,
    |store, login| (),
    {
        let options = LoginOptions::new().source([203, 0, 113, 9]).details(Details::new().scope("read"));
        let login = store.initiate(options).await.unwrap();
        assert_eq!(poll(&store, &login).await, "pending");
        store.cancel(&login.polling_code).await.unwrap();
    },
    assert_eq!(store.stats().await.unwrap().initiated, 2, "once")
);

each_reply_lost!(
    a_cancellation_by_id,
    |store, login| (),
    {
        let listed = store.sessions().await.unwrap();
        store.cancel_session(listed[0].id).await.unwrap();
    },
    assert_eq!(poll(&store, &login).await, "cancelled")
);

each_reply_lost!(
    a_claim,
    |store, login| (),
    assert_eq!(store.claim_context(&login.login_code).await, Ok("scopes".to_owned())),
    assert!(store.claim_context(&login.login_code).await.is_err(), "once")
);

each_reply_lost!(
    a_user_code,
    |store, login| (),
    {
        let code = login.user_code.clone().unwrap();
        assert!(store.resolve(&code, Source::UNKNOWN).await == Ok(login.login_code.clone()));
    },
    ()
);

each_reply_lost!(
    a_look,
    |store, login| (),
    {
        assert!(store.inspect(&login.login_code).await.unwrap().is_some());
        assert!(store.locate(&login.login_code).await.unwrap().is_some());
    },
    ()
);

/// A store whose every reply is lost says that it is out of reach, and that the approval may stand.
#[tokio::test]
async fn what_cannot_be_found_out_is_told() {
    let url = shared();
    let port = url.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap();
    let proxy = Proxy::before(port).await;
    let store = builder(&proxy.url()).limit(SECOND / 2).build().unwrap();
    let login = begin(&store).await;
    // The script is known, and the look at the policy is over.
    let other = begin(&store).await;
    store.cancel(&other.polling_code).await.unwrap();
    store.stats().await.unwrap();
    proxy.close(true);
    let refused = store.cancel(&login.polling_code).await.unwrap_err();
    let counterfoil::BackendError::Unavailable(unavailable) = refused else { panic!("{refused:?}") };
    assert!(unavailable.maybe_applied && !unavailable.retry_after.is_zero());
    proxy.close(false);
    assert_eq!(poll(&store, &login).await, "cancelled", "it was applied");
    let unknown = PollingCode::parse("a".repeat(40)).unwrap();
    assert!(matches!(store.poll(&unknown, &PollOptions::new()).await, Ok(counterfoil::Polled::Unknown)));
    store.initiate(LoginOptions::new()).await.unwrap();
}
