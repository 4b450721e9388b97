//! Tasks that do something to the same login at the same time.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use super::Harness;
use crate::session::Initiated;

/// Where tasks meet before each login, so that each is a race of its own.
struct Meeting {
    tasks: usize,
    arrived: AtomicUsize,
    over: AtomicBool,
}

impl Meeting {
    /// Returns when all tasks have come here so many times.
    async fn meet(&self, times: usize) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        while self.arrived.load(Ordering::SeqCst) < times * self.tasks {
            assert!(!self.over.load(Ordering::SeqCst), "another task has panicked");
            yield_now().await;
        }
    }
}

/// Lets the others go if its task panics.
struct Guard(Arc<Meeting>);

impl Drop for Guard {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.over.store(true, Ordering::SeqCst);
        }
    }
}

/// Gives other tasks and threads a turn.
pub(super) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        thread::yield_now();
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs `act` on each login from so many tasks, in step. Returns for each login what each task got.
pub(super) async fn race<H, R, F>(
    harness: &H,
    store: &H::Backend,
    logins: &[Initiated],
    tasks: usize,
    act: impl Fn(usize, H::Backend, Initiated) -> F + Clone + Send + 'static,
) -> Vec<Vec<R>>
where
    H: Harness,
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let meeting = Arc::new(Meeting { tasks, arrived: AtomicUsize::new(0), over: AtomicBool::new(false) });
    let run = |task: usize| {
        let (meeting, store, logins, act) = (meeting.clone(), store.clone(), logins.to_vec(), act.clone());
        async move {
            let guard = Guard(meeting);
            let mut results = Vec::new();
            for (at, login) in logins.into_iter().enumerate() {
                guard.0.meet(at + 1).await;
                results.push(act(task, store.clone(), login).await);
            }
            results
        }
    };
    let columns = harness.join((0..tasks).map(run).collect()).await;
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    logins.iter().map(|_| columns.iter_mut().filter_map(Iterator::next).collect()).collect()
}
