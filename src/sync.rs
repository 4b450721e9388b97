//! The one place that chooses between the standard library's primitives, loom's and shuttle's, so that no call site carries
//! a `cfg`. Everything atomic in the crate that decides a session comes from here, and the locks of the books and of the
//! registry of tenants.

#[cfg(counterfoil_loom)]
pub(crate) use loom::{cell::UnsafeCell, sync::atomic};

#[cfg(counterfoil_shuttle)]
pub(crate) use shuttle::{hint::spin_loop, sync::MutexGuard, sync::atomic, thread::yield_now};

#[cfg(not(any(counterfoil_loom, counterfoil_shuttle)))]
pub(crate) use std::{sync::atomic, thread::yield_now};

#[cfg(not(counterfoil_shuttle))]
pub(crate) use std::hint::spin_loop;

#[cfg(not(any(counterfoil_loom, counterfoil_shuttle)))]
pub(crate) use parking_lot::{Mutex, MutexGuard};

#[cfg(counterfoil_loom)]
pub(crate) use loom::{sync::MutexGuard, thread::yield_now};

/// The lock of the registry of tenants, which no model of loom has a part in.
#[cfg(not(counterfoil_shuttle))]
pub(crate) use parking_lot::Mutex as RegistryMutex;

#[cfg(counterfoil_shuttle)]
pub(crate) use Mutex as RegistryMutex;

#[cfg(counterfoil_loom)]
use loom::sync::Mutex as Inner;
#[cfg(counterfoil_shuttle)]
use shuttle::sync::Mutex as Inner;

/// Their mutex with `parking_lot`'s interface.
#[cfg(any(counterfoil_loom, counterfoil_shuttle))]
#[derive(Debug)]
pub(crate) struct Mutex<T>(Inner<T>);

#[cfg(any(counterfoil_loom, counterfoil_shuttle))]
impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Inner::new(value))
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
    #[cfg(counterfoil_shuttle)]
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
