//! What a login carries beside its codes: a binding, a proof, details, a source; and an approval that is taken back.

use std::net::IpAddr;
use std::time::Duration;

use counterfoil::{
    Backend, BackendError, Binding, Details, InitiateError, LoginOptions, PollOptions, Polled, RedisServers,
    RedisStore, Requester, SettleError, Source, Withdrawn,
};

use crate::conformance::prefix;
use crate::server::{Server, shared};
use crate::support::{SECOND, Store, builder, store, warned, word};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn details() -> Details {
    let requester = Requester::new().address(address("203.0.113.9")).agent("an-agent/8").name("acme-cli");
    Details::new().client("client-id").scope("scope-one scope-two").requester(requester)
}

/// Commands that a server has been sent.
fn commands(server: &Server) -> u64 {
    let info = server.cli(&["info", "stats"]);
    let count = info.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
    count.unwrap().trim().parse().unwrap()
}

/// Details are shown to whoever has the login code, in each process, as long as the session is remembered.
#[tokio::test]
async fn details_are_the_same_in_each_process() {
    let name = prefix();
    let [here, there]: [Store; 2] = [0, 1].map(|_| builder(&shared()).prefix(&name).build().unwrap());
    let login = here.initiate(LoginOptions::new().details(details())).await.unwrap();
    for end in [false, true] {
        if end {
            here.deny(&login.login_code).await.unwrap();
        }
        let seen = there.inspect(&login.login_code).await.unwrap().unwrap();
        assert_eq!(seen.details.as_deref(), Some(&details()));
        assert_eq!(seen.id, login.id);
        assert!(seen.began_ago.is_some_and(|ago| ago < SECOND * 60), "{:?}", seen.began_ago);
        let (_, located) = there.for_tenant("another").locate(&login.login_code).await.unwrap().unwrap();
        assert_eq!(located.details, seen.details);
    }
    assert_eq!(there.identify(&login.polling_code).await, Ok(Some(login.id)));
    assert_eq!(there.for_tenant("another").identify(&login.polling_code).await, Ok(None));
}

/// Whoever writes in Redis cannot have a page show other details.
#[tokio::test]
async fn swapped_details_are_noticed() {
    let server = Server::start(&[]);
    let (store, warnings) = warned(builder(&server.url()));
    let login = store.initiate(LoginOptions::new().details(details())).await.unwrap();
    let [key] = &server.keys("*:m:*")[..] else { panic!("one stub") };
    let length: i64 = server.cli(&["strlen", key]).parse().unwrap();
    server.cli(&["setrange", key, &(length - 40).to_string(), "x"]);
    assert!(store.inspect(&login.login_code).await.is_err());
    assert!(!warnings.lock().unwrap().is_empty());
}

/// A wait whose proof is missing pauses, and does not ask over and over; the end of the session still wakes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_without_its_proof_pauses() {
    let server = Server::start(&[]);
    let store = store(&server.url());
    let proof = || Binding::new([9; 32]);
    for approved_first in [false, true] {
        let details = Details::new().hand_back("http://127.0.0.1:1/");
        let login = store.initiate(LoginOptions::new().details(details)).await.unwrap();
        let approve = async || {
            store.complete(&login.login_code, "grant".to_owned(), Some(proof())).await.map_err(|e| e.reason).unwrap();
        };
        if approved_first {
            approve().await;
        }
        let wait = |options: PollOptions, time: Duration| {
            let (store, code) = (store.clone(), login.polling_code.clone());
            tokio::spawn(async move { word(store.wait(&code, time, &options).await) })
        };
        let [missing, wrong] = [PollOptions::new(), PollOptions::new().hand_back(Binding::new([8; 32]))]
            .map(|options| wait(options, SECOND * 60));
        let listening = || server.cli(&["pubsub", "channels"]).contains("w:");
        while !listening() {
            tokio::task::yield_now().await;
        }
        if !approved_first {
            approve().await;
        }
        // They have looked again, and pause.
        let short = wait(PollOptions::new(), SECOND / 2).await.unwrap();
        assert_eq!(short, "pending");
        let before = commands(&server);
        tokio::time::sleep(SECOND).await;
        let asked = commands(&server) - before;
        assert!(asked < 20, "{asked} commands while two wait");
        assert_eq!(wait(PollOptions::new().hand_back(proof()), SECOND).await.unwrap(), "grant");
        for waiting in [missing, wrong] {
            // A redeemed session is told to whoever waits, at the latest when it looks for itself.
            assert_eq!(waiting.await.unwrap(), "redeemed");
        }
    }
}

/// An approval that is taken back comes with its grant, in another process, and under a store key that was rotated.
#[tokio::test]
async fn an_approval_is_taken_back_with_its_grant() {
    let name = prefix();
    let made = |keys: &[[u8; 32]]| -> Store {
        let start = RedisStore::builder(RedisServers::one(shared())).prefix(&name);
        keys.iter().fold(start, |builder, key| builder.key(*key)).build().unwrap()
    };
    let (here, there) = (made(&[[7; 32]]), made(&[[8; 32], [7; 32]]));
    let login = here.initiate(LoginOptions::new().user_code()).await.unwrap();
    here.complete(&login.login_code, "grant".to_owned(), None).await.unwrap();
    assert!(there.for_tenant("another").withdraw(&login.login_code).await.is_err());
    assert_eq!(there.withdraw(&login.login_code).await, Ok(Withdrawn::TakenBack("grant".to_owned())));
    assert_eq!(there.withdraw(&login.login_code).await, Err(BackendError::Refused(SettleError::Denied)));
    assert_eq!(word(here.poll(&login.polling_code, &PollOptions::new()).await), "denied");
    let stats = here.stats().await.unwrap();
    assert_eq!((stats.completed, stats.denied, stats.remembered), (0, 1, 1));

    // Without the key that it was sealed under it stays where it is.
    let login = here.initiate(LoginOptions::new()).await.unwrap();
    here.complete(&login.login_code, "grant".to_owned(), None).await.unwrap();
    assert!(matches!(made(&[[9; 32]]).withdraw(&login.login_code).await, Err(BackendError::Unavailable(_))));
    assert_eq!(word(here.poll(&login.polling_code, &PollOptions::new()).await), "grant");
}

/// Of a poll and a withdrawal that come at once exactly one gets the grant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_the_tool_gets_the_grant_or_the_withdrawal() {
    let store = store(&shared());
    let (mut collected, mut taken_back) = (0, 0);
    for _ in 0..100 {
        let login = store.initiate(LoginOptions::new()).await.unwrap();
        store.complete(&login.login_code, "grant".to_owned(), None).await.unwrap();
        let options = PollOptions::new();
        let (polled, withdrawn) =
            tokio::join!(store.poll(&login.polling_code, &options), store.withdraw(&login.login_code));
        match (polled, withdrawn) {
            (Ok(Polled::Completed(_)), Err(BackendError::Refused(SettleError::Redeemed))) => collected += 1,
            (Ok(Polled::Denied), Ok(Withdrawn::TakenBack(_))) => taken_back += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(collected + taken_back, 100);
}

/// The bound on a source's logins holds over all processes, by the ladder, and an end gives its place back.
#[tokio::test]
async fn a_source_has_its_bound_in_all_processes() {
    let name = prefix();
    let [here, there]: [Store; 2] =
        [0, 1].map(|_| builder(&shared()).prefix(&name).max_sessions_per_source(2).build().unwrap());
    let begin = async |store: &Store, source: &str| {
        store.initiate(LoginOptions::new().source(address(source))).await.map_err(|error| match error {
            BackendError::Refused(InitiateError::SourceFull { retry_after }) => retry_after,
            other => panic!("{other}"),
        })
    };
    let first = begin(&here, "2001:db8::1").await.unwrap();
    let second = begin(&there, "2001:db8::2").await.unwrap();
    for store in [&here, &there] {
        let retry_after = begin(store, "2001:db8::3").await.unwrap_err();
        assert!(!retry_after.is_zero() && retry_after <= SECOND * 60, "{retry_after:?}");
    }
    // Another /64 of the same /56 has a budget of its own, until the /56 is full with four times as many.
    for network in 1..4 {
        for store in [&here, &there] {
            begin(store, &format!("2001:db8:0:{network}::1")).await.unwrap();
        }
    }
    assert!(begin(&here, "2001:db8:0:9::1").await.is_err(), "the /56 is full");
    begin(&here, "2001:db8:0:100::1").await.unwrap();
    // Each end gives its places back, on each rung.
    here.deny(&first.login_code).await.unwrap();
    there.complete(&second.login_code, "grant".to_owned(), None).await.unwrap();
    assert!(begin(&here, "2001:db8:0:9::1").await.is_ok());
    assert!(begin(&here, "2001:db8:0:9::1").await.is_err(), "a completed one still counts");
    assert_eq!(word(here.poll(&second.polling_code, &PollOptions::new()).await), "grant");
    begin(&there, "2001:db8::4").await.unwrap();
    // Whoever names no source is not counted, and an unknown one is counted as one.
    for _ in 0..5 {
        here.initiate(LoginOptions::new()).await.unwrap();
    }
    for _ in 0..2 {
        here.initiate(LoginOptions::new().source(Source::UNKNOWN)).await.unwrap();
    }
    assert!(here.initiate(LoginOptions::new().source(Source::UNKNOWN)).await.is_err());
}
