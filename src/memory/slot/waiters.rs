//! The tasks that wait for a session: a list in its slot, without a lock.
//!
//! A task adds itself at the head by a compare-and-swap; the thread that settles the session takes the whole list by a
//! swap and wakes everyone on it. Nodes are added and taken, never removed one by one, so the list has no ABA problem.
//!
//! A wake-up is never missed: a task adds itself, and then looks whether the session is still pending; the settling
//! thread changes the word, and then takes the list. Both touch the list by a read-modify-write. If the taking comes
//! first, the task's own one reads what it left, so the task sees the word changed; else the task is on the list that is
//! taken. A waking may reach a task whose session goes on, if the slot has passed to it; that one looks again.

use std::sync::Arc;
use std::task::Waker;

use crate::memory::contain::contain;
use crate::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

/// How many tasks may be on one session's list: the thread that settles it wakes them all, and each that leaves takes the
/// list apart.
pub(crate) const MOST_WAITERS: u32 = 64;

const WAITING: u8 = 0;
const WOKEN: u8 = 1;
const GONE: u8 = 2;

/// The list.
#[derive(Debug)]
pub(crate) struct Waiters(AtomicPtr<Waiter>);

impl Default for Waiters {
    fn default() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }
}

#[derive(Debug)]
struct Waiter {
    waker: Waker,
    state: Arc<AtomicU8>,
    next: *mut Waiter,
}

/// A task's entry in a list, as the task sees it.
#[derive(Debug)]
pub(crate) struct Ticket {
    waker: Waker,
    state: Arc<AtomicU8>,
}

impl Ticket {
    pub(crate) fn is_woken(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `wake`.
        self.state.load(Ordering::Acquire) == WOKEN
    }

    /// Whether a waking reaches the task that `waker` wakes.
    pub(crate) fn wakes(&self, waker: &Waker) -> bool {
        self.waker.will_wake(waker)
    }

    /// Says that the task waits no more; [`tidy`](Waiters::tidy) then removes its entry.
    pub(crate) fn leave(&self) {
        // ORDERING: Release pairs with the Acquire in `tidy`.
        self.state.store(GONE, Ordering::Release);
    }
}

impl Waiters {
    /// Adds a task. The caller looks at the session after this.
    pub(crate) fn add(&self, waker: &Waker) -> Ticket {
        let state = Arc::new(AtomicU8::new(WAITING));
        let ticket = Ticket { waker: waker.clone(), state: state.clone() };
        let waiter = Box::into_raw(Box::new(Waiter { waker: waker.clone(), state, next: std::ptr::null_mut() }));
        // SAFETY: `waiter` was made above and is on no list.
        unsafe { self.add_chain(waiter, waiter) };
        ticket
    }

    /// Takes all tasks off the list, to be woken.
    pub(crate) fn take(&self) -> Woken {
        // ORDERING: Acquire pairs with the Release in `add_chain`: the nodes' fields are visible. Release pairs with its
        // Acquire: a task that adds itself after this sees what the caller did to the word before.
        Woken(self.0.swap(std::ptr::null_mut(), Ordering::AcqRel))
    }

    /// Removes the entries of tasks that have left. The caller looks at the session after this, as after
    /// [`add`](Self::add): a thread that settled it meanwhile has found the list empty.
    pub(crate) fn tidy(&self) {
        // ORDERING: Relaxed: whether there is anything to do; `take` orders the rest.
        if self.0.load(Ordering::Relaxed).is_null() {
            return;
        }
        let mut rest = self.take();
        let (mut first, mut last) = (std::ptr::null_mut::<Waiter>(), std::ptr::null_mut::<Waiter>());
        while let Some(mut waiter) = rest.next() {
            // ORDERING: Acquire pairs with the Release in `leave`.
            if waiter.state.load(Ordering::Acquire) == GONE {
                // Its waker's destructor is a caller's code.
                contain(|| drop(waiter));
                continue;
            }
            waiter.next = first;
            first = Box::into_raw(waiter);
            if last.is_null() {
                last = first;
            }
        }
        if !first.is_null() {
            // SAFETY: the nodes from `first` to `last` were linked above and are on no list.
            unsafe { self.add_chain(first, last) };
        }
    }

    #[cfg(all(test, not(counterfoil_loom)))]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Acquire).is_null()
    }

    /// Puts a chain of nodes at the head of the list.
    ///
    /// # Safety
    /// The nodes from `first` to `last` are the caller's alone.
    unsafe fn add_chain(&self, first: *mut Waiter, last: *mut Waiter) {
        // ORDERING: Relaxed: the node is not followed before the swap below has succeeded on this value.
        let mut head = self.0.load(Ordering::Relaxed);
        loop {
            // SAFETY: `last` is the caller's until the swap succeeds.
            unsafe { (*last).next = head };
            // ORDERING: Release publishes the nodes; Acquire pairs with the Release in `take`, see there.
            match self.0.compare_exchange(head, first, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }
}

/// Tasks that were taken off a list. Dropping it wakes them.
#[derive(Debug)]
pub(crate) struct Woken(*mut Waiter);

// SAFETY: it owns its nodes, whose wakers may be woken and dropped by any thread.
unsafe impl Send for Woken {}

impl Default for Woken {
    fn default() -> Self {
        Self(std::ptr::null_mut())
    }
}

impl Woken {
    fn next(&mut self) -> Option<Box<Waiter>> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: the nodes came from `Box::into_raw` in `add` or `tidy`, and taking the list made them this value's.
        let waiter = unsafe { Box::from_raw(self.0) };
        self.0 = waiter.next;
        Some(waiter)
    }

    pub(crate) fn wake(&mut self) {
        while let Some(waiter) = self.next() {
            // ORDERING: Release pairs with the Acquire in `is_woken`. A task that has left does not look.
            waiter.state.store(WOKEN, Ordering::Release);
            // A waker is a caller's code.
            contain(move || waiter.waker.wake());
        }
    }
}

impl Drop for Woken {
    fn drop(&mut self) {
        self.wake();
    }
}
