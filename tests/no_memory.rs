//! A store that the memory has no room for is an error, and not the end of the process.
//!
//! In a binary of its own, since it starts itself again with little memory.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails that way")]

use std::process::Command;

use counterfoil::{BuildError, MAX_SESSIONS, SessionStore};

/// Tells the process that is short of memory from the one that starts it.
const SHORT: &str = "COUNTERFOIL_TEST_SHORT_OF_MEMORY";

#[test]
fn a_store_without_memory_is_an_error() {
    if std::env::var_os(SHORT).is_none() {
        let me = std::env::current_exe().unwrap();
        // A gigabyte and a half of addresses: too few for the table, and too few for the books of one part of it.
        let script = "ulimit -v 1500000; exec \"$0\" --exact a_store_without_memory_is_an_error";
        let child = Command::new("sh").arg("-c").arg(script).arg(me).env(SHORT, "1").output().unwrap();
        assert!(child.status.success(), "{}{}", child.status, String::from_utf8_lossy(&child.stderr));
        return;
    }
    for sessions in [MAX_SESSIONS, MAX_SESSIONS / 4, MAX_SESSIONS / 12] {
        let built = SessionStore::<String>::builder().max_sessions(sessions).build();
        assert_eq!(built.err(), Some(BuildError::OutOfMemory), "{sessions}");
    }
    assert!(SessionStore::<String>::builder().max_sessions(1000).build().is_ok());
}
