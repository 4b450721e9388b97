//! Random operations and clock steps, on a store and on the naive model of it; see `model/naive.rs` for the laws.
//!
//! The clock moves in whole seconds, deadlines fall between them, each in a place of its own, and two sessions never
//! end in the same second: so which ending is the oldest is never a matter of luck, and the comparison is exact.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::OnceLock;
use std::time::Duration;

use counterfoil::{
    ClaimError, Delivery, GuessLimits, InitiateError, Initiated, LoginCode, LoginOptions, ManualClock, Polled,
    PollingCode, ResolveError, SessionStore, SettleError, State,
};
use proptest::prelude::*;

#[path = "support/counted.rs"]
mod counted;
#[path = "model/naive.rs"]
mod naive;
use counted::{Counted, Ledger};
use naive::{Is, Naive, Refused, Rules, Said};

const SECOND: u64 = 1000;
const TENANTS: [&str; 3] = ["default", "one", "two"];

#[derive(Debug, Clone)]
enum Verb {
    Initiate {
        tenant: usize,
        ttl: u64,
        context: bool,
    },
    Poll,
    Complete,
    Deny,
    Cancel,
    Inspect,
    Claim,
    Resolve,
    Sweep,
    /// To a tick before, at or after the session's deadline, or the end of its retention or of its replay window, to
    /// poll it just there.
    Edge {
        of: usize,
        off: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Its,
    AnotherTenant,
    /// The polling code where the login code belongs, and the other way round.
    TheOtherCode,
    ACodeOfAnotherStore,
}

#[derive(Debug, Clone)]
struct Op {
    seconds: u64,
    session: usize,
    by: By,
    verb: Verb,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let initiate = (0..3_usize, 0..12_u64, any::<bool>()).prop_map(|(tenant, ttl, context)| Verb::Initiate {
        tenant,
        ttl,
        context,
    });
    let edge = (0..3_usize, 0..3_u64).prop_map(|(of, off)| Verb::Edge { of, off });
    let verb = prop_oneof![
        6 => initiate,
        5 => Just(Verb::Poll),
        4 => Just(Verb::Complete),
        1 => Just(Verb::Deny),
        1 => Just(Verb::Cancel),
        1 => Just(Verb::Inspect),
        2 => Just(Verb::Claim),
        1 => Just(Verb::Resolve),
        1 => Just(Verb::Sweep),
        2 => edge,
    ];
    let by = prop_oneof![
        12 => Just(By::Its),
        1 => Just(By::AnotherTenant),
        1 => Just(By::TheOtherCode),
        1 => Just(By::ACodeOfAnotherStore),
    ];
    // Mostly the session begun last or one near it.
    let session = prop_oneof![3 => 0..2_usize, 2 => 0..6_usize, 1 => 0..200_usize];
    let seconds = prop_oneof![4 => Just(0_u64), 4 => 1..3_u64, 1 => 1..20_u64];
    let op = (seconds, session, by, verb).prop_map(|(seconds, session, by, verb)| Op { seconds, session, by, verb });
    prop::collection::vec(op, 1..90)
}

/// Another store, whose codes are none of ours, nor ours any of its.
static STRANGER: OnceLock<SessionStore<Counted, Counted>> = OnceLock::new();

/// One store with its model.
struct Pair {
    store: SessionStore<Counted, Counted>,
    tenants: Vec<SessionStore<Counted, Counted>>,
    stranger: SessionStore<Counted, Counted>,
    clock: ManualClock,
    logins: Vec<Initiated>,
    model: Naive,
    grants: Ledger,
    contexts: Ledger,
    /// Whether a session may have ended at this very moment.
    ended_now: bool,
    shortest: bool,
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

impl Pair {
    fn new(rules: Rules, shortest: bool) -> Self {
        let clock = ManualClock::new();
        let mut builder = SessionStore::builder()
            .max_sessions(rules.capacity)
            .retention(ms(rules.retention))
            .user_code_guesses(GuessLimits { per_source: u32::MAX, total: u32::MAX })
            .clock(clock.clone());
        if let Some(bound) = rules.per_tenant {
            builder = builder.max_sessions_per_tenant(u32::try_from(bound).unwrap());
        }
        if let Some(window) = rules.replay {
            builder = builder.delivery(Delivery::replay(ms(window)));
        }
        if let Some(interval) = rules.interval {
            builder = builder.poll_interval(ms(interval));
        }
        let store = builder.build().unwrap().tolerant(ms(rules.again));
        let tenants = TENANTS.iter().map(|name| store.for_tenant(name)).collect();
        let stranger = STRANGER.get_or_init(|| SessionStore::builder().max_sessions(1).build().unwrap()).clone();
        let model = Naive { rules, now: 0, sessions: Vec::new() };
        let (grants, contexts) = (Ledger::default(), Ledger::default());
        let logins = Vec::new();
        Self { store, tenants, stranger, clock, logins, model, grants, contexts, ended_now: false, shortest }
    }

    fn advance(&mut self, to: u64) {
        if to > self.model.now {
            self.clock.advance(ms(to - self.model.now));
            self.model.now = to;
            self.ended_now = false;
        }
    }

    fn step(&mut self, op: &Op) {
        let seconds = op.seconds.max(u64::from(self.ended_now));
        self.advance((self.model.now / SECOND + seconds) * SECOND);
        if let Verb::Initiate { tenant, ttl, context } = op.verb {
            self.initiate(tenant, ttl, context);
        } else if matches!(op.verb, Verb::Sweep) {
            self.store.sweep();
            self.model.sweep();
        } else if !self.logins.is_empty() {
            let i = self.logins.len() - 1 - op.session % self.logins.len();
            if op.by == By::Its { self.act(i, &op.verb) } else { self.fail(i, op.by) }
        }
        let sessions = || self.model.sessions.iter();
        assert_eq!(self.grants.live(), sessions().map(|s| i64::from(s.grant.is_some())).sum::<i64>(), "grants held");
        assert_eq!(self.contexts.live(), sessions().map(|s| i64::from(s.context)).sum::<i64>(), "contexts held");
    }

    fn initiate(&mut self, tenant: usize, ttl: u64, context: bool) {
        self.advance(self.model.now.div_ceil(SECOND) * SECOND);
        // A place in the second of its own, with a tick to spare on both sides.
        let place = 3 * (self.model.sessions.len() as u64) + 2;
        let ttl = if self.shortest { place } else { ttl * SECOND + place };
        let mut login = LoginOptions::new().ttl(ms(ttl)).user_code();
        if context {
            login = login.context(self.contexts.make(0));
        }
        let begun = self.tenants[tenant].initiate_with(login);
        let expected = self.model.initiate(tenant, self.model.now + ttl, context);
        match begun {
            Ok(begun) => {
                assert_eq!(expected, Ok(()));
                assert_eq!(begun.expires_in, ms(ttl));
                self.logins.push(begun);
            }
            Err(InitiateError::Full { retry_after }) => assert_eq!(expected, Err(Refused::Full(millis(retry_after)))),
            Err(InitiateError::TenantFull { retry_after }) => {
                assert_eq!(expected, Err(Refused::TenantFull(millis(retry_after))));
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn act(&mut self, i: usize, verb: &Verb) {
        let store = &self.tenants[self.model.sessions[i].tenant];
        let Initiated { polling_code, login_code, user_code, .. } = &self.logins[i];
        let model = &mut self.model;
        let id = i as u64;
        match verb {
            Verb::Poll => {
                let (said, expected) = (said(store.poll(polling_code)), model.poll(i));
                self.ended_now |= matches!(said, Said::Grant(_));
                assert_eq!(said, expected, "poll of {i}");
            }
            Verb::Complete => {
                let answer = store.complete(login_code, self.grants.make(id)).map_err(|refused| {
                    assert_eq!(refused.grant.id, id);
                    was(refused.reason)
                });
                assert_eq!(answer, model.settle(i, Is::Completed, Some(id)), "complete {i}");
            }
            Verb::Deny => {
                let answer = store.deny(login_code).map_err(was);
                self.ended_now |= answer.is_ok();
                assert_eq!(answer, model.settle(i, Is::Denied, None), "deny {i}");
            }
            Verb::Cancel => {
                let answer = store.cancel(polling_code).map_err(was);
                self.ended_now |= answer.is_ok();
                assert_eq!(answer, model.settle(i, Is::Cancelled, None), "cancel {i}");
            }
            Verb::Claim => {
                let claimed = match store.claim_context(login_code) {
                    Ok(_) => Ok(true),
                    Err(ClaimError::NoContext) => Ok(false),
                    Err(ClaimError::NotPending(reason)) => Err(was(reason)),
                    Err(other) => panic!("{other}"),
                };
                assert_eq!(claimed, model.claim(i), "claim_context of {i}");
            }
            Verb::Resolve => {
                let found = self.store.resolve(user_code.as_ref().unwrap(), i.to_string());
                match model.look(i) {
                    Is::Unknown => assert_eq!(found, Err(ResolveError::Unknown)),
                    _ => assert!(found.unwrap() == *login_code),
                }
            }
            Verb::Edge { of, off } => self.edge(i, *of, *off),
            Verb::Inspect | Verb::Initiate { .. } | Verb::Sweep => self.inspect_all(),
        }
    }

    fn edge(&mut self, i: usize, of: usize, off: u64) {
        let rules = self.model.rules;
        let ended = self.model.ended(i);
        let edge = match of {
            0 => self.model.sessions[i].deadline,
            1 => ended.unwrap_or(self.model.sessions[i].deadline) + rules.retention,
            _ => ended.unwrap_or(0) + rules.replay.unwrap_or(0),
        };
        self.advance((edge + off).saturating_sub(1));
        self.inspect_all();
        self.act(i, &Verb::Poll);
        self.inspect_all();
        self.advance(self.model.now.div_ceil(SECOND) * SECOND);
    }

    fn inspect_all(&mut self) {
        for (i, login) in self.logins.iter().enumerate() {
            let is = self.model.look(i);
            let session = &self.model.sessions[i];
            let shown = self.tenants[session.tenant].inspect(&login.login_code);
            let scoped = self.store.locate(&login.login_code);
            assert_eq!(shown.as_ref().map_or(Is::Unknown, |shown| state(shown.state)), is, "inspect {i}");
            assert_eq!(scoped.is_some(), is != Is::Unknown, "tenant_of {i}");
            let Some(shown) = shown else { continue };
            let live = self.model.ended(i).is_none();
            assert_eq!(millis(shown.remaining), if live { session.deadline - self.model.now } else { 0 });
            assert_eq!(shown.has_context, is == Is::Pending && session.context);
            assert_eq!(shown.tenant, TENANTS[session.tenant]);
            assert_eq!(scoped.unwrap().0.tenant(), TENANTS[session.tenant]);
        }
    }

    /// Every verb with a code that is none: unknown, and nothing happens.
    fn fail(&self, i: usize, by: By) {
        let tenant = self.model.sessions[i].tenant;
        let login = &self.logins[i];
        let (store, polling, browser) = match by {
            By::AnotherTenant => {
                (&self.tenants[(tenant + 1) % 3], login.polling_code.clone(), login.login_code.clone())
            }
            By::TheOtherCode => (
                &self.tenants[tenant],
                PollingCode::parse(login.login_code.expose()).unwrap(),
                LoginCode::parse(login.polling_code.expose()).unwrap(),
            ),
            _ => (&self.stranger, login.polling_code.clone(), login.login_code.clone()),
        };
        assert_eq!(said(store.poll(&polling)), Said::Not(Is::Unknown));
        let refused = store.complete(&browser, self.grants.make(77)).unwrap_err();
        assert_eq!((refused.grant.id, refused.reason), (77, SettleError::Unknown));
        assert_eq!(store.deny(&browser), Err(SettleError::Unknown));
        assert_eq!(store.cancel(&polling), Err(SettleError::Unknown));
        assert_eq!(store.inspect(&browser), None);
        assert!(matches!(store.claim_context(&browser), Err(ClaimError::NotPending(SettleError::Unknown))));
    }
}

fn said(polled: Polled<Counted>) -> Said {
    match polled {
        Polled::Pending { retry_after } => Said::Pending(millis(retry_after)),
        Polled::SlowDown { retry_after } => Said::SlowDown(millis(retry_after)),
        Polled::Completed(grant) => Said::Grant(grant.id),
        Polled::Redeemed => Said::Not(Is::Redeemed),
        Polled::Denied => Said::Not(Is::Denied),
        Polled::Cancelled => Said::Not(Is::Cancelled),
        Polled::Expired => Said::Not(Is::Expired),
        Polled::Unknown => Said::Not(Is::Unknown),
        other => panic!("{other:?}"),
    }
}

fn was(reason: SettleError) -> Is {
    match reason {
        SettleError::Completed => Is::Completed,
        SettleError::Redeemed => Is::Redeemed,
        SettleError::Denied => Is::Denied,
        SettleError::Cancelled => Is::Cancelled,
        SettleError::Expired => Is::Expired,
        SettleError::Unknown => Is::Unknown,
        other => panic!("{other}"),
    }
}

fn state(state: State) -> Is {
    match state {
        State::Pending => Is::Pending,
        State::Completed => Is::Completed,
        State::Redeemed => Is::Redeemed,
        State::Denied => Is::Denied,
        State::Cancelled => Is::Cancelled,
        State::Expired => Is::Expired,
        other => panic!("{other:?}"),
    }
}

fn compare(rules: Rules, shortest: bool, ops: &[Op]) {
    let mut pair = Pair::new(rules, shortest);
    for op in ops {
        pair.step(op);
    }
    pair.inspect_all();
    let (grants, contexts) = (pair.grants.clone(), pair.contexts.clone());
    drop(pair);
    assert_eq!((grants.live(), contexts.live()), (0, 0), "dropped with the store, each of them once");
}

const PLAIN: Rules = Rules { capacity: 200, per_tenant: None, retention: 5000, replay: None, interval: None, again: 0 };

macro_rules! configurations {
    ($($name:ident: $rules:expr, $shortest:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(ops in ops()) {
                    compare($rules, $shortest, &ops);
                }
            )*
        }
    };
}

configurations! {
    room_for_all: PLAIN, false;
    room_for_one: Rules { capacity: 1, ..PLAIN }, false;
    room_for_one_with_replay: Rules { capacity: 1, replay: Some(2000), ..PLAIN }, false;
    room_for_three: Rules { capacity: 3, interval: Some(2000), ..PLAIN }, false;
    room_for_three_long_remembered: Rules { capacity: 3, retention: 60_000, replay: Some(7000), ..PLAIN }, false;
    nothing_remembered: Rules { capacity: 2, retention: 0, ..PLAIN }, false;
    nothing_remembered_with_replay: Rules { capacity: 2, retention: 0, replay: Some(0), ..PLAIN }, false;
    replay_as_long_as_remembered: Rules { capacity: 5, replay: Some(5000), ..PLAIN }, false;
    tenants_bounded_to_one: Rules { per_tenant: Some(1), interval: Some(0), ..PLAIN }, false;
    tenants_bounded_in_little_room: Rules { capacity: 4, per_tenant: Some(2), replay: Some(1000), ..PLAIN }, false;
    shortest_times_to_live: Rules { capacity: 3, ..PLAIN }, true;
    polled_slowly: Rules { interval: Some(9000), per_tenant: Some(3), ..PLAIN }, false;
    polled_twice: Rules { capacity: 3, interval: Some(2000), again: 1000, ..PLAIN }, false;
    polled_twice_within_the_interval: Rules { capacity: 3, interval: Some(1000), again: 3000, ..PLAIN }, false;
}
