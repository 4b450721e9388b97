//! The state machine pair by pair: in every state, what every verb answers, exactly, and what it leaves behind.
// Times in tests are written as one reckons them; a test that subtracts too much fails.
#![allow(clippy::unchecked_time_subtraction)]

use std::time::Duration;

use counterfoil::{
    ClaimError, Delivery, Initiated, LoginOptions, ManualClock, Polled, SessionStore, SettleError, State, Swept,
};

type Store = SessionStore<u32, &'static str>;

const TTL: Duration = Duration::from_secs(100);
const RETENTION: Duration = Duration::from_secs(50);
const WINDOW: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

/// How a session gets where a row of the table wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Pending,
    /// Pending, its context claimed.
    Claimed,
    Completed,
    /// Redeemed a moment ago; within the replay window, where there is one.
    Redeemed,
    /// Redeemed longer ago than any replay window.
    RedeemedLongAgo,
    Denied,
    Cancelled,
    /// Past its deadline, and nobody has noted it.
    Overdue,
    /// Past its deadline with a grant that nobody collected, and nobody has noted it.
    OverdueCompleted,
    /// Expired by a poll.
    Expired,
    /// Expired by a sweep.
    Swept,
    /// Denied, and its retention over, and nobody has noted it.
    Forgotten,
    /// Denied, forgotten, and its slot free.
    Gone,
    /// Pending, and another tenant's.
    Foreign,
    /// Completed, and another tenant's.
    ForeignCompleted,
}

struct Row {
    from: Start,
    poll: &'static str,
    /// The answer of `complete`, `deny`, `cancel`: the same reason for all three.
    settle: Result<(), SettleError>,
    inspect: Option<(State, Duration, bool)>,
    claim: Result<&'static str, ClaimError>,
    sweep: Swept,
    /// The state as `inspect` shows it after each verb: `poll`, `complete`, `deny`, `cancel`,
    /// `claim_context`, `sweep`.
    after: [Option<State>; 6],
}

fn swept(expired: usize, forgotten: usize, wiped: usize) -> Swept {
    let mut swept = Swept::default();
    (swept.expired, swept.forgotten, swept.wiped) = (expired, forgotten, wiped);
    swept
}

/// A row of a session that has ended: every verb but `poll` refuses, and nothing changes it.
fn over(from: Start, poll: &'static str, state: State, reason: SettleError) -> Row {
    Row {
        from,
        poll,
        settle: Err(reason),
        inspect: Some((state, Duration::ZERO, false)),
        claim: Err(ClaimError::NotPending(reason)),
        sweep: swept(0, 0, 0),
        after: [Some(state); 6],
    }
}

/// A row of a session that is unknown to whoever asks.
fn unknown(from: Start) -> Row {
    Row {
        from,
        poll: "Unknown",
        settle: Err(SettleError::Unknown),
        inspect: None,
        claim: Err(ClaimError::NotPending(SettleError::Unknown)),
        sweep: swept(0, 0, 0),
        after: [None; 6],
    }
}

fn table(replay: bool) -> Vec<Row> {
    use State::{Cancelled, Completed, Denied, Expired, Pending, Redeemed};
    let (pending, completed) = (Some(Pending), Some(Completed));
    let (again, wiped) = if replay { ("Completed(7)", swept(0, 0, 1)) } else { ("Redeemed", swept(0, 0, 0)) };
    let expired = |from, sweep| Row { sweep, ..over(from, "Expired", Expired, SettleError::Expired) };
    vec![
        Row {
            from: Start::Pending,
            poll: "Pending",
            settle: Ok(()),
            inspect: Some((Pending, TTL, true)),
            claim: Ok("scopes"),
            sweep: swept(0, 0, 0),
            after: [pending, completed, Some(Denied), Some(Cancelled), pending, pending],
        },
        Row {
            from: Start::Claimed,
            poll: "Pending",
            settle: Ok(()),
            inspect: Some((Pending, TTL, false)),
            claim: Err(ClaimError::NoContext),
            sweep: swept(0, 0, 0),
            after: [pending, completed, Some(Denied), Some(Cancelled), pending, pending],
        },
        Row {
            inspect: Some((Completed, TTL, false)),
            after: [Some(Redeemed), completed, completed, completed, completed, completed],
            ..over(Start::Completed, "Completed(7)", Completed, SettleError::Completed)
        },
        over(Start::Redeemed, again, Redeemed, SettleError::Redeemed),
        Row { sweep: wiped, ..over(Start::RedeemedLongAgo, "Redeemed", Redeemed, SettleError::Redeemed) },
        over(Start::Denied, "Denied", Denied, SettleError::Denied),
        over(Start::Cancelled, "Cancelled", Cancelled, SettleError::Cancelled),
        expired(Start::Overdue, swept(1, 0, 0)),
        expired(Start::OverdueCompleted, swept(1, 0, 0)),
        expired(Start::Expired, swept(0, 0, 0)),
        expired(Start::Swept, swept(0, 0, 0)),
        Row { sweep: swept(0, 1, 0), ..unknown(Start::Forgotten) },
        unknown(Start::Gone),
        unknown(Start::Foreign),
        unknown(Start::ForeignCompleted),
    ]
}

/// A world in which one session is where the row wants it, seen by who asks.
struct World {
    asking: Store,
    owner: Store,
    login: Initiated,
}

#[derive(Debug, Clone, Copy)]
struct Setting {
    replay: bool,
    tenant: &'static str,
    capacity: usize,
    bounded: bool,
}

impl World {
    fn new(setting: Setting, from: Start) -> Self {
        let clock = ManualClock::new();
        let mut builder =
            Store::builder().ttl(TTL).retention(RETENTION).max_sessions(setting.capacity).clock(clock.clone());
        if setting.replay {
            builder = builder.delivery(Delivery::replay(WINDOW));
        }
        if setting.bounded {
            builder = builder.max_sessions_per_tenant(1);
        }
        let store = builder.build().unwrap();
        let owner = store.for_tenant(setting.tenant);
        let login = owner.initiate_with(LoginOptions::new().context("scopes")).unwrap();
        let complete = || owner.complete(&login.login_code, 7).unwrap();
        let redeem = || {
            complete();
            assert!(matches!(owner.poll(&login.polling_code), Polled::Completed(7)));
        };
        match from {
            Start::Pending | Start::Foreign => {}
            Start::Claimed => drop(owner.claim_context(&login.login_code).unwrap()),
            Start::Completed | Start::ForeignCompleted => complete(),
            Start::Redeemed => redeem(),
            Start::RedeemedLongAgo => {
                redeem();
                clock.advance(WINDOW);
            }
            Start::Denied => owner.deny(&login.login_code).unwrap(),
            Start::Cancelled => owner.cancel(&login.polling_code).unwrap(),
            Start::Overdue => clock.advance(TTL),
            Start::OverdueCompleted => {
                complete();
                clock.advance(TTL);
            }
            Start::Expired => {
                clock.advance(TTL + SECOND);
                assert!(matches!(owner.poll(&login.polling_code), Polled::Expired));
            }
            Start::Swept => {
                complete();
                clock.advance(TTL + SECOND);
                assert_eq!(store.sweep(), swept(1, 0, 0));
            }
            Start::Forgotten | Start::Gone => {
                owner.deny(&login.login_code).unwrap();
                clock.advance(RETENTION);
                if from == Start::Gone {
                    assert_eq!(store.sweep(), swept(0, 1, 0));
                }
            }
        }
        let foreign = matches!(from, Start::Foreign | Start::ForeignCompleted);
        let asking = if foreign { store.for_tenant("stranger") } else { owner.clone() };
        Self { asking, owner, login }
    }

    fn state(&self) -> Option<State> {
        self.asking.inspect(&self.login.login_code).map(|shown| shown.state)
    }
}

fn said(polled: &Polled<u32>) -> String {
    match polled {
        Polled::Pending { retry_after } => {
            assert_eq!(*retry_after, Duration::ZERO);
            "Pending".to_owned()
        }
        Polled::Completed(grant) => format!("Completed({grant})"),
        other => format!("{other:?}"),
    }
}

fn settings() -> Vec<Setting> {
    let mut settings = Vec::new();
    for replay in [false, true] {
        for tenant in ["default", "acme"] {
            for (capacity, bounded) in [(1, true), (1, false), (1000, false), (40_000, true)] {
                settings.push(Setting { replay, tenant, capacity, bounded });
            }
        }
    }
    settings
}

#[test]
fn every_verb_in_every_state() {
    for setting in settings() {
        for row in table(setting.replay) {
            let here = || format!("{:?} in {setting:?}", row.from);
            let world = || World::new(setting, row.from);
            let mut after = row.after.into_iter();
            let mut leaves = |world: &World, verb: &str| {
                assert_eq!(world.state(), after.next().unwrap(), "after {verb}: {}", here());
            };

            let w = world();
            assert_eq!(said(&w.asking.poll(&w.login.polling_code)), row.poll, "poll: {}", here());
            leaves(&w, "poll");

            let w = world();
            let answer = w.asking.complete(&w.login.login_code, 8).map_err(|error| {
                assert_eq!(error.grant, 8, "the grant comes back: {}", here());
                error.reason
            });
            assert_eq!(answer, row.settle, "complete: {}", here());
            leaves(&w, "complete");

            let w = world();
            assert_eq!(w.asking.deny(&w.login.login_code), row.settle, "deny: {}", here());
            leaves(&w, "deny");

            let w = world();
            assert_eq!(w.asking.cancel(&w.login.polling_code), row.settle, "cancel: {}", here());
            leaves(&w, "cancel");

            let w = world();
            assert_eq!(w.asking.claim_context(&w.login.login_code), row.claim, "claim_context: {}", here());
            leaves(&w, "claim_context");

            let w = world();
            let shown = w.asking.inspect(&w.login.login_code);
            let parts = shown.as_ref().map(|shown| (shown.state, shown.remaining, shown.has_context));
            assert_eq!(parts, row.inspect, "inspect: {}", here());
            assert!(shown.is_none_or(|shown| shown.tenant == setting.tenant), "inspect: {}", here());

            let w = world();
            assert_eq!(w.asking.sweep(), row.sweep, "sweep: {}", here());
            leaves(&w, "sweep");
            assert_eq!(w.asking.sweep(), swept(0, 0, 0), "a second sweep: {}", here());
        }
    }
}

/// What a stranger's verbs leave untouched, the owner still has.
#[test]
fn a_strangers_verbs_change_nothing() {
    for setting in settings() {
        for (from, state, poll) in
            [(Start::Foreign, State::Pending, "Pending"), (Start::ForeignCompleted, State::Completed, "Completed(7)")]
        {
            let World { asking, owner, login } = World::new(setting, from);
            let before = owner.inspect(&login.login_code);
            assert_eq!(before.as_ref().map(|shown| shown.state), Some(state));
            let _ = asking.poll(&login.polling_code);
            let _ = asking.complete(&login.login_code, 8);
            let _ = asking.deny(&login.login_code);
            let _ = asking.cancel(&login.polling_code);
            let _ = asking.claim_context(&login.login_code);
            assert_eq!(owner.inspect(&login.login_code), before);
            assert_eq!(said(&owner.poll(&login.polling_code)), poll);
        }
    }
}

/// A page whose address carries nothing but the login code finds the tenant by it, while the session is known.
#[test]
fn the_tenant_of_a_code() {
    for setting in settings() {
        for row in table(setting.replay) {
            let World { asking, login, .. } = World::new(setting, row.from);
            let owner = asking.locate(&login.login_code);
            let known = !matches!(row.from, Start::Forgotten | Start::Gone);
            assert_eq!(owner.as_ref().map(|(owner, _)| owner.tenant()), known.then_some(setting.tenant));
        }
    }
}

#[test]
fn a_handles_tenant_is_its_name_and_the_unscoped_store_is_the_default_one() {
    let store: Store = Store::builder().build().unwrap();
    assert_eq!(store.tenant(), "default");
    let login = store.initiate().unwrap();
    assert_eq!(said(&store.for_tenant("acme").for_tenant("default").poll(&login.polling_code)), "Pending");
    for stranger in ["", "Default", "default ", "acme"] {
        assert_eq!(said(&store.for_tenant(stranger).poll(&login.polling_code)), "Unknown", "{stranger:?}");
    }
    let acme = store.for_tenant("acme").initiate().unwrap();
    // The name outlives its handles for as long as it has a session.
    assert_eq!(said(&store.for_tenant("acme").poll(&acme.polling_code)), "Pending");
    assert_eq!(said(&store.poll(&acme.polling_code)), "Unknown");
}
