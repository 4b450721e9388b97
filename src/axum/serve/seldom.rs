//! `Seldom`: work beside other work in one task, which is polled when it was woken and not whenever the task is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The timers and signals of a connection, say, which have nothing to do with most of what wakes its task.
pub(super) struct Seldom<'a, F> {
    work: Pin<&'a mut F>,
    bell: Option<Arc<Bell>>,
}

/// Wakes the task, and notes for whom.
struct Bell {
    rung: AtomicBool,
    task: Waker,
}

impl<'a, F: Future<Output = ()>> Seldom<'a, F> {
    pub(super) fn new(work: Pin<&'a mut F>) -> Self {
        Self { work, bell: None }
    }

    /// Ready when the work is done. It is not polled after that.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let bell = match &self.bell {
            Some(bell) if bell.task.will_wake(cx.waker()) => {
                // ORDERING: Acquire pairs with the bell's Release: what was done before it was rung is seen. Most of the time
                // a plain read is all.
                if !bell.rung.load(Ordering::Relaxed) || !bell.rung.swap(false, Ordering::Acquire) {
                    return Poll::Pending;
                }
                bell.clone()
            }
            _ => self.bell.insert(Arc::new(Bell { rung: false.into(), task: cx.waker().clone() })).clone(),
        };
        self.work.as_mut().poll(&mut Context::from_waker(&bell.into()))
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release pairs with the Acquire above.
        self.rung.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn work_is_polled_when_it_was_woken() {
        let (waker, mut polls) = (Mutex::new(None::<Waker>), 0);
        let work = pin!(poll_fn(|cx| {
            *waker.lock().unwrap() = Some(cx.waker().clone());
            polls += 1;
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        }));
        let mut seldom = Seldom::new(work);
        let cx = Context::from_waker(Waker::noop());
        let wake = || waker.lock().unwrap().take().unwrap().wake();
        for _ in 0..5 {
            assert!(seldom.poll(&cx).is_pending());
        }
        wake();
        for _ in 0..5 {
            assert!(seldom.poll(&cx).is_pending());
        }
        wake();
        assert!(seldom.poll(&cx).is_ready());
        assert_eq!(polls, 3);
    }
}
