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
/// One that is [`Unavailable`](crate::Unavailable) is tried three times. At most 10,000 wait; further ones are dropped.
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
