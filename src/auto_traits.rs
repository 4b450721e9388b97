//! What every caller relies on without saying so: public types go from thread to thread.

use crate::{
    Attempt, BackendError, BuildError, Builder, ClaimError, CodeText, CompleteError, Delivery, GuessLimits,
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

/// A store may hold values that only one thread at a time may touch: they are handed over, never shared.
#[test]
fn a_store_is_sync_although_its_grants_are_not() {
    fn both<T: Send + Sync>() {}
    both::<SessionStore<std::cell::Cell<u8>, std::cell::Cell<u8>>>();
}
