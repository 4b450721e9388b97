//! What every caller relies on without saying so: public types go from thread to thread.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    Attempt, BackendError, BuildError, Builder, ClaimError, Clock, CodeText, CompleteError, Delivery, GuessLimits,
    InitiateError, Initiated, Inspected, Listed, LoginCode, LoginOptions, ManualClock, ParseCodeError, Polled,
    PollingCode, ResolveError, Secret, SessionId, SessionStore, SettleError, State, Stats, Sweeper, Swept, SystemClock,
    Unavailable, UserCode,
};

#[test]
fn public_types_are_send_and_sync() {
    fn both<T: Send + Sync>() {}
    both::<(Attempt, Builder<Secret>, CodeText, Delivery<Secret>, GuessLimits, Initiated, Inspected, Listed)>();
    both::<(LoginCode, LoginOptions<Secret>, ManualClock, Polled<Secret>, PollingCode, Secret, SessionId)>();
    both::<(SessionStore<Secret, Secret>, State, Stats, Sweeper, Swept, SystemClock, UserCode)>();
    both::<(BackendError<SettleError>, BuildError, ClaimError, CompleteError<Secret>, InitiateError)>();
    both::<(ParseCodeError, ResolveError, SettleError, Unavailable)>();
}

/// A server's parts are often shared by then, and are taken so.
#[test]
fn a_shared_value_is_what_the_value_is() {
    fn clock<T: Clock>() {}
    clock::<Arc<ManualClock>>();
    clock::<Arc<dyn Clock>>();
    #[cfg(feature = "redis")]
    {
        fn stored<T: crate::Stored>() {}
        stored::<Arc<Secret>>();
    }
    #[cfg(feature = "conformance")]
    {
        use crate::conformance::{Harness, Value};
        fn value<T: Value>() {}
        fn harness<T: Harness>() {}
        #[expect(dead_code, reason = "it has only to compile")]
        fn shared<T: Harness>() {
            harness::<Arc<T>>();
        }
        value::<Arc<String>>();
    }
    #[cfg(feature = "axum")]
    {
        use crate::axum::pages::{PlainHtml, Render, SignIn, TypedToken};
        use crate::axum::{Access, Events, StaticAccess, StaticTokens, Tokens};
        fn parts<A: Access, K: Tokens, S: SignIn, R: Render, E: Events + ?Sized>() {}
        parts::<Arc<StaticAccess>, Arc<StaticTokens>, Arc<TypedToken>, Arc<PlainHtml>, Arc<dyn Events>>();
    }
}

/// A store may hold values that only one thread at a time may touch: they are handed over, never shared.
#[test]
fn a_store_is_sync_although_its_grants_are_not() {
    fn both<T: Send + Sync>() {}
    both::<SessionStore<std::cell::Cell<u8>, std::cell::Cell<u8>>>();
}

/// What a trait does by default, the value itself may do otherwise.
#[test]
fn a_shared_value_is_asked_for_what_has_a_default() {
    struct Coarse;
    impl Clock for Coarse {
        fn now(&self) -> Duration {
            Duration::from_secs(1)
        }

        fn resolution(&self) -> Duration {
            Duration::from_millis(15)
        }
    }
    let clock: Arc<dyn Clock> = Arc::new(Coarse);
    assert_eq!((Clock::now(&clock), Clock::resolution(&clock)), (Duration::from_secs(1), Duration::from_millis(15)));
    #[cfg(feature = "axum")]
    {
        use crate::axum::pages::{PlainHtml, Render, SignIn, TypedToken};
        use crate::axum::{StaticTokens, Tokens};
        let tokens = Arc::new(StaticTokens::new().revocable());
        assert!(Tokens::revokes(&tokens) && Tokens::refreshes(&tokens));
        assert!(!Tokens::revokes(&Arc::new(StaticTokens::new())));
        assert!(!SignIn::identifies(&Arc::new(TypedToken)));
        let policy = |page: &Arc<PlainHtml>| Render::content_security_policy(page).to_owned();
        assert_eq!(policy(&Arc::new(PlainHtml)), PlainHtml.content_security_policy());
    }
}

/// The traits for which this was decided. A new one stops here first.
#[test]
fn each_trait_is_one_that_a_shared_value_has_or_is_not_meant_to() {
    const SHARED: [&str; 9] = ["Access", "Clock", "Events", "Harness", "Render", "SignIn", "Stored", "Tokens", "Value"];
    // A handle, whose documentation says why not; the name for some of these handles; a sealed one.
    const NOT: [&str; 3] = ["Backend", "Dialect", "Sessions"];
    fn traits(folder: &std::path::Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                traits(&path, into);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for line in text.lines().filter_map(|line| line.strip_prefix("pub trait ")) {
                let name: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
                into.push(name);
            }
        }
    }
    let mut found = Vec::new();
    traits(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    found.sort();
    let mut decided = [&SHARED[..], &NOT[..]].concat();
    decided.sort_unstable();
    assert_eq!(found, decided);
}
