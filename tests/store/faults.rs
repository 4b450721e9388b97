//! The sixteen faults seen in real systems that do this job, each as a test that fails where the fault is.
//!
//! The eleventh, a collision of user codes, needs a generator that collides; `fault_11_...` is therefore inside the
//! crate, in `src/memory/tests/user_codes.rs`.
// Times in tests are written as one reckons them; a test that subtracts too much fails.
#![allow(clippy::unchecked_time_subtraction)]

use std::fmt::{Debug, Display};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::said::said;
use counterfoil::{
    ClaimError, CompleteError, Delivery, GuessLimits, InitiateError, LoginCode, LoginOptions, ManualClock, Polled,
    PollingCode, ResolveError, Secret, SessionStore, SettleError, Source, State, UserCode,
};

use crate::race::race;

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);
const TTL: Duration = Duration::from_secs(600);

type Store = SessionStore<u32, &'static str>;

fn store(clock: &ManualClock) -> Store {
    let builder = SessionStore::builder().ttl(TTL).retention(TTL * 2).max_sessions(5000);
    builder.clock(clock.clone()).build().unwrap()
}

/// What a poll said, in a word.
#[test]
fn fault_01_two_concurrent_polls_both_get_the_token() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let logins: Vec<_> = (0..2000)
        .map(|grant| {
            let login = store.initiate().unwrap();
            store.complete(&login.login_code, grant).unwrap();
            login
        })
        .collect();
    for (grant, polls) in race(&logins, 3, |_, login| store.poll(&login.polling_code)).iter().enumerate() {
        let got: Vec<u32> =
            polls.iter().filter_map(|poll| if let Polled::Completed(g) = poll { Some(*g) } else { None }).collect();
        assert_eq!(got, [u32::try_from(grant).unwrap()], "{polls:?}");
        assert_eq!(polls.iter().filter(|poll| matches!(poll, Polled::Redeemed)).count(), 2, "{polls:?}");
    }
}

#[test]
fn fault_02_a_later_poll_gets_the_token_again() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let login = store.initiate().unwrap();
    store.complete(&login.login_code, 7).unwrap();
    assert!(matches!(store.poll(&login.polling_code), Polled::Completed(7)));
    for _ in 0..3 {
        assert_eq!(said(&store.poll(&login.polling_code)), "redeemed");
        assert_eq!(said(&store.clone().poll(&login.polling_code.clone())), "redeemed");
        store.sweep();
        assert_eq!(store.complete(&login.login_code, 8).unwrap_err().grant, 8);
        clock.advance(SECOND);
    }
}

#[test]
fn fault_03_a_polls_bookkeeping_overwrites_an_approval_or_a_denial() {
    let clock = ManualClock::new();
    let store: SessionStore<u32> = SessionStore::builder().poll_interval(SECOND).clock(clock).build().unwrap();
    let logins: Vec<_> = (0..4000).map(|_| store.initiate().unwrap()).collect();
    let denied = |login: &counterfoil::Initiated| login.login_code.expose().as_bytes()[0].is_multiple_of(2);
    let answers = race(&logins, 2, |thread, login| {
        if thread == 0 {
            // Each of these is noted: the session is pending, or not yet seen to be settled.
            (0..40).map(|_| said(&store.poll(&login.polling_code))).collect()
        } else {
            // In the midst of them.
            (0..20).for_each(|_| drop(store.inspect(&login.login_code)));
            if denied(login) {
                store.deny(&login.login_code).unwrap();
            } else {
                store.complete(&login.login_code, 1).unwrap();
            }
            Vec::new()
        }
    });
    let mut after_the_race = 0;
    for (login, answers) in logins.iter().zip(answers) {
        let last = said(&store.poll(&login.polling_code));
        if denied(login) {
            assert_eq!(last, "denied");
        } else {
            let redeemed = answers[0].contains(&"completed");
            after_the_race += u32::from(!redeemed);
            assert_eq!(last, if redeemed { "redeemed" } else { "completed" });
        }
    }
    assert!(after_the_race < 4000, "some were collected by the polls of the race");
}

#[test]
fn fault_04_a_late_approval_or_denial_revives_a_redeemed_or_expired_session() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let redeemed = store.initiate().unwrap();
    store.complete(&redeemed.login_code, 1).unwrap();
    assert_eq!(said(&store.poll(&redeemed.polling_code)), "completed");
    let uncollected = store.initiate().unwrap();
    store.complete(&uncollected.login_code, 2).unwrap();
    let noted = store.initiate().unwrap();
    let unnoted = store.initiate().unwrap();
    clock.advance(TTL);
    assert_eq!(said(&store.poll(&noted.polling_code)), "expired");
    for swept in [false, true] {
        for (login, reason, stays) in [
            (&redeemed, SettleError::Redeemed, "redeemed"),
            (&noted, SettleError::Expired, "expired"),
            (&unnoted, SettleError::Expired, "expired"),
            (&uncollected, SettleError::Expired, "expired"),
        ] {
            assert_eq!(store.complete(&login.login_code, 9), Err(CompleteError { grant: 9, reason }));
            assert_eq!(store.deny(&login.login_code), Err(reason));
            assert_eq!(store.cancel(&login.polling_code), Err(reason));
            if swept {
                assert_eq!(said(&store.poll(&login.polling_code)), stays);
            }
        }
        store.sweep();
    }
}

#[test]
fn fault_05_of_two_approvals_the_last_one_wins() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let logins: Vec<_> = (0..2000).map(|_| store.initiate().unwrap()).collect();
    let answers = race(&logins, 2, |thread, login| store.complete(&login.login_code, u32::try_from(thread).unwrap()));
    for (login, answers) in logins.iter().zip(answers) {
        let winner = u32::from(answers[1].is_ok());
        let loser = 1 - winner;
        assert_eq!(answers[winner as usize], Ok(()));
        let refused = CompleteError { grant: loser, reason: SettleError::Completed };
        assert_eq!(answers[loser as usize], Err(refused), "the loser has its grant back");
        let Polled::Completed(grant) = store.poll(&login.polling_code) else { panic!() };
        assert_eq!(grant, winner);
    }
}

#[test]
fn fault_06_an_approval_and_a_denial_both_report_success() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let logins: Vec<_> = (0..3000).map(|_| store.initiate().unwrap()).collect();
    let answers = race(&logins, 3, |thread, login| match thread {
        0 => store.complete(&login.login_code, 1).map_err(|error| error.reason),
        1 => store.deny(&login.login_code),
        _ => store.cancel(&login.polling_code),
    });
    for (login, answers) in logins.iter().zip(answers) {
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let (reason, then) = [
            (SettleError::Completed, "completed"),
            (SettleError::Denied, "denied"),
            (SettleError::Cancelled, "cancelled"),
        ][winner];
        for (thread, answer) in answers.iter().enumerate() {
            assert_eq!(*answer, if thread == winner { Ok(()) } else { Err(reason) }, "{answers:?}");
        }
        assert_eq!(said(&store.poll(&login.polling_code)), then);
    }
}

#[test]
fn fault_07_expiry_is_tested_in_the_wrong_order() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let logins: Vec<_> = (0..5).map(|_| store.initiate().unwrap()).collect();
    let [pending, completed, used, denied, cancelled] = &logins[..] else { panic!() };
    store.complete(&completed.login_code, 1).unwrap();
    store.complete(&used.login_code, 2).unwrap();
    store.deny(&denied.login_code).unwrap();
    store.cancel(&cancelled.polling_code).unwrap();
    clock.advance(TTL - TICK);
    assert_eq!(said(&store.poll(&used.polling_code)), "completed");
    clock.advance(TICK);
    for swept in [false, true] {
        let ended = [(used, "redeemed"), (denied, "denied"), (cancelled, "cancelled")];
        for (login, answer) in ended.into_iter().chain([(pending, "expired"), (completed, "expired")]) {
            assert_eq!(said(&store.poll(&login.polling_code)), answer, "swept: {swept}");
        }
        store.sweep();
    }
}

#[test]
fn fault_08_changing_a_value_loses_or_renews_its_deadline() {
    let clock = ManualClock::new();
    let store: Store = SessionStore::builder().ttl(TTL).poll_interval(SECOND).clock(clock.clone()).build().unwrap();
    let login = store.initiate_with(LoginOptions::new().context("scopes").user_code()).unwrap();
    let remaining = || store.inspect(&login.login_code).unwrap().remaining;
    clock.advance(TTL / 2);
    let _ = store.poll(&login.polling_code);
    let _ = store.poll(&login.polling_code);
    assert_eq!(remaining(), TTL / 2);
    store.resolve(login.user_code.as_ref().unwrap(), Source::UNKNOWN).unwrap();
    store.claim_context(&login.login_code).unwrap();
    assert_eq!(remaining(), TTL / 2);
    store.complete(&login.login_code, 1).unwrap();
    let _ = store.deny(&login.login_code);
    assert_eq!(remaining(), TTL / 2);
    clock.advance(TTL / 2 - TICK);
    assert_eq!(remaining(), TICK);
    clock.advance(TICK);
    assert_eq!(said(&store.poll(&login.polling_code)), "expired");
}

#[test]
fn fault_09_a_code_is_burned_before_its_delivery_could_fail() {
    /// A grant whose delivery fails the first time.
    struct Fragile<'a>(&'a AtomicBool);
    impl Clone for Fragile<'_> {
        fn clone(&self) -> Self {
            assert!(self.0.swap(true, Ordering::SeqCst), "the delivery fails");
            Self(self.0)
        }
    }

    let clock = ManualClock::new();
    let delivered = AtomicBool::new(false);
    let replaying: SessionStore<Fragile<'_>> =
        SessionStore::builder().delivery(Delivery::replay(SECOND)).clock(clock.clone()).build().unwrap();
    let login = replaying.initiate().unwrap();
    assert!(replaying.complete(&login.login_code, Fragile(&delivered)).is_ok());
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| replaying.poll(&login.polling_code)));
    assert!(failed.is_err());
    assert_eq!(said(&replaying.poll(&login.polling_code)), "completed", "the grant is still there");
    assert_eq!(said(&replaying.poll(&login.polling_code)), "completed", "an answer lost on its way is given again");

    // Whoever must not have it does not use it up either.
    let store = store(&clock);
    let login = store.initiate_with(LoginOptions::new().context("scopes")).unwrap();
    let stranger = store.for_tenant("stranger");
    assert_eq!(stranger.claim_context(&login.login_code), Err(ClaimError::NotPending(SettleError::Unknown)));
    assert_eq!(stranger.complete(&login.login_code, 1).unwrap_err().grant, 1);
    assert_eq!(store.claim_context(&login.login_code), Ok("scopes"));
    store.complete(&login.login_code, 2).unwrap();
    assert_eq!(said(&stranger.poll(&login.polling_code)), "unknown");
    assert_eq!(stranger.cancel(&login.polling_code), Err(SettleError::Unknown));
    assert!(matches!(store.poll(&login.polling_code), Polled::Completed(2)));
}

#[test]
fn fault_10_the_capacity_limit_evicts_live_logins() {
    let clock = ManualClock::new();
    let store: Store = SessionStore::builder().ttl(TTL).max_sessions(8).clock(clock.clone()).build().unwrap();
    let logins: Vec<_> = (0..8).map(|_| store.initiate().unwrap()).collect();
    for login in &logins[..4] {
        store.complete(&login.login_code, 1).unwrap();
    }
    for _ in 0..20 {
        assert_eq!(store.initiate().unwrap_err(), InitiateError::Full { retry_after: TTL });
    }
    // An ending makes room for one, and for one only.
    assert_eq!(said(&store.poll(&logins[0].polling_code)), "completed");
    store.initiate().unwrap();
    assert!(store.initiate().is_err());
    assert_eq!(said(&store.poll(&logins[0].polling_code)), "unknown");
    for login in &logins[1..4] {
        assert_eq!(said(&store.poll(&login.polling_code)), "completed");
    }
    for login in &logins[4..] {
        assert_eq!(said(&store.poll(&login.polling_code)), "pending");
    }
}

#[test]
fn fault_12_a_malformed_code_panics() {
    let clock = ManualClock::new();
    let store = store(&clock);
    let login = store.initiate().unwrap();
    let good = login.polling_code.expose().to_string();
    let mut wrong: Vec<String> = ["", "a", "é", "\0", "-", " ", "🦀", "a\u{300}", "%00", "../../etc/passwd"]
        .iter()
        .flat_map(|piece| [1, 2, 4, 8, 10, 13, 20, 39, 40, 41, 80].map(|times| piece.repeat(times)))
        .filter(|text| text.len() != 40 || !text.bytes().all(|c| c.is_ascii_lowercase()))
        .collect();
    for cut in 0..good.len() {
        wrong.push(good[..cut].to_owned());
        // As long as a code, with a character of two bytes in it.
        wrong.push(format!("{}é{}", &good[..cut.min(38)], &good[cut.min(38) + 2..]));
        wrong.push(format!("{}A{}", &good[..cut], &good[cut + 1..]));
        wrong.push(format!("{}1{}", &good[..cut], &good[cut + 1..]));
    }
    wrong.push(format!("{good} "));
    wrong.push(good.to_uppercase());
    for text in wrong {
        assert!(PollingCode::parse(&text).is_err(), "{text:?}");
        assert!(text.parse::<LoginCode>().is_err(), "{text:?}");
        let _ = UserCode::parse(&text);
    }

    // Well formed and of no session: one character changed, at every place.
    let text = login.login_code.expose().to_string();
    for at in 0..40 {
        for other in ["a", "b", "7"] {
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            let code = LoginCode::parse(&changed).unwrap();
            if changed == text {
                continue;
            }
            assert_eq!(store.complete(&code, 1).unwrap_err().reason, SettleError::Unknown, "{at}");
            assert_eq!(store.deny(&code), Err(SettleError::Unknown));
            assert_eq!(store.inspect(&code), None);
            assert!(store.locate(&code).is_none());
            assert_eq!(store.claim_context(&code), Err(ClaimError::NotPending(SettleError::Unknown)));
            let code = PollingCode::parse(&changed).unwrap();
            assert_eq!(said(&store.poll(&code)), "unknown");
            assert_eq!(store.cancel(&code), Err(SettleError::Unknown));
        }
    }
    assert_eq!(said(&store.poll(&login.polling_code)), "pending");
}

#[test]
fn fault_13_the_first_poll_is_throttled() {
    let clock = ManualClock::new();
    // One slot, so that each login gets the slot of one that was polled a moment ago, and too often.
    let store: SessionStore<u32> =
        SessionStore::builder().max_sessions(1).poll_interval(SECOND * 5).clock(clock.clone()).build().unwrap();
    for round in 0..70_u32 {
        let login = store.initiate().unwrap();
        let Polled::Pending { retry_after } = store.poll(&login.polling_code) else { panic!("round {round}") };
        assert_eq!(retry_after, SECOND * 5);
        assert_eq!(said(&store.poll(&login.polling_code)), "slow down");
        store.deny(&login.login_code).unwrap();
        clock.advance(TICK * (round % 3));
    }
}

#[test]
fn fault_14_slow_down_hides_a_login_that_is_settled() {
    let clock = ManualClock::new();
    let build = |delivery| -> SessionStore<u32> {
        let builder = SessionStore::builder().ttl(TTL).retention(TTL).poll_interval(SECOND * 5);
        builder.delivery(delivery).clock(clock.clone()).build().unwrap()
    };
    for store in [build(Delivery::once()), build(Delivery::replay(SECOND))] {
        let hurried = || {
            let login = store.initiate().unwrap();
            let _ = store.poll(&login.polling_code);
            assert_eq!(said(&store.poll(&login.polling_code)), "slow down");
            login
        };
        let (completed, denied, cancelled) = (hurried(), hurried(), hurried());
        store.complete(&completed.login_code, 1).unwrap();
        assert_eq!(said(&store.poll(&completed.polling_code)), "completed");
        store.deny(&denied.login_code).unwrap();
        assert_eq!(said(&store.poll(&denied.polling_code)), "denied");
        store.cancel(&cancelled.polling_code).unwrap();
        assert_eq!(said(&store.poll(&cancelled.polling_code)), "cancelled");
        clock.advance(SECOND);
        assert_eq!(said(&store.poll(&completed.polling_code)), "redeemed");
        assert_eq!(said(&store.poll(&completed.polling_code)), "redeemed");
        let expired = hurried();
        clock.advance(TTL - TICK);
        let _ = store.poll(&expired.polling_code);
        clock.advance(TICK);
        assert_eq!(said(&store.poll(&expired.polling_code)), "expired");
    }
}

#[test]
fn fault_15_secrets_show_in_debug_output_or_errors() {
    const GRANT: &str = "refresh-token-0123456789";
    const CONTEXT: &str = "anonymous-token-9876543210";
    /// Only a type without `Display` answers this unambiguously.
    trait NoDisplay<Marker> {
        fn holds() {}
    }
    impl<T: ?Sized> NoDisplay<()> for T {}
    impl<T: ?Sized + Display> NoDisplay<u8> for T {}
    <PollingCode as NoDisplay<_>>::holds();
    <LoginCode as NoDisplay<_>>::holds();
    <UserCode as NoDisplay<_>>::holds();
    <counterfoil::CodeText as NoDisplay<_>>::holds();
    <Secret as NoDisplay<_>>::holds();
    <Polled<String> as NoDisplay<_>>::holds();

    let clock = ManualClock::new();
    let build = || SessionStore::<String, String>::builder().clock(clock.clone());
    let store = build().delivery(Delivery::replay(SECOND)).build().unwrap();
    let request = LoginOptions::new().context(CONTEXT.to_owned()).user_code();
    let request_text = format!("{request:?} {request:#?}");
    let login = store.initiate_with(request).unwrap();
    let user_code = login.user_code.clone().unwrap();
    let mut hidden = vec![
        GRANT.to_owned(),
        CONTEXT.to_owned(),
        login.polling_code.expose().to_string(),
        login.login_code.expose().to_string(),
        user_code.expose().to_string(),
    ];
    // Nor any part of a code that would be worth having.
    hidden.push(hidden[2][..16].to_owned());
    hidden.push(hidden[3][..16].to_owned());

    let mut shown = vec![request_text];
    let mut show = |printed: &[&dyn Debug]| {
        shown.extend(printed.iter().map(|value| format!("{value:?} {value:#?}")));
    };
    show(&[&login, &login.polling_code, &login.login_code, &user_code, &login.login_code.expose()]);
    show(&[&store, &build(), &store.inspect(&login.login_code), &Delivery::<String>::replay(SECOND)]);
    show(&[&store.poll(&login.polling_code), &store.resolve(&user_code, Source::UNKNOWN), &Secret::new(GRANT)]);
    show(&[&store.complete(&login.login_code, GRANT.to_owned()), &store.deny(&login.login_code)]);
    let refused = store.complete(&login.login_code, GRANT.to_owned()).unwrap_err();
    show(&[&refused, &refused.to_string(), &refused.reason, &store.claim_context(&login.login_code)]);
    show(&[&store.poll(&login.polling_code), &store.poll(&login.polling_code)]);
    show(&[
        &PollingCode::parse(GRANT),
        &PollingCode::parse(&hidden[2][1..]),
        &UserCode::parse(&user_code.expose()[1..]),
    ]);
    show(&[&store.sweep(), &store.spawn_sweeper(SECOND).unwrap(), &clock]);
    for text in &shown {
        for secret in &hidden {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
    }
}

#[test]
fn fault_16_interval_or_strike_counters_grow_without_bound_or_overflow() {
    let clock = ManualClock::new();
    let store: SessionStore<u32> = SessionStore::builder()
        .poll_interval(SECOND * 5)
        .user_code_guesses(GuessLimits { per_source: 3, total: 5 })
        .clock(clock.clone())
        .build()
        .unwrap();
    let login = store.initiate().unwrap();
    let mut longest = Duration::ZERO;
    for _ in 0..100_000 {
        if let Polled::SlowDown { retry_after } = store.poll(&login.polling_code) {
            longest = longest.max(retry_after);
        }
    }
    assert_eq!(longest, SECOND * 65, "the interval and a minute");
    clock.advance(longest);
    assert_eq!(said(&store.poll(&login.polling_code)), "pending", "who waits is let through");
    store.complete(&login.login_code, 1).unwrap();
    assert_eq!(said(&store.poll(&login.polling_code)), "completed", "and the state is untouched");

    let wrong = UserCode::parse("BBBB-BBBB").unwrap();
    for guess in 0..100_000 {
        let expected =
            if guess < 3 { ResolveError::Unknown } else { ResolveError::TooManyGuesses { retry_after: SECOND * 60 } };
        assert_eq!(store.resolve(&wrong, [192, 0, 2, 1]), Err(expected));
    }
    clock.advance(SECOND * 60);
    assert_eq!(store.resolve(&wrong, [192, 0, 2, 1]), Err(ResolveError::Unknown), "refused guesses do not add up");
    assert!(store.inspect(&login.login_code).is_some_and(|shown| shown.state == State::Redeemed));
}
