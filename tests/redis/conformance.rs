//! The engine over Redis, by the law book of all engines. The clock is moved by hand: all times lie in expiries and in
//! scores, and a script shifts them. A tick is ten seconds of the server's, so that what a test takes does not show.

use std::future::{Future, ready};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use counterfoil::conformance::model::Script;
use counterfoil::conformance::{Capability, Harness, Settings};
use counterfoil::{Backend, GuessLimits, LoginOptions, PollOptions, RedisServers, RedisStore, Source, UserCode};

use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};

use crate::server::shared;

const TICK: Duration = Duration::from_secs(10);

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// Moves all that the stores with a prefix have.
const SHIFT: &str = r"
local by = tonumber(ARGV[2])
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do
  if redis.call('TYPE', key).ok == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -by, member) end
  end
  if string.find(key, ':m:', 1, true) then
    local stub = redis.call('GET', key)
    local began = string.format('%016.0f', tonumber(string.sub(stub, -16)) - by)
    redis.call('SET', key, string.sub(stub, 1, -17) .. began, 'KEEPTTL')
  end
  local left = redis.call('PTTL', key)
  if left >= 0 and left <= by then
    redis.call('DEL', key)
  elseif left > 0 then
    redis.call('PEXPIRE', key, string.format('%.0f', left - by))
  end
end
return 'OK'";

/// Stores of texts by one clock.
#[derive(Default)]
pub(crate) struct Shifted {
    prefixes: Mutex<Vec<String>>,
}

pub(crate) fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Harness for Shifted {
    type Backend = RedisStore<String, String>;

    fn backend(&self, settings: &Settings) -> impl Future<Output = Self::Backend> {
        let prefix = prefix();
        let guesses = GuessLimits { per_source: settings.guesses_per_source, total: settings.guesses_in_total };
        let mut builder = RedisStore::builder(RedisServers::one(shared()))
            .key([7; 32])
            .prefix(&prefix)
            .tick(TICK)
            .ttl(settings.ttl)
            .retention(settings.retention)
            .max_sessions(settings.max_sessions)
            .max_sessions_per_source(settings.max_sessions_per_source)
            .user_code_guesses(guesses);
        if let Some(max) = settings.max_sessions_per_tenant {
            builder = builder.max_sessions_per_tenant(max);
        }
        if let Some(interval) = settings.poll_interval {
            builder = builder.poll_interval(interval);
        }
        if let Some(window) = settings.replay {
            builder = builder.replay(window);
        }
        self.prefixes.lock().unwrap().push(prefix);
        ready(builder.on_warning(|warning| eprintln!("warning: {warning}")).build().unwrap())
    }

    async fn advance(&self, by: Duration) {
        let prefixes = self.prefixes.lock().unwrap().clone();
        let millis = by.as_millis() * TICK.as_millis();
        let client = redis::Client::open(shared()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        for prefix in prefixes {
            let mut command = redis::cmd("EVAL");
            command.arg(SHIFT).arg(0).arg(prefix).arg(millis.to_string());
            let done: String = command.query_async(&mut connection).await.unwrap();
            assert_eq!(done, "OK");
        }
    }

    fn has(&self, capability: Capability) -> bool {
        !matches!(capability, Capability::Eviction)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }

    fn rounds(&self) -> usize {
        60
    }
}

counterfoil::conformance_tests!(Shifted::default());

/// Logins that nobody ends, in all states that they can be left in, leave no key behind, and nothing has swept them.
#[test]
fn abandoned_logins_leave_nothing_behind() {
    let harness = Shifted::default();
    harness.block_on(async {
        let settings = Settings::default();
        let store = harness.backend(&settings).await;
        for kind in 0..4 {
            let options = LoginOptions::new().context("scopes".to_owned()).user_code();
            let login = store.initiate(options).await.unwrap();
            let _ = store.resolve(&UserCode::parse("BBBB-BBBB").unwrap(), Source::UNKNOWN).await;
            match kind {
                0 => assert!(store.poll(&login.polling_code, &PollOptions::new()).await.is_ok()),
                1 => store
                    .complete(&login.login_code, "grant".to_owned(), None)
                    .await
                    .map_err(|error| error.reason)
                    .unwrap(),
                2 => store.deny(&login.login_code).await.unwrap(),
                _ => assert!(
                    store.wait(&login.polling_code, Duration::from_millis(1), &PollOptions::new()).await.is_ok()
                ),
            }
        }
        let pattern = format!("{}:*", harness.prefixes.lock().unwrap()[0]);
        let client = redis::Client::open(shared()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut keys = redis::cmd("KEYS");
        keys.arg(&pattern);
        let there: Vec<String> = keys.query_async(&mut connection).await.unwrap();
        assert!(there.len() > 10, "{there:?}");
        harness.advance(settings.ttl + settings.retention).await;
        let left: Vec<String> = keys.query_async(&mut connection).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    });
}

/// Random operations, at random times, as the naive model has them.
#[test]
fn the_model_agrees() {
    let config = Config { cases: 25, failure_persistence: None, ..Config::default() };
    let bytes = proptest::collection::vec(any::<u8>(), 6..300);
    let run = |bytes: Vec<u8>| {
        Script::read(&bytes).run(&Shifted::default());
        Ok(())
    };
    TestRunner::new(config).run(&bytes, run).unwrap();
}
