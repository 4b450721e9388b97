//! Exact boundaries in time, with a clock that moves only when told to.
// Times in tests are written as one reckons them; a test that subtracts too much fails.
#![allow(clippy::unchecked_time_subtraction)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::said::said;
use counterfoil::{
    BuildError, ClaimError, Clock, Delivery, GuessLimits, InitiateError, Initiated, LoginOptions, MAX_TTL, ManualClock,
    Polled, ResolveError, SessionStore, SettleError, Source, State, Swept, UserCode,
};

use crate::counted::{Counted, Ledger};

type Store = SessionStore<u32, &'static str>;

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);
const TTL: Duration = Duration::from_secs(100);
const RETENTION: Duration = Duration::from_secs(40);

/// A clock, a store by it and a login in that; the clock has moved on by `by`.
fn after(by: Duration) -> (ManualClock, Store, Initiated) {
    let clock = ManualClock::new();
    clock.advance(SECOND / 3);
    let store = Store::builder().ttl(TTL).retention(RETENTION).clock(clock.clone()).build().unwrap();
    clock.advance(SECOND / 7);
    let login = store.initiate_with(LoginOptions::new().context("scopes")).unwrap();
    clock.advance(by);
    (clock, store, login)
}

fn swept(expired: usize, forgotten: usize, wiped: usize) -> Swept {
    let mut swept = Swept::default();
    (swept.expired, swept.forgotten, swept.wiped) = (expired, forgotten, wiped);
    swept
}

#[test]
fn the_deadline_to_the_tick() {
    for (by, expired) in [(TTL - TICK, false), (TTL, true), (TTL + TICK, true)] {
        let refused = |reason| if expired { Err(reason) } else { Ok(()) };
        let (_, store, login) = after(by);
        assert_eq!(said(&store.poll(&login.polling_code)), if expired { "expired" } else { "pending" });
        let (_, store, login) = after(by);
        assert_eq!(store.complete(&login.login_code, 1).map_err(|error| error.reason), refused(SettleError::Expired));
        let (_, store, login) = after(by);
        assert_eq!(store.deny(&login.login_code), refused(SettleError::Expired));
        let (_, store, login) = after(by);
        assert_eq!(store.cancel(&login.polling_code), refused(SettleError::Expired));
        let (_, store, login) = after(by);
        let claimed = store.claim_context(&login.login_code).map(drop);
        assert_eq!(claimed, refused(SettleError::Expired).map_err(ClaimError::NotPending));
        let (_, store, login) = after(by);
        let shown = store.inspect(&login.login_code).unwrap();
        let state = if expired { State::Expired } else { State::Pending };
        assert_eq!((shown.state, shown.remaining, shown.has_context), (state, TTL.saturating_sub(by), !expired));
        let (_, store, _) = after(by);
        assert_eq!(store.sweep().expired, usize::from(expired));
    }
}

#[test]
fn a_completed_session_is_collected_until_its_deadline() {
    for (by, answer) in [(TICK, "completed"), (Duration::ZERO, "expired")] {
        let (clock, store, login) = after(SECOND);
        store.complete(&login.login_code, 1).unwrap();
        clock.advance(TTL - SECOND - by);
        assert_eq!(said(&store.poll(&login.polling_code)), answer);
    }
}

#[test]
fn the_end_of_retention_to_the_tick_swept_or_not() {
    type End = fn(&Store, &Initiated, &ManualClock);
    let ends: [(&str, End); 5] = [
        ("denied", |store, login, _| store.deny(&login.login_code).unwrap()),
        ("cancelled", |store, login, _| store.cancel(&login.polling_code).unwrap()),
        ("redeemed", |store, login, _| {
            store.complete(&login.login_code, 1).unwrap();
            assert_eq!(said(&store.poll(&login.polling_code)), "completed");
        }),
        // Counted from the deadline, not from when somebody came to see.
        ("expired", |_, _, clock| clock.advance(TTL)),
        ("expired", |store, login, clock| {
            clock.advance(TTL);
            assert_eq!(said(&store.poll(&login.polling_code)), "expired");
        }),
    ];
    for (answer, end) in ends {
        for swept in [false, true] {
            let (clock, store, login) = after(Duration::ZERO);
            end(&store, &login, &clock);
            let sweep = || if swept { store.sweep() } else { Swept::default() };
            sweep();
            clock.advance(RETENTION - TICK);
            assert_eq!(sweep().forgotten, 0);
            assert_eq!(said(&store.poll(&login.polling_code)), answer);
            assert!(store.inspect(&login.login_code).is_some());
            clock.advance(TICK);
            assert_eq!(sweep().forgotten, usize::from(swept));
            assert_eq!(said(&store.poll(&login.polling_code)), "unknown", "{answer}");
            assert_eq!(store.inspect(&login.login_code), None);
            assert_eq!(store.deny(&login.login_code), Err(SettleError::Unknown));
        }
    }
}

#[test]
fn a_grant_that_nobody_collected_is_dropped_when_its_end_is_noted() {
    let clock = ManualClock::new();
    let store: SessionStore<Counted> = SessionStore::builder().ttl(TTL).clock(clock.clone()).build().unwrap();
    let ledger = Ledger::default();
    let logins = [store.initiate().unwrap(), store.initiate().unwrap()];
    for login in &logins {
        store.complete(&login.login_code, ledger.make(1)).unwrap();
    }
    clock.advance(TTL - TICK);
    assert_eq!((store.sweep(), ledger.live()), (Swept::default(), 2));
    clock.advance(TICK);
    assert_eq!(said(&store.poll(&logins[0].polling_code)), "expired");
    assert_eq!(ledger.live(), 1, "by a poll");
    assert_eq!((store.sweep().expired, ledger.live()), (1, 0), "by a sweep");
}

#[test]
fn contexts_are_dropped_when_the_session_is_no_longer_pending() {
    let clock = ManualClock::new();
    let store: SessionStore<u32, Counted> = SessionStore::builder().ttl(TTL).clock(clock.clone()).build().unwrap();
    let ledger = Ledger::default();
    let begin = || store.initiate_with(LoginOptions::new().context(ledger.make(1))).unwrap();
    let login = begin();
    store.complete(&login.login_code, 1).unwrap();
    assert_eq!(ledger.live(), 0);
    store.deny(&begin().login_code).unwrap();
    assert_eq!(ledger.live(), 0);
    store.cancel(&begin().polling_code).unwrap();
    assert_eq!(ledger.live(), 0);
    drop(store.claim_context(&begin().login_code).unwrap());
    assert_eq!(ledger.live(), 0);
    let _ = begin();
    clock.advance(TTL);
    store.sweep();
    assert_eq!(ledger.live(), 0);
    let refused = store.initiate_with(LoginOptions::new().context(ledger.make(1)).ttl(Duration::ZERO));
    assert_eq!((refused.err(), ledger.live()), (Some(InitiateError::ZeroTtl), 0));
}

#[test]
fn the_replay_windows_end_to_the_tick_and_the_wiping() {
    let window = SECOND * 20;
    let clock = ManualClock::new();
    let store: SessionStore<Counted> = SessionStore::builder()
        .ttl(TTL)
        .retention(RETENTION)
        .delivery(Delivery::replay(window))
        .clock(clock.clone())
        .build()
        .unwrap();
    let ledger = Ledger::default();
    let login = store.initiate().unwrap();
    store.complete(&login.login_code, ledger.make(7)).unwrap();
    // Redeemed in the last moment: the window outlives the deadline.
    clock.advance(TTL - TICK);
    for by in [Duration::ZERO, SECOND, window - SECOND - TICK] {
        clock.advance(by);
        let Polled::Completed(grant) = store.poll(&login.polling_code) else { panic!("{by:?}") };
        assert_eq!(grant.id, 7);
    }
    assert_eq!((store.sweep(), ledger.live()), (Swept::default(), 1));
    clock.advance(TICK);
    assert_eq!(said(&store.poll(&login.polling_code)), "redeemed");
    assert_eq!(ledger.live(), 0, "what is told used is wiped");
    assert_eq!(store.sweep(), swept(0, 0, 0));
    assert_eq!(said(&store.poll(&login.polling_code)), "redeemed");
    clock.advance(RETENTION - window);
    assert_eq!(store.sweep(), swept(0, 1, 0));
}

#[test]
fn a_replay_window_as_long_as_retention_is_wiped_and_forgotten_in_one_sweep() {
    let clock = ManualClock::new();
    let delivery = Delivery::replay(RETENTION);
    let store: SessionStore<Counted> =
        SessionStore::builder().retention(RETENTION).delivery(delivery).clock(clock.clone()).build().unwrap();
    let ledger = Ledger::default();
    for _ in 0..100 {
        let login = store.initiate().unwrap();
        store.complete(&login.login_code, ledger.make(1)).unwrap();
        drop(store.poll(&login.polling_code));
    }
    clock.advance(RETENTION);
    assert_eq!(store.sweep(), swept(0, 100, 100));
    assert_eq!(ledger.live(), 0);
}

#[test]
fn polls_are_paced() {
    let clock = ManualClock::new();
    let store: Store = Store::builder().poll_interval(SECOND * 5).ttl(MAX_TTL).clock(clock.clone()).build().unwrap();
    let login = store.initiate().unwrap();
    let poll = || match store.poll(&login.polling_code) {
        Polled::Pending { retry_after } => (false, retry_after),
        Polled::SlowDown { retry_after } => (true, retry_after),
        other => panic!("{other:?}"),
    };
    assert_eq!(poll(), (false, SECOND * 5), "the first is never throttled");
    clock.advance(SECOND * 5 - TICK);
    assert_eq!(poll(), (true, SECOND * 10), "a tick too soon costs five seconds");
    clock.advance(SECOND * 10 - TICK);
    assert_eq!(poll(), (true, SECOND * 15), "counted from the poll that was too soon");
    clock.advance(SECOND * 15);
    assert_eq!(poll(), (false, SECOND * 10), "to the tick, and one strike is worked off");
    clock.advance(SECOND * 10);
    assert_eq!(poll(), (false, SECOND * 5));
    clock.advance(SECOND * 5);
    assert_eq!(poll(), (false, SECOND * 5), "never below the interval");
    for strike in 1..=30 {
        assert_eq!(poll(), (true, SECOND * 5 + SECOND * 5 * strike.min(12)), "a minute more at the most");
    }
    for strikes in (0..12).rev() {
        clock.advance(SECOND * 5 + SECOND * 5 * (strikes + 1));
        assert_eq!(poll(), (false, SECOND * 5 + SECOND * 5 * strikes));
    }
}

#[test]
fn the_announced_time_is_the_time_that_is_asked() {
    let clock = ManualClock::new();
    // Not a whole number of ticks.
    let interval = Duration::from_micros(2500);
    let store: Store = Store::builder().poll_interval(interval).clock(clock.clone()).build().unwrap();
    let login = store.initiate().unwrap();
    for _ in 0..20 {
        let Polled::Pending { retry_after } = store.poll(&login.polling_code) else { panic!("it waited as told") };
        clock.advance(retry_after);
    }
}

#[test]
fn without_an_interval_nobody_is_paced() {
    let (_, store, login) = after(SECOND);
    for _ in 0..100 {
        let Polled::Pending { retry_after } = store.poll(&login.polling_code) else { panic!() };
        assert_eq!(retry_after, Duration::ZERO);
    }
}

#[test]
fn guesses_at_user_codes_within_a_minute() {
    let clock = ManualClock::new();
    let store: Store = Store::builder()
        .user_code_guesses(GuessLimits { per_source: 2, total: 3 })
        .clock(clock.clone())
        .build()
        .unwrap();
    let login = store.initiate_with(LoginOptions::new().user_code()).unwrap();
    let right = login.user_code.clone().unwrap();
    let wrong = UserCode::parse(if &*right.expose() == "BBBB-BBBB" { "CCCC-CCCC" } else { "BBBB-BBBB" }).unwrap();
    let unknown = Err(ResolveError::Unknown);
    let wait = |retry_after| Err(ResolveError::TooManyGuesses { retry_after });
    let minute = SECOND * 60;

    assert_eq!(store.resolve(&wrong, source("a")), unknown);
    clock.advance(SECOND * 10);
    for _ in 0..5 {
        assert!(store.resolve(&right, source("a")).unwrap() == login.login_code, "right ones cost nothing");
    }
    assert_eq!(store.resolve(&wrong, source("a")), unknown, "and reset nothing");
    assert_eq!(store.resolve(&right, source("a")), wait(minute - SECOND * 10));
    assert_eq!(store.resolve(&wrong, source("b")), unknown, "another source, the last of all");
    assert_eq!(store.resolve(&right, source("b")), wait(minute - SECOND * 10));
    assert!(store.resolve(&right, source("c")).is_ok(), "who has not failed is not refused");
    clock.advance(minute - SECOND * 10 - TICK);
    assert_eq!(store.resolve(&right, source("a")), wait(TICK));
    clock.advance(TICK);
    assert!(store.resolve(&right, source("a")).is_ok(), "a minute after the first");
    assert!(store.resolve(&right, source("c")).is_ok());
}

#[test]
fn a_login_may_have_a_time_to_live_of_its_own() {
    let (clock, store, usual) = after(Duration::ZERO);
    let of = |ttl: Duration| store.initiate_with(LoginOptions::new().ttl(ttl));
    let (short, long, longest) = (of(TICK).unwrap(), of(TTL * 2).unwrap(), of(MAX_TTL).unwrap());
    assert_eq!((short.expires_in, usual.expires_in, longest.expires_in), (TICK, TTL, MAX_TTL));
    assert_eq!(of(MAX_TTL + Duration::from_nanos(1)).unwrap_err(), InitiateError::TtlTooLong);
    assert_eq!(of(Duration::MAX).unwrap_err(), InitiateError::TtlTooLong);
    assert_eq!(of(Duration::ZERO).unwrap_err(), InitiateError::ZeroTtl);
    let sliver = of(Duration::from_nanos(1)).unwrap();
    assert_eq!(said(&store.poll(&sliver.polling_code)), "pending", "rounded up to a tick");
    clock.advance(TICK);
    for (login, answer) in [(&sliver, "expired"), (&short, "expired"), (&usual, "pending")] {
        assert_eq!(said(&store.poll(&login.polling_code)), answer);
    }
    clock.advance(TTL);
    assert_eq!(said(&store.poll(&usual.polling_code)), "expired");
    assert_eq!(said(&store.poll(&long.polling_code)), "pending");
    clock.advance(MAX_TTL - TTL - TICK * 2);
    assert_eq!(said(&store.poll(&longest.polling_code)), "pending", "a tick before a whole day");
    clock.advance(TICK);
    assert_eq!(said(&store.poll(&longest.polling_code)), "expired");
}

#[test]
fn settings_at_and_beyond_their_limits() {
    let build = || Store::builder();
    let over = MAX_TTL + Duration::from_nanos(1);
    assert!(build().ttl(MAX_TTL).retention(MAX_TTL).poll_interval(MAX_TTL).build().is_ok());
    assert!(build().retention(MAX_TTL).delivery(Delivery::replay(MAX_TTL)).build().is_ok());
    for (builder, error) in [
        (build().ttl(Duration::ZERO), BuildError::ZeroTtl),
        (build().ttl(over), BuildError::TtlTooLong),
        (build().ttl(Duration::MAX), BuildError::TtlTooLong),
        (build().retention(over), BuildError::RetentionTooLong),
        (build().max_sessions(0), BuildError::NoSessions),
        (build().max_sessions(usize::MAX), BuildError::TooManySessions),
        (build().max_sessions_per_tenant(0), BuildError::NoSessionsPerTenant),
        (build().poll_interval(over), BuildError::PollIntervalTooLong),
        (build().retention(SECOND).delivery(Delivery::replay(SECOND + TICK)), BuildError::ReplayOutlivesRetention),
        (build().user_code_guesses(GuessLimits { per_source: 0, total: 1 }), BuildError::NoGuesses),
        (build().user_code_guesses(GuessLimits { per_source: 1, total: 0 }), BuildError::NoGuesses),
    ] {
        assert_eq!(builder.build().err(), Some(error));
    }
}

/// A clock that shows whatever it is set to: seconds.
#[derive(Clone, Default)]
struct Set(Arc<AtomicU64>);

impl Clock for Set {
    fn now(&self) -> Duration {
        match self.0.load(Ordering::SeqCst) {
            u64::MAX => Duration::MAX,
            seconds => Duration::from_secs(seconds),
        }
    }
}

#[test]
fn a_clock_at_the_end_of_time() {
    let clock = Set::default();
    let store: Store = Store::builder()
        .ttl(MAX_TTL)
        .retention(MAX_TTL)
        .poll_interval(MAX_TTL)
        .max_sessions(3)
        .max_sessions_per_tenant(2)
        .delivery(Delivery::replay(MAX_TTL))
        .clock(clock.clone())
        .build()
        .unwrap();
    let begin = || store.initiate_with(LoginOptions::new().context("scopes").user_code());
    let login = begin().unwrap();
    let _ = store.poll(&login.polling_code);
    clock.0.store(u64::MAX, Ordering::SeqCst);
    // Whatever was there is over; what would begin now is refused, since no deadline could be told from now.
    for _ in 0..10 {
        assert!(matches!(said(&store.poll(&login.polling_code)), "expired" | "unknown"));
        assert_eq!(begin().err(), Some(InitiateError::ClockOutOfRange));
        store.sweep();
        store.sweep_at(Duration::MAX);
    }
    // The last second in which a login can begin: it lives, is remembered and is forgotten.
    let day = MAX_TTL.as_secs();
    let last = ((1 << 40) - 3) / 1000 - 2 * day;
    clock.0.store(last + 1, Ordering::SeqCst);
    assert_eq!(begin().err(), Some(InitiateError::ClockOutOfRange));
    clock.0.store(last, Ordering::SeqCst);
    let late = begin().unwrap();
    for (days, expected) in [(0, "pending"), (1, "expired"), (2, "unknown")] {
        clock.0.store(last + days * day, Ordering::SeqCst);
        assert_eq!(said(&store.poll(&late.polling_code)), expected);
    }
    clock.0.store(u64::MAX, Ordering::SeqCst);
    // A store that is built by such a clock counts from there.
    let late: Store = Store::builder().clock(clock).build().unwrap();
    let login = late.initiate().unwrap();
    assert_eq!(said(&late.poll(&login.polling_code)), "pending");
    late.complete(&login.login_code, 1).unwrap();
    assert_eq!(said(&late.poll(&login.polling_code)), "completed");
}

#[test]
fn a_clock_that_goes_back_lets_sessions_live_longer_and_nothing_worse() {
    let clock = Set::default();
    clock.0.store(1000, Ordering::SeqCst);
    let store: Store = Store::builder().ttl(TTL).poll_interval(SECOND).clock(clock.clone()).build().unwrap();
    clock.0.store(1050, Ordering::SeqCst);
    let login = store.initiate().unwrap();
    let ended = store.initiate().unwrap();
    store.deny(&ended.login_code).unwrap();
    clock.0.store(0, Ordering::SeqCst);
    assert_eq!(said(&store.poll(&login.polling_code)), "pending");
    assert_eq!(said(&store.poll(&ended.polling_code)), "denied");
    assert_eq!(store.inspect(&login.login_code).unwrap().remaining, TTL + SECOND * 50);
    clock.0.store(1149, Ordering::SeqCst);
    assert_eq!(said(&store.poll(&login.polling_code)), "pending");
    clock.0.store(1150, Ordering::SeqCst);
    assert_eq!(said(&store.poll(&login.polling_code)), "expired");
}

#[test]
fn a_sweep_told_of_another_time_does_what_is_due_then() {
    let (_, store, login) = after(Duration::ZERO);
    assert_eq!(store.sweep_at(Duration::ZERO), Swept::default());
    assert_eq!(store.sweep_at(store.now() + TTL - TICK), Swept::default());
    assert_eq!(store.sweep_at(store.now() + TTL), swept(1, 0, 0));
    assert_eq!(said(&store.poll(&login.polling_code)), "expired");
    assert_eq!(store.sweep_at(store.now() + TTL + RETENTION), swept(0, 1, 0));
    assert_eq!(said(&store.poll(&login.polling_code)), "unknown");
}

#[test]
fn sweeps_do_what_is_due_far_away_and_in_bulk() {
    let (clock, store, _) = after(Duration::ZERO);
    let day = MAX_TTL.as_secs();
    for n in 1..=1000 {
        store.initiate_with(LoginOptions::new().ttl(Duration::from_secs(day * n / 1000))).unwrap();
    }
    let (mut expired, mut forgotten) = (0, 0);
    for _ in 0..=day / 600 + 1 {
        clock.advance(SECOND * 600);
        let swept = store.sweep();
        assert!(swept.expired <= 8, "ten minutes' worth");
        expired += swept.expired;
        forgotten += swept.forgotten;
        assert!(expired - forgotten <= 1, "retention is shorter than the step, so nearly all are due for that, too");
    }
    assert_eq!((expired, forgotten), (1001, 1001));
}

/// A store that nobody sweeps.
fn unswept(sessions: usize) -> (ManualClock, SessionStore<Counted, Counted>, Ledger) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().ttl(TTL).retention(MAX_TTL).max_sessions(sessions);
    (clock.clone(), builder.clock(clock).build().unwrap(), Ledger::default())
}

#[test]
fn a_store_that_nobody_sweeps_is_right_and_bounded() {
    let (clock, store, ledger) = unswept(10);
    let mut all = Vec::new();
    for round in 0..100 {
        for _ in 0..10 {
            let login = store.initiate_with(LoginOptions::new().context(ledger.make(0))).unwrap();
            store.complete(&login.login_code, ledger.make(round)).unwrap();
            all.push(login);
        }
        assert!(store.initiate().is_err(), "all ten are live");
        assert_eq!(ledger.live(), 10);
        clock.advance(TTL);
        for (age, login) in all.iter().rev().enumerate() {
            let expected = if age < 10 { Some(State::Expired) } else { None };
            assert_eq!(store.inspect(&login.login_code).map(|shown| shown.state), expected, "{age}");
        }
    }
    drop(store);
    assert_eq!(ledger.live(), 0);
}

#[test]
fn the_oldest_ending_gives_way_first_exactly() {
    // Several shards: the order is that of the whole store, not of a part of it.
    let sessions = 40_000;
    let (clock, store, ledger) = unswept(sessions);
    // Ends in an order that has nothing to do with that of the slots; every fourth by itself, and nobody notes it.
    let order: Vec<_> = (0..60).map(|n| n * 7919 % sessions).collect();
    let by_itself = |at: usize| order.iter().position(|other| *other == at).filter(|n| n % 4 == 3);
    let ttl = |at| by_itself(at).map_or(TTL, |n| TICK * (n as u32 + 1));
    let logins: Vec<_> =
        (0..sessions).map(|at| store.initiate_with(LoginOptions::new().ttl(ttl(at))).unwrap()).collect();
    assert_eq!(store.initiate().unwrap_err(), InitiateError::Full { retry_after: TICK * 4 });
    let ended: Vec<_> = order.iter().map(|at| &logins[*at]).collect();
    for (n, login) in ended.iter().enumerate() {
        clock.advance(TICK);
        match n % 4 {
            0 => store.deny(&login.login_code).unwrap(),
            1 => store.cancel(&login.polling_code).unwrap(),
            2 => {
                store.complete(&login.login_code, ledger.make(1)).unwrap();
                assert_eq!(said(&store.poll(&login.polling_code)), "completed");
            }
            _ => {}
        }
    }
    for gone in 1..=ended.len() {
        store.initiate().unwrap();
        for (n, login) in ended.iter().enumerate() {
            assert_eq!(store.inspect(&login.login_code).is_none(), n < gone, "{n} of {gone}");
        }
    }
    let elapsed = TICK * 60;
    assert_eq!(store.initiate().unwrap_err(), InitiateError::Full { retry_after: TTL - elapsed });
    for (_, login) in logins.iter().enumerate().filter(|(at, _)| !order.contains(at)) {
        assert_eq!(said(&store.poll(&login.polling_code)), "pending", "no live session gave way");
    }
}

#[test]
fn endings_that_nobody_noted_give_way_in_their_turn() {
    let (clock, store, _) = unswept(4);
    let of = |seconds| store.initiate_with(LoginOptions::new().ttl(SECOND * seconds)).unwrap();
    let (late, early, denied, live) = (of(30), of(10), of(50), of(60));
    clock.advance(SECOND * 20);
    store.deny(&denied.login_code).unwrap();
    clock.advance(SECOND * 20);
    // Now 40 s: `early` expired at 10 s, `denied` ended at 20 s, `late` expired at 30 s.
    for gone in [&early, &denied, &late] {
        assert!(store.inspect(&gone.login_code).is_some());
        store.initiate().unwrap();
        assert!(store.inspect(&gone.login_code).is_none());
    }
    assert_eq!(store.initiate().unwrap_err(), InitiateError::Full { retry_after: SECOND * 20 });
    assert_eq!(said(&store.poll(&live.polling_code)), "pending");
    clock.advance(SECOND * 20 - TICK);
    assert_eq!(store.initiate().unwrap_err(), InitiateError::Full { retry_after: TICK });
    clock.advance(TICK);
    store.initiate().unwrap();
    assert_eq!(said(&store.poll(&live.polling_code)), "unknown");
}

#[test]
fn a_tenant_is_bounded_by_its_live_sessions() {
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(TTL).max_sessions(100).max_sessions_per_tenant(2);
    let store = builder.clock(clock.clone()).build().unwrap();
    let acme = store.for_tenant("acme");
    let (one, two) = (acme.initiate().unwrap(), acme.initiate().unwrap());
    let full = |retry_after| InitiateError::TenantFull { retry_after };
    assert_eq!(acme.initiate().unwrap_err(), full(TTL));
    assert_eq!(store.for_tenant("acme").initiate().unwrap_err(), full(TTL), "the tenant, not the handle");
    store.initiate().unwrap();
    store.for_tenant("other").initiate().unwrap();

    acme.deny(&one.login_code).unwrap();
    let three = acme.initiate().unwrap();
    assert_eq!(acme.initiate().unwrap_err(), full(TTL));
    acme.complete(&two.login_code, 1).unwrap();
    assert_eq!(acme.initiate().unwrap_err(), full(TTL), "a completed session is live until it is collected");
    assert_eq!(said(&acme.poll(&two.polling_code)), "completed");
    clock.advance(SECOND);
    let four = acme.initiate().unwrap();
    clock.advance(TTL - SECOND - TICK);
    assert_eq!(acme.initiate().unwrap_err(), full(TICK));
    // Nobody has noted that the third is over.
    clock.advance(TICK);
    let five = acme.initiate().unwrap();
    assert_eq!(acme.initiate().unwrap_err(), full(SECOND));
    assert_eq!(said(&acme.poll(&three.polling_code)), "expired");
    for login in [&four, &five] {
        assert_eq!(said(&acme.poll(&login.polling_code)), "pending");
    }
    assert_eq!(acme.initiate_with(LoginOptions::new().ttl(Duration::ZERO)).unwrap_err(), InitiateError::ZeroTtl);
}

#[test]
fn a_login_refused_for_want_of_room_costs_the_tenant_nothing() {
    let clock = ManualClock::new();
    let builder = Store::builder().max_sessions(1).max_sessions_per_tenant(1);
    let store = builder.clock(clock).build().unwrap();
    let first = store.for_tenant("one").initiate().unwrap();
    for _ in 0..10 {
        assert!(matches!(store.for_tenant("two").initiate(), Err(InitiateError::Full { .. })));
    }
    store.for_tenant("one").deny(&first.login_code).unwrap();
    store.for_tenant("two").initiate().unwrap();
}

fn source(name: &str) -> Source {
    let letter = name.as_bytes().first().copied().unwrap_or_default();
    Source::from([letter, 0, 0, 1])
}
