//! The generator that codes are drawn from.
//!
//! It is `rand`'s generator of the thread (`ChaCha`, seeded by the operating system), made safe across `fork`: a child
//! process has a copy of its parent's generator, and would draw the same codes. So a thread seeds its generator anew
//! before its first code, and again when the process has been forked since its last one. A handler that
//! `pthread_atfork` runs in each child counts the forks; the C library's `fork` runs it, a bare `clone` system call
//! does not.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::ThreadRng;

/// The operating system's random generator failed, or forks cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// How often this process or one of its ancestors has been forked since the handler was registered, and one.
static FORKS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// What [`FORKS`] was when this thread's generator was seeded last; zero before the first time.
    static SEEDED: Cell<u64> = const { Cell::new(0) };
}

/// Returns this thread's generator.
///
/// # Errors
/// [`NoRandomness`] if it must be seeded and cannot be.
#[inline]
pub(crate) fn generator() -> Result<ThreadRng, NoRandomness> {
    // ORDERING: Relaxed: the handler runs in the child's only thread, before that returns from `fork`; threads that
    // the child starts later are ordered behind it by their start.
    let forks = FORKS.load(Ordering::Relaxed);
    if SEEDED.get() != forks {
        seed(forks)?;
    }
    Ok(rand::rng())
}

#[cold]
fn seed(forks: u64) -> Result<(), NoRandomness> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if !REGISTERED.get_or_init(register) {
        return Err(NoRandomness);
    }
    rand::rng().reseed().map_err(|_| NoRandomness)?;
    SEEDED.set(forks);
    Ok(())
}

#[cfg(unix)]
fn register() -> bool {
    extern "C" fn in_child() {
        // ORDERING: Relaxed, as in `generator`.
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler lives as long as the program, and does nothing but add to an atomic, which is allowed in a
    // child between `fork` and `exec` (POSIX, async-signal-safe).
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) == 0 }
}

#[cfg(not(unix))]
fn register() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn a_thread_is_seeded_again_after_a_fork() {
        generator().unwrap().next_u64();
        let seeded = SEEDED.get();
        assert_ne!(seeded, 0);
        FORKS.fetch_add(1, Ordering::Relaxed);
        generator().unwrap().next_u64();
        assert_ne!(SEEDED.get(), seeded);
    }
}
