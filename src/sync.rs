//! The one place that chooses between the standard library's primitives and loom's, so that no call site carries a
//! `cfg`. Everything atomic in the crate that decides a session comes from here, and the lock of the books.

#[cfg(counterfoil_loom)]
pub(crate) use loom::{cell::UnsafeCell, sync::atomic};

#[cfg(not(counterfoil_loom))]
pub(crate) use std::sync::atomic;

#[cfg(not(counterfoil_loom))]
pub(crate) use parking_lot::{Mutex, MutexGuard};

#[cfg(not(counterfoil_loom))]
pub(crate) use std::thread::yield_now;

#[cfg(counterfoil_loom)]
pub(crate) use loom::{sync::MutexGuard, thread::yield_now};

/// loom's mutex with `parking_lot`'s interface.
#[cfg(counterfoil_loom)]
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

#[cfg(counterfoil_loom)]
impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }
}

/// `std`'s cell with loom's interface: access by closure, so that loom can watch where an access begins and ends.
#[cfg(not(counterfoil_loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(counterfoil_loom))]
impl<T> UnsafeCell<T> {
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
