//! Stores and logins for the tests of faults.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::{
    Backend, Initiated, LoginOptions, PollOptions, Polled, RedisBuilder, RedisServers, RedisStore, RedisWarning,
    SettleError,
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

pub(crate) fn word(polled: Result<Polled<String>, counterfoil::Unavailable>) -> String {
    match polled {
        Ok(Polled::Completed(grant)) => grant,
        Ok(Polled::Pending { .. }) => "pending".to_owned(),
        Ok(other) => format!("{other:?}").to_lowercase(),
        Err(_) => "unavailable".to_owned(),
    }
}

pub(crate) fn unavailable<T: std::fmt::Debug>(result: &Result<T, counterfoil::BackendError<SettleError>>) -> bool {
    matches!(result, Err(counterfoil::BackendError::Unavailable(_)))
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
