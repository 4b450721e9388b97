//! Servers that crash, forget, refuse, or have what is not ours.

use std::fs;
use std::time::Duration;

use counterfoil::{
    Backend, BackendError, Binding, Details, GuessLimits, LoginOptions, PollOptions, RedisBuildError, RedisServers,
    RedisStore, RedisWarning, Requester, Source, UserCode, Withdrawn,
};
use futures_util::future::join_all;

use crate::server::{Server, shared};
use crate::support::{SECOND, begin, builder, complete, poll, run, store, unavailable, warned, word};

/// A server that is killed and started again has lost nothing that it said, if it writes each command down.
#[tokio::test]
async fn a_crash_loses_nothing() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = store(&server.url());
    let (pending, approved, denied) = (begin(&store).await, begin(&store).await, begin(&store).await);
    complete(&store, &approved, "grant").await.unwrap();
    store.deny(&denied.login_code).await.unwrap();
    server.kill();
    let down = store.poll(&pending.polling_code, &PollOptions::new()).await.unwrap_err();
    assert!(!down.retry_after.is_zero());
    server.restart();
    assert_eq!(poll(&store, &pending).await, "pending");
    assert_eq!(poll(&store, &approved).await, "grant");
    assert_eq!(poll(&store, &approved).await, "redeemed");
    assert_eq!(poll(&store, &denied).await, "denied");
}

/// A server that is not there is *unavailable*, and nothing may have been applied.
#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let mut server = Server::start(&[]);
    let store = builder(&server.url()).limit(SECOND / 5).build().unwrap();
    let login = begin(&store).await;
    server.kill();
    for _ in 0..2 {
        assert!(unavailable(&store.deny(&login.login_code).await));
    }
    let again = builder(&server.url()).limit(SECOND / 5).build().unwrap();
    let Err(BackendError::Unavailable(down)) = again.initiate(LoginOptions::new()).await else { panic!("refused") };
    assert!(!down.maybe_applied);
}

/// A server that forgets its scripts is told them again.
#[tokio::test]
async fn scripts_that_are_forgotten_are_sent_again() {
    let server = Server::start(&[]);
    let store = store(&server.url());
    let login = begin(&store).await;
    for verb in 0..4 {
        assert_eq!(server.cli(&["script", "flush"]), "OK");
        match verb {
            0 => assert_eq!(store.claim_context(&login.login_code).await, Ok("scopes".to_owned())),
            1 => complete(&store, &login, "grant").await.unwrap(),
            2 => assert_eq!(poll(&store, &login).await, "grant"),
            _ => assert_eq!(store.stats().await.unwrap().redeemed, 1),
        }
    }
}

/// After a flush every code is unknown, and logins begin as on an empty server.
#[tokio::test]
async fn after_a_flush_codes_are_unknown() {
    let server = Server::start(&[]);
    let store = store(&server.url());
    let login = begin(&store).await;
    assert_eq!(server.cli(&["flushall"]), "OK");
    assert_eq!(poll(&store, &login).await, "unknown");
    assert_eq!(store.inspect(&login.login_code).await, Ok(None));
    assert!(store.sessions().await.unwrap().is_empty());
    let login = begin(&store).await;
    complete(&store, &login, "grant").await.unwrap();
    assert_eq!(poll(&store, &login).await, "grant");
}

/// A primary that has become a replica refuses what writes, and is *unavailable*; then it works as before.
#[tokio::test]
async fn a_replica_is_unavailable() {
    let server = Server::start(&[]);
    let store = builder(&server.url()).limit(SECOND / 2).build().unwrap();
    let login = begin(&store).await;
    server.cli(&["replicaof", "127.0.0.1", "1"]);
    let refused = store.complete(&login.login_code, "grant".to_owned(), None).await.unwrap_err();
    assert_eq!(refused.grant, "grant");
    assert!(matches!(refused.reason, BackendError::Unavailable(down) if !down.maybe_applied), "{:?}", refused.reason);
    assert!(unavailable(&store.cancel(&login.polling_code).await));
    server.cli(&["replicaof", "no", "one"]);
    complete(&store, &login, "grant").await.unwrap();
    assert_eq!(poll(&store, &login).await, "grant");
}

/// A server whose memory is full refuses what writes, and it is *unavailable*, with a warning.
#[tokio::test]
async fn a_full_server_is_unavailable() {
    let server = Server::start(&[]);
    let (store, warnings) = warned(builder(&server.url()));
    let login = begin(&store).await;
    server.cli(&["config", "set", "maxmemory", "1"]);
    assert!(unavailable(&store.deny(&login.login_code).await));
    assert_ne!(poll(&store, &login).await, "unknown");
    let told = warnings.lock().unwrap().clone();
    assert!(
        told.iter().any(|w| matches!(w, RedisWarning::Refused { message, .. } if message.contains("OOM"))),
        "{told:?}"
    );
    server.cli(&["config", "set", "maxmemory", "0"]);
    store.deny(&login.login_code).await.unwrap();
}

/// A policy that evicts live logins is warned of.
#[tokio::test]
async fn an_evicting_policy_is_warned_of() {
    let server = Server::start(&["--maxmemory-policy", "volatile-lru"]);
    let (store, warnings) = warned(builder(&server.url()));
    begin(&store).await;
    let expected = RedisWarning::Eviction { policy: "volatile-lru".to_owned() };
    for _ in 0..1000 {
        if warnings.lock().unwrap().contains(&expected) {
            return;
        }
        store.stats().await.unwrap();
    }
    panic!("no warning");
}

/// A value that is not ours, cut off, of a later version or of another type, in each key: *unavailable*, and no panic.
#[tokio::test]
async fn foreign_values_are_errors() {
    let server = Server::start(&[]);
    for kind in ["s", "m", "g", "c", "u"] {
        for value in ["", "x", "not ours at all, and long enough to be something", "later", "cut", "list"] {
            server.cli(&["flushall"]);
            let (store, warnings) = warned(builder(&server.url()).limit(SECOND));
            let login = begin(&store).await;
            if kind == "g" {
                complete(&store, &login, "grant").await.unwrap();
            }
            let keys = server.keys(&format!("*:{kind}:*"));
            let [key] = &keys[..] else { panic!("one key of {kind}: {keys:?}") };
            match value {
                "list" => {
                    server.cli(&["del", key]);
                    server.cli(&["rpush", key, "item"]);
                }
                "later" => drop(server.cli(&["setrange", key, "0", "\u{2}"])),
                "cut" => drop(server.cli(&[
                    "eval",
                    "redis.call('SET', KEYS[1], string.sub(redis.call('GET', KEYS[1]), 1, 12), 'KEEPTTL')",
                    "1",
                    key,
                ])),
                text => drop(server.cli(&["set", key, text, "keepttl"])),
            }
            let what = format!("{value:?} in {kind}");
            match kind {
                "s" | "m" => {
                    if kind == "s" {
                        assert_eq!(poll(&store, &login).await, "unavailable", "{what}");
                    }
                    let looked = store.inspect(&login.login_code).await;
                    assert!(looked.is_err(), "{what}: {looked:?}");
                    let denied = store.deny(&login.login_code).await;
                    assert!(unavailable(&denied), "{what}: {denied:?}");
                }
                "g" => assert_eq!(poll(&store, &login).await, "unavailable", "{what}"),
                "c" => {
                    let claimed = store.claim_context(&login.login_code).await;
                    assert!(matches!(claimed, Err(BackendError::Unavailable(_))), "{what}: {claimed:?}");
                    if value != "cut" {
                        assert!(store.inspect(&login.login_code).await.is_err(), "{what}");
                    }
                }
                _ => {
                    let found = store.resolve(&login.user_code.clone().unwrap(), Source::UNKNOWN).await;
                    assert!(matches!(found, Err(BackendError::Unavailable(_))), "{what}: {found:?}");
                }
            }
            assert!(!warnings.lock().unwrap().is_empty(), "{what} is warned of");
        }
    }
}

/// A value of another type in any key that a store keeps: the verbs that need it are *unavailable*, no code is *unknown*,
/// and nothing panics.
#[tokio::test]
async fn a_value_of_another_type_is_an_error_in_any_key() {
    let server = Server::start(&[]);
    let kinds = ["s:*", "m:*", "c:*", "p:*", "n", "a", "r", "k", "t:*", "o:*", "u:*", "{q}:all", "{q}:*", "{q}:long"];
    let verbs = [
        "poll", "wait", "inspect", "locate", "claim", "resolve", "complete", "redeem", "withdraw", "deny", "cancel",
        "initiate", "sessions", "stats",
    ];
    for kind in kinds {
        server.cli(&["flushall"]);
        let limits = GuessLimits { per_source: 9, total: 1 };
        let builder = builder(&server.url()).limit(SECOND).poll_interval(SECOND).max_sessions_per_tenant(100);
        let (store, warnings) = warned(builder.user_code_guesses(limits));
        let options = || {
            let options = LoginOptions::new().context("scopes".to_owned()).user_code().source([203, 0, 113, 9]);
            options.details(Details::new().scope("read"))
        };
        let login = store.initiate(options()).await.unwrap();
        poll(&store, &login).await;
        let wrong = UserCode::parse("BBBB-BBBB").unwrap();
        let _ = store.resolve(&wrong, Source::from([203, 0, 113, 9])).await;
        for end in ["deny", "complete"] {
            let other = store.initiate(options()).await.unwrap();
            run(end, &store, &other).await;
        }
        let keys = server.keys(&format!("*:{kind}"));
        assert!(!keys.is_empty(), "there are some of {kind}");
        for key in keys {
            server.cli(&["del", &key]);
            server.cli(&["rpush", &key, "item"]);
        }
        let mut told = Vec::new();
        for verb in verbs {
            let word = run(verb, &store, &login).await;
            assert!(!word.eq_ignore_ascii_case("unknown"), "{verb} with another {kind}: {word}");
            told.push(word);
        }
        if matches!(store.initiate(options()).await, Err(BackendError::Unavailable(_))) {
            told.push("unavailable".to_owned());
        }
        assert!(told.iter().any(|word| word == "unavailable"), "{kind}: {told:?}");
        assert!(!warnings.lock().unwrap().is_empty(), "{kind} is warned of");
    }
}

/// Reads that go together find a value of another type, too: `MGET` calls it none.
#[tokio::test]
async fn a_value_of_another_type_is_an_error_to_reads_that_go_together() {
    let server = Server::start(&[]);
    let (store, _) = warned(builder(&server.url()).user_code_guesses(GuessLimits { per_source: 1, total: 1 }));
    let login = begin(&store).await;
    for kind in ["u", "s"] {
        let [key] = &server.keys(&format!("*:{kind}:*"))[..] else { panic!("one {kind}") };
        server.cli(&["del", key]);
        server.cli(&["rpush", key, "item"]);
        let verb = if kind == "u" { "resolve" } else { "poll" };
        let told = join_all((0..64).map(|_| run(verb, &store, &login))).await;
        assert!(told.iter().all(|told| told == "unavailable"), "{verb}: {told:?}");
    }
}

/// All that a server is told and keeps: in its log of commands there is no code, no grant and no context.
#[tokio::test]
async fn the_server_learns_no_secret() {
    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = store(&server.url());
    let requester = Requester::new().address([203, 0, 113, 7].into()).agent("an-agent/8").name("acme-cli");
    let details = Details::new().client("client-id").scope("scope-one").requester(requester);
    let options = LoginOptions::new().context("scopes".to_owned()).user_code().details(details);
    let login = store.initiate(options.source([203, 0, 113, 7])).await.unwrap();
    poll(&store, &login).await;
    let bound = LoginOptions::new().binding(Binding::new(*b"thirty-two bytes of some binding"));
    let bound = store.initiate(bound).await.unwrap();
    let proof = Binding::new(*b"thirty-two bytes of a hand-back.");
    store.complete(&bound.login_code, "taken back".to_owned(), Some(proof)).await.map_err(|e| e.reason).unwrap();
    assert_eq!(store.withdraw(&bound.login_code).await, Ok(Withdrawn::TakenBack("taken back".to_owned())));
    assert!(store.resolve(&login.user_code.clone().unwrap(), Source::UNKNOWN).await.is_ok());
    let waiting = store.wait(&login.polling_code, SECOND / 20, &PollOptions::new()).await;
    assert_eq!(word(waiting), "pending");
    complete(&store, &login, "the grant that nobody sees").await.unwrap();
    assert_eq!(poll(&store, &login).await, "the grant that nobody sees");
    let mut log = Vec::new();
    for file in server.files() {
        log.extend(fs::read(file).unwrap());
    }
    assert!(log.len() > 1000, "it is written down");
    let (polling, browser) = (login.polling_code.expose(), login.login_code.expose());
    let typed = login.user_code.unwrap().expose().to_string();
    let typed_plain = typed.replace('-', "");
    let codes = [&polling[..16], &browser[..16], &typed, &typed_plain];
    let kept = ["nobody sees", "taken back", "scopes", "203.0.113.7", "client-id", "scope-one", "an-agent", "acme-cli"];
    let carried = ["thirty-two bytes", "some binding", "a hand-back"];
    let texts = codes.into_iter().chain(kept).chain(carried).map(str::as_bytes);
    for secret in texts.chain([&[203, 0, 113, 7][..]]) {
        assert!(!log.windows(secret.len()).any(|bytes| bytes == secret), "{:?}", String::from_utf8_lossy(secret));
    }
}

/// Whoever writes in Redis cannot have a grant sealed to a key of its own.
#[tokio::test]
async fn a_swapped_key_is_noticed() {
    let server = Server::start(&[]);
    let (store, warnings) = warned(builder(&server.url()));
    let login = begin(&store).await;
    let [key] = &server.keys("*:m:*")[..] else { panic!("one stub") };
    server.cli(&["setrange", key, "57", "another key, which is of 32 bytes"]);
    assert!(complete(&store, &login, "grant").await.is_err());
    assert!(matches!(
        warnings.lock().unwrap()[..],
        [RedisWarning::Foreign { why: "tampered with, or of another store key", .. }]
    ));
}

/// Two processes: what one approves wakes the one that waits, also after the server was away.
#[tokio::test]
async fn one_process_wakes_another() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let name = crate::conformance::prefix();
    let made = |_| RedisStore::builder(RedisServers::one(server.url())).key([7; 32]).prefix(&name).build().unwrap();
    let [here, there]: [crate::support::Store; 2] = [0, 1].map(made);
    for round in 0..3 {
        let login = begin(&here).await;
        let (waiter, code) = (here.clone(), login.polling_code.clone());
        let started = std::time::Instant::now();
        let waiting = tokio::spawn(async move { waiter.wait(&code, SECOND * 60, &PollOptions::new()).await });
        if round == 1 {
            while server.cli(&["pubsub", "channels"]).is_empty() {
                tokio::task::yield_now().await;
            }
            server.kill();
            server.restart();
        }
        complete(&there, &login, "grant").await.unwrap();
        assert_eq!(word(waiting.await.unwrap()), "grant");
        assert!(started.elapsed() < Duration::from_secs(30), "woken");
    }
    assert!(server.cli(&["pubsub", "channels"]).matches("w:").count() <= 1, "one subscription a process that waits");
}

/// A builder refuses what makes no sense.
#[test]
fn settings_are_checked() {
    let build = |url: &str| RedisStore::<String>::builder(RedisServers::one(url)).build().err();
    assert_eq!(build("redis://127.0.0.1"), Some(RedisBuildError::NoKey));
    assert_eq!(build("http://127.0.0.1"), Some(RedisBuildError::Url));
    let store = || RedisStore::<String>::builder(RedisServers::one(shared())).key([0; 32]);
    assert_eq!(store().prefix("{a}").build().err(), Some(RedisBuildError::Prefix));
    assert!(store().ttl(Duration::ZERO).build().is_err());
    assert!(store().replay(SECOND * 3600).build().is_err());
    for (text, right) in
        [("redis+cluster://a:1,b:2", true), ("redis+sentinel://a:1/main", true), ("redis+sentinel://a", false)]
    {
        assert_eq!(text.parse::<RedisServers>().is_ok(), right, "{text}");
    }
}
