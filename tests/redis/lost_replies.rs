//! Each verb with each of its replies lost on the way: what it did, it did once, and it says so.

use std::time::Duration;

use counterfoil::{
    Attempt, Backend, BackendError, Details, GuessLimits, Initiated, LoginOptions, PollOptions, Polled, PollingCode,
    ResolveError, Source, UserCode, Withdrawn,
};

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

/// A poll that is sent again, since its answer was lost or did not come in time, is one poll for its pace.
#[tokio::test]
async fn a_poll_at_a_pace() {
    let server = Server::start(&[]);
    let proxy = Proxy::before(server.port).await;
    for silent in [false, true] {
        for tolerance in [Duration::ZERO, SECOND / 4] {
            let store = builder(&proxy.url()).poll_interval(SECOND * 60).limit(SECOND * 5).build().unwrap();
            let store = store.tolerant(tolerance);
            // The script is known, and the look at the policy is over.
            poll(&store, &begin(&store).await).await;
            store.stats().await.unwrap();
            let login = begin(&store).await;
            let lost = async || {
                if silent {
                    proxy.swallow_in_silence(0)
                } else {
                    proxy.swallow(0)
                }
                let told = store.poll(&login.polling_code, &PollOptions::new()).await.unwrap();
                assert!(proxy.has_swallowed());
                told
            };
            assert!(matches!(lost().await, Polled::Pending { retry_after } if retry_after == SECOND * 60));
            // What comes later is another poll, also by a handle that takes two at once for one.
            tokio::time::sleep(tolerance * 2).await;
            assert!(matches!(lost().await, Polled::SlowDown { retry_after } if retry_after == SECOND * 65));
            tokio::time::sleep(tolerance * 2).await;
            let told = store.poll(&login.polling_code, &PollOptions::new()).await;
            assert!(matches!(told, Ok(Polled::SlowDown { retry_after }) if retry_after == SECOND * 70), "{told:?}");
        }
    }
}

/// A wrong user code that is sent again counts once, of its source and of all.
#[tokio::test]
async fn a_wrong_user_code() {
    let server = Server::start(&[]);
    let proxy = Proxy::before(server.port).await;
    let limits = GuessLimits { per_source: 2, total: 1000 };
    let wrong = UserCode::parse("BBBB-BBBB").unwrap();
    for silent in [false, true] {
        let store = builder(&proxy.url()).user_code_guesses(limits).limit(SECOND * 5).build().unwrap();
        know_all_scripts(&store).await;
        let mut lost = 0_u8;
        loop {
            let source = Source::from([198, 51 + lost, 100, 9]);
            let guess = async || store.resolve(&wrong, source).await;
            store.stats().await.unwrap();
            if silent {
                proxy.swallow_in_silence(lost.into())
            } else {
                proxy.swallow(lost.into())
            }
            assert_eq!(guess().await, Err(BackendError::Refused(ResolveError::Unknown)));
            let swallowed = proxy.has_swallowed();
            assert_eq!(
                guess().await,
                Err(BackendError::Refused(ResolveError::Unknown)),
                "reply {lost}: one guess is left"
            );
            let refused = guess().await;
            assert!(matches!(refused, Err(BackendError::Refused(ResolveError::TooManyGuesses { .. }))), "{refused:?}");
            if !swallowed {
                assert_eq!(lost, 2, "a look and a judgement");
                break;
            }
            lost += 1;
        }
    }
}

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
    let BackendError::Unavailable(unavailable) = refused else { panic!("{refused:?}") };
    assert!(unavailable.maybe_applied && !unavailable.retry_after.is_zero());
    proxy.close(false);
    assert_eq!(poll(&store, &login).await, "cancelled", "it was applied");
    let unknown = PollingCode::parse("a".repeat(40)).unwrap();
    assert!(matches!(store.poll(&unknown, &PollOptions::new()).await, Ok(Polled::Unknown)));
    store.initiate(LoginOptions::new()).await.unwrap();
}
