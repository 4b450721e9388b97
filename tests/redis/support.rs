//! Stores and logins for the tests of faults.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use counterfoil::{
    Backend, BackendError, Initiated, LoginOptions, PollOptions, Polled, RedisBuilder, RedisServers, RedisStore,
    RedisWarning, SettleError, Source, Unavailable,
};

use crate::conformance::prefix;

pub(crate) type Store = RedisStore<String, String>;
pub(crate) type Warnings = Arc<Mutex<Vec<RedisWarning>>>;

pub(crate) fn builder(url: &str) -> RedisBuilder<String, String> {
    RedisStore::builder(RedisServers::one(url)).key([7; 32]).prefix(prefix())
}

pub(crate) fn store(url: &str) -> Store {
    builder(url).build().unwrap()
}

/// A store that says what it warns of.
pub(crate) fn warned(builder: RedisBuilder<String, String>) -> (Store, Warnings) {
    let warnings = Warnings::default();
    let kept = warnings.clone();
    let store = builder.on_warning(move |warning| kept.lock().unwrap().push(warning.clone())).build().unwrap();
    (store, warnings)
}

pub(crate) async fn begin(store: &Store) -> Initiated {
    store.initiate(LoginOptions::new().context("scopes".to_owned()).user_code()).await.unwrap()
}

pub(crate) async fn complete(store: &Store, login: &Initiated, grant: &str) -> Result<(), String> {
    store.complete(&login.login_code, grant.to_owned(), None).await.map_err(|error| format!("{:?}", error.reason))
}

/// What a poll says, in a word; a grant as it is.
pub(crate) async fn poll(store: &Store, login: &Initiated) -> String {
    word(store.poll(&login.polling_code, &PollOptions::new()).await)
}

pub(crate) fn word(polled: Result<Polled<String>, Unavailable>) -> String {
    said(polled).unwrap_or("unavailable".to_owned())
}

fn said(polled: Result<Polled<String>, Unavailable>) -> Result<String, Unavailable> {
    polled.map(|polled| match polled {
        Polled::Completed(grant) => grant,
        Polled::Pending { .. } => "pending".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    })
}

pub(crate) fn unavailable<T: std::fmt::Debug>(result: &Result<T, BackendError<SettleError>>) -> bool {
    matches!(result, Err(BackendError::Unavailable(_)))
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// One verb of each kind, on a login. Returns what it was told, in a word; "unavailable" if that was it.
pub(crate) async fn run(verb: &str, store: &Store, login: &Initiated) -> String {
    told(verb, store, login).await.unwrap_or("unavailable".to_owned())
}

/// The same, with what an *unavailable* says.
pub(crate) async fn told(verb: &str, store: &Store, login: &Initiated) -> Result<String, Unavailable> {
    fn out<R, E: std::fmt::Debug>(
        result: Result<R, BackendError<E>>,
        right: impl FnOnce(R) -> String,
    ) -> Result<String, Unavailable> {
        match result {
            Ok(done) => Ok(right(done)),
            Err(BackendError::Unavailable(down)) => Err(down),
            Err(BackendError::Refused(refused)) => Ok(format!("{refused:?}")),
        }
    }
    match verb {
        "poll" => said(store.poll(&login.polling_code, &PollOptions::new()).await),
        "wait" => said(store.wait(&login.polling_code, SECOND / 100, &PollOptions::new()).await),
        "inspect" => store.inspect(&login.login_code).await.map(|seen| format!("{:?}", seen.unwrap().state)),
        "locate" => store.locate(&login.login_code).await.map(|seen| seen.unwrap().1.tenant),
        "identify" => store.identify(&login.polling_code).await.map(|id| (id == Some(login.id)).to_string()),
        "claim" => out(store.claim_context(&login.login_code).await, |context| context),
        "resolve" => {
            let found = store.resolve(&login.user_code.clone().unwrap(), Source::UNKNOWN).await;
            out(found, |code| (code == login.login_code).to_string())
        }
        "same" => {
            let same = store.same_login(&login.login_code, &login.user_code.clone().unwrap()).await;
            same.map(|same| same.to_string())
        }
        "complete" => out(
            store
                .complete(&login.login_code, login.login_code.expose().to_string(), None)
                .await
                .map_err(|error| error.reason),
            |()| "done".to_owned(),
        ),
        "redeem" => {
            let told = said(store.poll(&login.polling_code, &PollOptions::new()).await)?;
            Ok(if *told == *login.login_code.expose() { "its own".to_owned() } else { told })
        }
        "withdraw" => out(store.withdraw(&login.login_code).await, |_| "done".to_owned()),
        "deny" => out(store.deny(&login.login_code).await, |()| "done".to_owned()),
        "cancel" => out(store.cancel(&login.polling_code).await, |()| "done".to_owned()),
        "cancel by id" => out(store.cancel_session(login.id).await, |()| "done".to_owned()),
        "initiate" => out(store.initiate(LoginOptions::new()).await, |_| "done".to_owned()),
        "sessions" => store.sessions().await.map(|_| "done".to_owned()),
        "stats" => store.stats().await.map(|_| "done".to_owned()),
        "ready" => store.ready().await.map(|()| "done".to_owned()),
        other => panic!("{other}"),
    }
}

/// Until something holds; a minute at most.
pub(crate) async fn until(what: &str, is: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !is().await {
        assert!(started.elapsed() < SECOND * 60, "{what}");
        tokio::time::sleep(SECOND / 50).await;
    }
}
