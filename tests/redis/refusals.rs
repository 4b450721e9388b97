//! Each error that a server may answer, to each verb, at each of its commands: what was not done is never told as done, as
//! *unknown* or as *pending*, and *unavailable* says whether it may have been.

use counterfoil::{RedisBuilder, RedisOutage, RedisWarning};

use crate::refuser::Refuser;
use crate::server::shared;
use crate::support::{SECOND, begin, builder, run, told, warned};

/// Verbs, and what each is told of a login that it is right for.
const VERBS: [(&str, &str); 18] = [
    ("poll", "pending"),
    ("wait", "pending"),
    ("inspect", "Pending"),
    ("locate", "default"),
    ("identify", "true"),
    ("claim", "scopes"),
    ("resolve", "true"),
    ("same", "true"),
    ("complete", "done"),
    ("redeem", "its own"),
    ("withdraw", "done"),
    ("deny", "done"),
    ("cancel", "done"),
    ("cancel by id", "done"),
    ("initiate", "done"),
    ("sessions", "done"),
    ("stats", "done"),
    ("ready", "done"),
];

/// What an error means.
#[derive(Clone, Copy, PartialEq)]
enum Means {
    /// It passes: another try is made.
    Passing(RedisOutage),
    /// It stays: no other try is made.
    ForGood,
    /// The same, and a part of the script may have been applied.
    Partly,
}

use Means::{ForGood, Partly, Passing};

const OF_SCRIPT: &str = "script: 5ca1ab1e, on @user_script:12.";
/// As Redis 6.2 tells it.
const OLD: &str = "ERR Error running script (call to f_5ca1ab1e): @user_script:12: @user_script: 12: -";

fn errors() -> Vec<(String, Means)> {
    let readonly = "READONLY You can't write against a read only replica.";
    let replicas = "NOREPLICAS Not enough good replicas to write.";
    let oom = "OOM command not allowed when used memory > 'maxmemory'.";
    let kind = "WRONGTYPE Operation against a key holding the wrong kind of value";
    [
        ("LOADING Redis is loading the dataset in memory".to_owned(), Passing(RedisOutage::Loading)),
        ("CLUSTERDOWN The cluster is down".to_owned(), Passing(RedisOutage::ClusterDown)),
        ("CLUSTERDOWN Hash slot not served".to_owned(), Passing(RedisOutage::ClusterDown)),
        (
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.".to_owned(),
            Passing(RedisOutage::MasterDown),
        ),
        (format!("ERR Can not execute the command on a stale replica {OF_SCRIPT}"), Passing(RedisOutage::MasterDown)),
        (readonly.to_owned(), Passing(RedisOutage::ReadOnly)),
        (format!("{readonly} {OF_SCRIPT}"), Passing(RedisOutage::ReadOnly)),
        (format!("{OLD}{readonly}"), Passing(RedisOutage::ReadOnly)),
        (replicas.to_owned(), Passing(RedisOutage::NoReplicas)),
        (format!("{replicas} {OF_SCRIPT}"), Passing(RedisOutage::NoReplicas)),
        (format!("{OLD}{replicas}"), Passing(RedisOutage::NoReplicas)),
        ("TRYAGAIN Multiple keys request during rehashing of slot".to_owned(), Passing(RedisOutage::Moving)),
        ("MOVED 3999 127.0.0.1:1".to_owned(), Passing(RedisOutage::Moving)),
        (
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.".to_owned(),
            Passing(RedisOutage::Busy),
        ),
        (oom.to_owned(), ForGood),
        (format!("{oom} {OF_SCRIPT}"), ForGood),
        (format!("{OLD}{oom}"), ForGood),
        (
            "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."
                .to_owned(),
            ForGood,
        ),
        ("NOAUTH Authentication required.".to_owned(), ForGood),
        ("NOPERM User logins has no permissions to run the 'evalsha' command".to_owned(), ForGood),
        (kind.to_owned(), ForGood),
        (format!("{kind} {OF_SCRIPT}"), Partly),
        (format!("{OLD}{kind}"), Partly),
        (
            "ERR Error running script (call to f_5ca1ab1e): @user_script:12: attempt to index a nil value".to_owned(),
            Partly,
        ),
    ]
    .into()
}

/// An error that passes costs another try, of the same command; the verb is told what it would have been told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_passes_is_not_seen() {
    let mut running = Vec::new();
    for (line, means) in errors() {
        let Passing(why) = means else { continue };
        running.push(tokio::spawn(async move {
            let refuser = Refuser::before(port()).await;
            for (verb, right) in VERBS {
                for at in 0.. {
                    assert!(at < 20, "{verb} has not so many commands");
                    let (store, warnings) = warned(few(&refuser));
                    let login = begin(&store).await;
                    if verb == "redeem" {
                        assert_eq!(run("complete", &store, &login).await, "done");
                    }
                    warnings.lock().unwrap().clear();
                    refuser.refuse(&line, at, 1);
                    assert_eq!(told(verb, &store, &login).await.as_deref(), Ok(right), "{verb}, command {at}: {line}");
                    if refuser.refused() == 0 {
                        assert!(at > 0, "{verb} has commands");
                        break;
                    }
                    let told = warnings.lock().unwrap().clone();
                    // What comes after the verb is done may be told later.
                    if at == 0 {
                        let expected = [RedisWarning::Unreachable { why }, RedisWarning::Reached];
                        assert_eq!(told, expected, "{verb}: {line}");
                    }
                }
            }
        }));
    }
    for running in running {
        running.await.unwrap();
    }
}

/// An error that does not pass in time, or never does: *unavailable*, and nothing was done; or the script may have done a
/// part. Of the errors that pass, one of each kind: each try lasts as long as the limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_stays_is_unavailable() {
    let mut kinds = Vec::new();
    let mut once = |means: Means| match means {
        Passing(_) if kinds.contains(&means) => false,
        _ => {
            kinds.push(means);
            true
        }
    };
    let chosen: Vec<_> = errors().into_iter().filter(|(_, means)| once(*means)).collect();
    let mut running = Vec::new();
    for (line, means) in chosen {
        running.push(tokio::spawn(async move {
            let refuser = Refuser::before(port()).await;
            let mut tries = 0;
            for (verb, right) in VERBS {
                for at in 0.. {
                    assert!(at < 20, "{verb} has not so many commands");
                    let Some(refused) = stays(&refuser, (verb, right), at, (&line, means)).await else {
                        assert!(at > 0, "{verb} has commands");
                        break;
                    };
                    tries += refused - 1;
                }
            }
            assert!(tries > 0 || !matches!(means, Passing(_)), "{line}: no other tries");
        }));
    }
    for running in running {
        running.await.unwrap();
    }
}

/// Refuses a verb's command of that number, for good. Returns how often that was; `None` if there is no such command.
async fn stays(
    refuser: &Refuser,
    (verb, right): (&str, &str),
    at: usize,
    (line, means): (&str, Means),
) -> Option<usize> {
    // A try that is under way when the limit ends may have been applied. On a machine that is busy that is not seldom.
    let (limit, mut looks) = match means {
        Passing(_) => (SECOND * 3 / 10, 8),
        _ => (SECOND * 10, 1),
    };
    loop {
        let (store, warnings) = warned(few(refuser).limit(limit));
        let login = until_begun(&store).await;
        if verb == "redeem" {
            while run("complete", &store, &login).await == "unavailable" {}
        }
        refuser.refuse(line, at, usize::MAX);
        let told_then = told(verb, &store, &login).await;
        let refused = refuser.refused();
        let what = format!("{verb}, command {at}, {refused} times {line}");
        if refused == 0 {
            return None;
        }
        match told_then {
            Err(down) => {
                assert!(!down.retry_after.is_zero());
                looks -= 1;
                if down.maybe_applied && means != Partly && looks > 0 {
                    continue;
                }
                assert_eq!(down.maybe_applied, means == Partly, "{what}");
                if means != Partly {
                    assert_eq!(until_told(verb, &store, &login).await, right, "{what}: nothing was done");
                }
                if !matches!(means, Passing(_)) {
                    let noticed = |w: &RedisWarning| matches!(w, RedisWarning::Refused { .. });
                    assert!(warnings.lock().unwrap().iter().any(noticed), "{what} is warned of");
                }
            }
            // What was refused came after the verb was done: a place is given back later, a look at the server's role.
            Ok(word) => {
                assert!(at > 0, "{what}: {word}");
                assert_eq!(word, right, "{what}");
            }
        }
        return Some(refused);
    }
}

/// A machine that is busy may need longer than the limit.
async fn until_begun(store: &crate::support::Store) -> counterfoil::Initiated {
    use counterfoil::{Backend, LoginOptions};
    loop {
        let options = LoginOptions::new().context("scopes".to_owned()).user_code();
        if let Ok(login) = store.initiate(options).await {
            return login;
        }
    }
}

async fn until_told(verb: &str, store: &crate::support::Store, login: &counterfoil::Initiated) -> String {
    loop {
        if let Ok(word) = told(verb, store, login).await {
            return word;
        }
    }
}

/// One bucket, so that a count is one command; and a bound on tenants, so that an end gives its place back before it is told.
fn few(refuser: &Refuser) -> RedisBuilder<String, String> {
    builder(&refuser.url()).max_sessions(1000).max_sessions_per_tenant(1000)
}

fn port() -> u16 {
    shared().rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
}
