//! Bounds that several processes share, and the buckets that they are split over.

use counterfoil::{
    Backend, BackendError, GuessLimits, InitiateError, LoginOptions, RedisBuilder, ResolveError, Source, UserCode,
};

use crate::conformance::prefix;
use crate::server::{Server, shared};
use crate::support::{SECOND, Store, builder};

/// Two processes.
fn two(set: impl Fn(RedisBuilder<String, String>) -> RedisBuilder<String, String>) -> [Store; 2] {
    let name = prefix();
    [(), ()].map(|()| set(builder(&shared()).prefix(&name)).build().unwrap())
}

/// What a login that cannot begin is told.
async fn refusal(store: &Store) -> InitiateError {
    match store.initiate(LoginOptions::new()).await {
        Err(BackendError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

/// All processes together have so many sessions, and no more; an end in one makes room in the other.
#[tokio::test]
async fn processes_share_the_bound_of_sessions() {
    let [here, there] = two(|builder| builder.max_sessions(4));
    let mut logins = Vec::new();
    for store in [&here, &there, &here, &there] {
        logins.push(store.initiate(LoginOptions::new()).await.unwrap());
    }
    for store in [&here, &there] {
        assert!(matches!(refusal(store).await, InitiateError::Full { retry_after } if !retry_after.is_zero()));
    }
    there.deny(&logins[0].login_code).await.unwrap();
    here.initiate(LoginOptions::new()).await.unwrap();
    assert!(matches!(refusal(&there).await, InitiateError::Full { .. }));
    assert_eq!(there.stats().await.unwrap().pending, 4);
}

/// Two processes that begin many logins at once do not pass the bound either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_once_no_more_begin_than_there_is_room_for() {
    let [here, there] = two(|builder| builder.max_sessions(40));
    let mut running = tokio::task::JoinSet::new();
    for at in 0..100 {
        let store = if at % 2 == 0 { here.clone() } else { there.clone() };
        running.spawn(async move { store.initiate(LoginOptions::new()).await.is_ok() });
    }
    let begun = running.join_all().await.into_iter().filter(|begun| *begun).count();
    assert_eq!(begun, 40);
}

/// A tenant has its bound in all processes, and another tenant has its own.
#[tokio::test]
async fn processes_share_the_bound_of_a_tenant() {
    let [here, there] = two(|builder| builder.max_sessions_per_tenant(2)).map(|store| store.for_tenant("acme"));
    let login = here.initiate(LoginOptions::new()).await.unwrap();
    there.initiate(LoginOptions::new()).await.unwrap();
    for store in [&here, &there] {
        assert!(matches!(refusal(store).await, InitiateError::TenantFull { retry_after } if !retry_after.is_zero()));
    }
    there.for_tenant("globex").initiate(LoginOptions::new()).await.unwrap();
    there.cancel(&login.polling_code).await.unwrap();
    here.initiate(LoginOptions::new()).await.unwrap();
    assert!(matches!(refusal(&there).await, InitiateError::TenantFull { .. }));
}

/// Wrong user codes are counted in all processes together, of one source and of all.
#[tokio::test]
async fn processes_share_the_budgets_of_guesses() {
    let [here, there] = two(|builder| builder.user_code_guesses(GuessLimits { per_source: 3, total: 5 }));
    let wrong = UserCode::parse("BBBB-BBBB").unwrap();
    let guess = async |store: &Store, source: [u8; 4]| match store.resolve(&wrong, Source::from(source)).await {
        Err(BackendError::Refused(ResolveError::Unknown)) => true,
        Err(BackendError::Refused(ResolveError::TooManyGuesses { .. })) => false,
        other => panic!("{other:?}"),
    };
    let (one, other) = ([203, 0, 113, 9], [198, 51, 100, 9]);
    for store in [&here, &there, &here] {
        assert!(guess(store, one).await);
    }
    for store in [&here, &there] {
        assert!(!guess(store, one).await, "its budget is used up in both");
    }
    assert!(guess(&there, other).await);
    assert!(guess(&here, other).await, "that makes five of all");
    for store in [&here, &there] {
        assert!(!guess(store, other).await, "one that has failed is refused, since the total is used up");
        let login = store.initiate(LoginOptions::new().user_code()).await.unwrap();
        assert_eq!(login.user_code.unwrap().expose().len(), 11, "new codes are longer");
    }
}

/// Fills these buckets to their bound with sessions that last.
fn fill(server: &Server, store: &str, buckets: std::ops::Range<u32>, each: u32) {
    const FILL: &str = "
        local at = redis.call('TIME')[1] * 1000 + 600000
        for bucket = tonumber(ARGV[1]), tonumber(ARGV[2]) do
          for entry = 1, tonumber(ARGV[3]) do
            redis.call('ZADD', KEYS[1] .. ':{' .. string.format('%.0f', bucket) .. '}:n', string.format('%.0f', at), entry)
          end
        end
        return 'OK'";
    let [first, last] = [buckets.start, buckets.end - 1].map(|bucket| bucket.to_string());
    assert_eq!(server.cli(&["eval", FILL, "1", store, &first, &last, &each.to_string()]), "OK");
}

/// A login that finds its bucket full tries two others.
#[tokio::test]
async fn a_login_that_finds_its_bucket_full_tries_others() {
    const EACH: u32 = 100;
    let server = Server::start(&[]);
    let name = prefix();
    let store = builder(&server.url()).prefix(&name).max_sessions(256 * EACH as usize).build().unwrap();
    let scripts = || {
        let info = server.cli(&["info", "commandstats"]);
        let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls=")).map(str::to_owned);
        line.and_then(|line| line.split(',').next().and_then(|count| count.parse::<u64>().ok())).unwrap_or(0)
    };
    // The scripts are known; a login whose first bucket has room takes two of them.
    store.initiate(LoginOptions::new()).await.unwrap();
    let before = scripts();
    store.initiate(LoginOptions::new()).await.unwrap();
    assert_eq!(scripts() - before, 2);

    // One full bucket keeps nobody away. Each login meets it with a chance of 1 in 256: of so many some do.
    fill(&server, &name, 17..18, EACH);
    let (mut begun, mut tried_again) = (0, 0);
    while tried_again < 2 {
        let before = scripts();
        store.initiate(LoginOptions::new()).await.unwrap();
        begun += 1;
        tried_again += u32::from(scripts() - before > 2);
        assert!(begun < 20_000, "no login has met the bucket");
    }

    // With half of them full, one of eight logins finds three full ones in a row.
    fill(&server, &name, 0..128, EACH);
    let mut refused = 0;
    for _ in 0..400 {
        match store.initiate(LoginOptions::new()).await {
            Ok(_) => begun += 1,
            Err(BackendError::Refused(InitiateError::Full { retry_after })) => {
                assert!(!retry_after.is_zero() && retry_after <= SECOND * 7200, "{retry_after:?}");
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!((1..120).contains(&refused), "{refused} of 400: 50 are expected, 200 if nobody tried others");

    // And when all are, it is full.
    fill(&server, &name, 0..256, EACH);
    assert!(matches!(refusal(&store).await, InitiateError::Full { .. }));
    // What was refused has left nothing on the tenant's account.
    assert_eq!(store.sessions().await.unwrap().len(), begun + 2);
}
