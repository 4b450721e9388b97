//! `beside`: work that no answer waits for, and that goes on when the client has gone away.

use std::pin::Pin;
use std::task::{Context, Waker};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// As much of it may be under way at once. What comes beyond that is waited for, so that a client cannot have the server do
/// more than it has connections.
const MOST: usize = 1000;
static ROOM: Semaphore = Semaphore::const_new(MOST);

/// Does what can be done at once, and the rest on a task of its own.
pub(super) async fn beside(work: impl Future<Output = ()> + Send + 'static) {
    let mut work = Box::pin(work);
    if is_done(work.as_mut()) {
        return;
    }
    match (Handle::try_current(), ROOM.try_acquire()) {
        (Ok(runtime), Ok(place)) => {
            runtime.spawn(async move {
                work.await;
                drop(place);
            });
        }
        _ => work.await,
    }
}

/// Whoever polls it next leaves a waker of its own.
fn is_done(work: Pin<&mut impl Future<Output = ()>>) -> bool {
    work.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn what_takes_longer_goes_on_beside() {
        let (go, gone) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel::<()>();
        beside(async move {
            let _ = gone.await;
            let _ = done.send(());
        })
        .await;
        go.send(()).unwrap();
        is_done.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_ready_is_done_at_once() {
        let (done, mut is_done) = oneshot::channel::<()>();
        beside(async move { _ = done.send(()) }).await;
        assert!(is_done.try_recv().is_ok());
    }
}
