//! `revoke_uncollected`: grants that nobody came for are handed to `Tokens::revoke`.

use std::future::Future;

use futures_timer::Delay;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::revocation::{Revocation, Why};
use super::tokens::Tokens;
use crate::memory::uncollected::Uncollected;
use crate::secret::Secret;

/// The most grants that wait to be revoked. Nobody has them, so that one too many does less harm than a queue without end.
const WAITING: usize = 10_000;
/// How often one is tried.
const TRIES: usize = 3;

/// Returns what [`Builder::on_uncollected`](crate::Builder::on_uncollected) takes, and the task that hands each grant that
/// was approved and never collected to [`Tokens::revoke`], as [`Why::Uncollected`]. Spawn the task; it ends with the store.
///
/// One that is [`Unavailable`](crate::Unavailable) is tried three times. At most 10,000 wait; further ones are dropped. The
/// engine over Redis tells nobody: the value of a login that was abandoned expires there by itself.
///
/// ```
/// use std::sync::Arc;
///
/// use counterfoil::axum::{StaticTokens, Store, revoke_uncollected};
///
/// # async fn run() -> Result<(), counterfoil::BuildError> {
/// let tokens = Arc::new(StaticTokens::new());
/// let (tell, revoking) = revoke_uncollected(tokens.clone());
/// tokio::spawn(revoking);
/// let store = Store::builder().on_uncollected(tell).build()?;
/// # Ok(())
/// # }
/// ```
pub fn revoke_uncollected<K: Tokens>(
    tokens: K,
) -> (impl Fn(Uncollected<Secret>) + Send + Sync + 'static, impl Future<Output = ()> + Send + 'static) {
    let (sender, receiver) = channel(WAITING);
    (move |lost| tell(&sender, lost), revoking(tokens, receiver))
}

/// Runs on the thread of whoever noticed: it hands over and never waits.
fn tell(sender: &Sender<Uncollected<Secret>>, lost: Uncollected<Secret>) {
    drop(sender.try_send(lost));
}

async fn revoking(tokens: impl Tokens, mut receiver: Receiver<Uncollected<Secret>>) {
    while let Some(Uncollected { tenant, id, grant }) = receiver.recv().await {
        let revocation = Revocation::new(tenant, Why::Uncollected).session(id).token(grant);
        for _ in 0..TRIES {
            match tokens.revoke(revocation.clone()).await {
                Ok(()) => break,
                Err(unavailable) => Delay::new(unavailable.retry_after).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unavailable;
    use crate::axum::server::{Asked, Holder, Issued, Store};
    use crate::clock::ManualClock;
    use parking_lot::Mutex;
    use std::sync::Arc;
    use std::time::Duration;

    /// Remembers what was to be revoked, and fails so many times.
    #[derive(Default)]
    struct Failing {
        revoked: Mutex<Vec<Revocation>>,
        failures: Mutex<usize>,
    }

    impl Tokens for Failing {
        async fn holder(&self, _: &str, _: &Secret) -> Result<Option<Holder>, Unavailable> {
            Ok(None)
        }

        async fn issue(&self, _: &str, _: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
            Ok(None)
        }

        async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
            self.revoked.lock().push(revocation);
            let mut failures = self.failures.lock();
            if *failures == 0 {
                return Ok(());
            }
            *failures -= 1;
            Err(Unavailable::new(Duration::from_millis(1)))
        }
    }

    /// The store, which drops what tells of its grants when it goes.
    fn store(clock: &ManualClock, tokens: &Arc<Failing>) -> (Store, impl Future<Output = ()>) {
        let (tell, revoking) = revoke_uncollected(tokens.clone());
        (Store::builder().clock(clock.clone()).on_uncollected(tell).build().unwrap(), revoking)
    }

    #[tokio::test]
    async fn a_grant_that_nobody_came_for_is_revoked() {
        let (clock, tokens) = (ManualClock::new(), Arc::<Failing>::default());
        let (store, revoking) = store(&clock, &tokens);
        let tenant = store.for_tenant("internal");
        let [left, taken] = [(); 2].map(|()| tenant.initiate().unwrap());
        for login in [&left, &taken] {
            tenant.complete(&login.login_code, Secret::new("rt")).unwrap();
        }
        assert!(matches!(tenant.poll(&taken.polling_code), crate::Polled::Completed(_)));
        clock.advance(store.default_ttl());
        store.sweep();
        *tokens.failures.lock() = 2;
        drop((tenant, store));
        revoking.await;
        let expected = Revocation::new("internal", Why::Uncollected).session(left.id).token(Secret::new("rt"));
        assert_eq!(*tokens.revoked.lock(), [expected.clone(), expected.clone(), expected]);
    }

    #[tokio::test]
    async fn one_that_cannot_be_revoked_keeps_no_other_waiting_for_long() {
        let (clock, tokens) = (ManualClock::new(), Arc::<Failing>::default());
        let (store, revoking) = store(&clock, &tokens);
        for _ in 0..2 {
            store.complete(&store.initiate().unwrap().login_code, Secret::new("rt")).unwrap();
        }
        clock.advance(store.default_ttl());
        store.sweep();
        *tokens.failures.lock() = TRIES;
        drop(store);
        revoking.await;
        assert_eq!(tokens.revoked.lock().len(), TRIES + 1, "given up, and the next one");
    }

    #[tokio::test]
    async fn no_more_wait_than_there_is_room_for() {
        let tokens = Arc::<Failing>::default();
        let (tell, revoking) = revoke_uncollected(tokens.clone());
        for id in 0..WAITING as u64 + 10 {
            let (tenant, id) = ("internal".to_owned(), crate::SessionId::new(id));
            tell(Uncollected { tenant, id, grant: Secret::new("rt") });
        }
        drop(tell);
        revoking.await;
        assert_eq!(tokens.revoked.lock().len(), WAITING);
    }
}
