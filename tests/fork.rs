//! Processes that were forked from one another draw different codes.
//!
//! In a binary of its own, since a fork has none of the other tests' threads, and the locks that those hold.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, unsafe_code, reason = "a fork is unsafe; a test fails that way")]

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::thread;

use counterfoil::{LoginOptions, SessionStore};

type Store = SessionStore<u32>;

/// How many logins each process begins: more than a generator keeps in its buffer.
const LOGINS: usize = 40;

/// The codes of some new logins, one a line.
fn codes(store: &Store) -> String {
    let lines = (0..LOGINS).map(|_| {
        let login = store.initiate_with(LoginOptions::new().user_code()).unwrap();
        let user_code = login.user_code.unwrap();
        // The secret alone: the same secret at another place is the same secret.
        let [polling, login] = [login.polling_code.expose(), login.login_code.expose()];
        format!("{}\n{}\n{}\n", &polling[..32], &login[..32], &*user_code.expose())
    });
    lines.collect()
}

fn pipe() -> (File, File) {
    let mut ends = [0; 2];
    // SAFETY: `ends` is room for two descriptors, which nothing else owns after.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1]))
    }
}

/// What `act` returns in a child of this process.
fn in_child(act: impl FnOnce() -> String) -> Box<dyn FnOnce() -> String> {
    let (mut told, mut tell) = pipe();
    // SAFETY: the child runs what is below and ends without unwinding. It has this thread alone; the
    // only other one of this process is the test harness's, which waits.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        drop(told);
        let done = tell.write_all(act().as_bytes());
        // SAFETY: ends the process.
        unsafe { libc::_exit(i32::from(done.is_err())) }
    }
    drop(tell);
    Box::new(move || {
        let mut text = String::new();
        told.read_to_string(&mut text).unwrap();
        let mut status = 0;
        // SAFETY: `child` is this process's, and is waited for once.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "the child failed");
        text
    })
}

/// That no two of these processes drew the same code, and that each drew all of them.
fn assert_different(processes: &[String], what: &str) {
    let mut seen = HashSet::new();
    for text in processes {
        assert_eq!(text.lines().count(), 3 * LOGINS, "{what}");
        for code in text.lines() {
            assert!(seen.insert(code.to_owned()), "{what}: a code was drawn twice");
        }
    }
}

/// One test, since a fork copies the thread that calls it alone: nothing else may run in the process meanwhile.
#[test]
fn forked_processes_draw_different_codes() {
    let build = || Store::builder().max_sessions(1000).build().unwrap();

    // A store that is built in each process; the parent has built none, and this thread has drawn no code.
    let children = [in_child(|| codes(&build())), in_child(|| codes(&build()))].map(|told| told());
    let [one, two] = children;
    assert_different(&[one, two, codes(&build())], "built after the fork");

    // A store that was built before, and not used.
    let unused = build();
    let children = [in_child(|| codes(&unused)), in_child(|| codes(&unused))].map(|told| told());
    let [one, two] = children;
    assert_different(&[one, two, codes(&unused)], "built before the fork");

    // One that was used before; children one after the other, and each draws more than once.
    let used = build();
    let before = codes(&used);
    let twice = || in_child(|| codes(&used))();
    assert_different(&[before, twice(), twice(), codes(&used), twice(), codes(&used)], "used before the fork");

    // Children of a child.
    let family = in_child(|| {
        let first = in_child(|| codes(&used));
        let own = codes(&used);
        let second = in_child(|| codes(&used));
        [own, first(), second()].concat()
    })();
    assert_eq!(family.lines().collect::<HashSet<_>>().len(), 9 * LOGINS, "a child and its children");

    // A thread that the child starts, before and after the thread that was forked has drawn.
    let threads = in_child(|| {
        let other = || thread::scope(|scope| scope.spawn(|| codes(&used)).join().unwrap());
        [other(), codes(&used), other()].concat()
    })();
    assert_eq!(threads.lines().collect::<HashSet<_>>().len(), 9 * LOGINS, "threads of a child");
    assert!(threads.lines().all(|code| !family.contains(code)));

    // The generator's state is a copy when the host has used it itself, before this crate did in the thread.
    let elsewhere = thread::scope(|scope| {
        let forking = scope.spawn(|| {
            let _: u64 = rand::random();
            [in_child(|| codes(&used))(), in_child(|| codes(&used))(), codes(&used)]
        });
        forking.join().unwrap()
    });
    assert_different(&elsewhere, "a generator that the host has used");
}
