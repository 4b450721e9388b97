//! A store key that is rotated while processes of both kinds run: the first key makes, each reads.

use counterfoil::{Backend, Details, LoginOptions, RedisServers, RedisStore, Source, Withdrawn};

use crate::conformance::prefix;
use crate::server::shared;
use crate::support::{Store, complete, poll};

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

fn with(prefix: &str, keys: &[[u8; 32]]) -> Store {
    let start = RedisStore::builder(RedisServers::one(shared())).prefix(prefix);
    keys.iter().fold(start, |builder, key| builder.key(*key)).build().unwrap()
}

fn options() -> LoginOptions<String> {
    LoginOptions::new().context("scopes".to_owned()).user_code().details(Details::new().scope("read"))
}

/// Whatever one process did, the other goes on with.
async fn serve_together(one: &Store, other: &Store, step: &str) {
    for (here, there) in [(one, other), (other, one)] {
        let login = here.initiate(options()).await.unwrap();
        let found = there.resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN).await;
        assert!(found == Ok(login.login_code.clone()), "{step}: a user code");
        assert_eq!(there.same_login(&login.login_code, login.user_code.as_ref().unwrap()).await, Ok(true));
        let seen = there.inspect(&login.login_code).await.unwrap().unwrap();
        assert_eq!(seen.details, options().details, "{step}: the details");
        assert_eq!(there.claim_context(&login.login_code).await, Ok("scopes".to_owned()), "{step}: the context");
        complete(there, &login, "grant").await.unwrap();
        assert_eq!(poll(here, &login).await, "grant", "{step}: there to here");

        let login = here.initiate(options()).await.unwrap();
        complete(here, &login, "grant").await.unwrap();
        assert_eq!(poll(there, &login).await, "grant", "{step}: here to there");

        for (approves, withdraws) in [(here, there), (there, here)] {
            let login = here.initiate(options()).await.unwrap();
            complete(approves, &login, "grant").await.unwrap();
            let taken = withdraws.withdraw(&login.login_code).await;
            assert_eq!(taken, Ok(Withdrawn::TakenBack("grant".to_owned())), "{step}: taken back");
        }
    }
}

/// Three deploys, in each of which the processes before it and after it run side by side.
#[tokio::test]
async fn three_deploys_rotate_the_key() {
    let name = prefix();
    let deploys: [&[[u8; 32]]; 4] = [&[OLD], &[OLD, NEW], &[NEW, OLD], &[NEW]];
    let stores = deploys.map(|keys| with(&name, keys));
    for (deploy, pair) in stores.windows(2).enumerate() {
        let [before, after] = pair else { panic!("two") };
        serve_together(before, after, &format!("deploy {deploy}")).await;
    }
    // A login begun before the second deploy is served until its end by all processes of the second.
    let login = stores[0].initiate(options()).await.unwrap();
    for store in &stores[..3] {
        assert!(store.resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN).await.is_ok());
    }
    // After the third the old key is of no use any more, so it must not come before the last of these logins has ended.
    assert!(stores[3].resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN).await.is_err());
    assert!(stores[3].inspect(&login.login_code).await.is_err(), "unavailable, and not unknown");
}
