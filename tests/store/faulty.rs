//! The law book itself: engines with a fault each, and a case that catches it.

use std::collections::HashMap;
use std::future::Future;
use std::net::Ipv6Addr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::conformance::{Capability, Case, Harness, Outcome, Settings, run};
use counterfoil::{
    Attempt, Backend, BackendError, Binding, ClaimError, CompleteError, InitiateError, Initiated, Inspected, Listed,
    LoginCode, LoginOptions, ManualClock, PollOptions, Polled, PollingCode, ResolveError, SessionId, SessionStore,
    SettleError, Source, State, Stats, Unavailable, UserCode, Withdrawn,
};

type Store = SessionStore<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    GrantComesTwice,
    AttemptIsIgnored,
    AttemptIsShared,
    LateApprovalSucceeds,
    DenialAlwaysSucceeds,
    DeadlineIsRenewed,
    BoundIsExceeded,
    TenantsAreOne,
    LocateFindsNothing,
    ContextComesTwice,
    ALookTakesTheContext,
    FirstPollIsThrottled,
    SlowDownHidesTheEnd,
    WaitDoesNotWait,
    GuessesAreNotCounted,
    AnyTwoCodesAgree,
    EndsAreListed,
    SessionsAreLeftInTheCounts,
    GrantIsLost,
}

/// The case that catches it.
const CAUGHT: [(Fault, &str, &str); 19] = [
    (Fault::GrantComesTwice, "faults", "fault_02_a_later_poll_gets_the_grant_again"),
    (Fault::AttemptIsIgnored, "faults", "fault_17_a_repeated_redemption_is_told_used"),
    (Fault::AttemptIsShared, "attempts", "another_attempt_is_told_redeemed"),
    (Fault::LateApprovalSucceeds, "faults", "fault_04_a_late_approval_or_denial_revives_a_session"),
    (Fault::DenialAlwaysSucceeds, "races", "of_opposite_ends_one_happens"),
    (Fault::DeadlineIsRenewed, "faults", "fault_18_a_rewrite_resets_the_time_to_live"),
    (Fault::BoundIsExceeded, "races", "logins_that_begin_at_once_keep_to_the_bound"),
    (Fault::TenantsAreOne, "tenants", "a_strangers_verbs_change_nothing"),
    (Fault::LocateFindsNothing, "lifecycle", "pending"),
    (Fault::ContextComesTwice, "contexts", "a_context_is_claimed_once"),
    (Fault::ALookTakesTheContext, "contexts", "a_look_leaves_the_context"),
    (Fault::FirstPollIsThrottled, "faults", "fault_13_the_first_poll_is_throttled"),
    (Fault::SlowDownHidesTheEnd, "faults", "fault_14_slow_down_hides_a_settled_login"),
    (Fault::WaitDoesNotWait, "waits", "a_wait_ends_when_the_login_is_settled"),
    (Fault::GuessesAreNotCounted, "user_codes", "a_source_has_so_many_guesses"),
    (Fault::AnyTwoCodesAgree, "user_codes", "a_login_code_and_its_user_code_are_of_one_login"),
    (Fault::EndsAreListed, "tenants", "a_listing_has_the_live_sessions_of_the_tenant"),
    (Fault::SessionsAreLeftInTheCounts, "faults", "fault_19_index_sets_outlive_their_sessions"),
    (Fault::GrantIsLost, "lifecycle", "completed"),
];

/// The memory engine with a fault.
#[derive(Clone)]
struct Faulty {
    fault: Fault,
    tenant: String,
    store: Store,
    /// A store beside it, in which there is always room.
    beside: Store,
    /// What came out once, by the code that it came out for.
    seen: Arc<Mutex<HashMap<String, String>>>,
    calls: Arc<AtomicU64>,
    user_codes: bool,
}

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// What was seen for this code, or is now.
    fn remember(&self, code: &str, text: &str) -> String {
        self.seen.lock().unwrap().entry(code.to_owned()).or_insert_with(|| text.to_owned()).clone()
    }

    fn recall(&self, code: &str) -> Option<String> {
        self.seen.lock().unwrap().get(code).cloned()
    }
}

impl Backend for Faulty {
    type Grant = String;
    type Context = String;

    fn for_tenant(&self, name: &str) -> Self {
        let store = if self.has(Fault::TenantsAreOne) { self.store.clone() } else { self.store.for_tenant(name) };
        Self { store, tenant: name.to_owned(), ..self.clone() }
    }

    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn unpaced(&self) -> Self {
        Self { store: self.store.unpaced(), ..self.clone() }
    }

    fn tolerant(&self, again: Duration) -> Self {
        Self { store: self.store.tolerant(again), ..self.clone() }
    }

    fn poll_interval(&self) -> Option<Duration> {
        self.store.poll_interval()
    }

    fn default_ttl(&self) -> Duration {
        self.store.default_ttl()
    }

    fn replay_window(&self) -> Option<Duration> {
        self.store.replay_window()
    }

    async fn initiate(&self, mut options: LoginOptions<String>) -> Result<Initiated, BackendError<InitiateError>> {
        options.user_code &= self.user_codes;
        match Backend::initiate(&self.store, options).await {
            Err(BackendError::Refused(_)) if self.has(Fault::BoundIsExceeded) => {
                Ok(self.beside.initiate().expect("there is room"))
            }
            begun => begun,
        }
    }

    async fn poll(&self, code: &PollingCode, options: &PollOptions) -> Result<Polled<String>, Unavailable> {
        let key = code.expose().to_string();
        let mut options = options.clone();
        match self.fault {
            Fault::AttemptIsIgnored => options.attempt = None,
            Fault::AttemptIsShared => options.attempt = Some(Attempt::new([0; 16])),
            _ => {}
        }
        if self.has(Fault::FirstPollIsThrottled) && self.recall(&key).is_none() {
            self.remember(&key, "");
            return Ok(Polled::SlowDown { retry_after: Duration::from_secs(10) });
        }
        Ok(match Backend::poll(&self.store, code, &options).await? {
            Polled::Completed(grant) if self.has(Fault::GrantComesTwice) => {
                Polled::Completed(self.remember(&key, &grant))
            }
            Polled::Redeemed if self.has(Fault::GrantComesTwice) => {
                self.recall(&key).map_or(Polled::Redeemed, Polled::Completed)
            }
            Polled::SlowDown { retry_after } if self.has(Fault::SlowDownHidesTheEnd) => {
                self.remember(&key, "");
                Polled::SlowDown { retry_after }
            }
            Polled::Denied if self.recall(&key).is_some() => Polled::SlowDown { retry_after: Duration::from_secs(10) },
            told => told,
        })
    }

    async fn wait(
        &self,
        code: &PollingCode,
        timeout: Duration,
        options: &PollOptions,
    ) -> Result<Polled<String>, Unavailable> {
        match self.fault {
            Fault::WaitDoesNotWait => Backend::poll(self, code, options).await,
            _ => Backend::wait(&self.store, code, timeout, options).await,
        }
    }

    async fn complete(
        &self,
        code: &LoginCode,
        grant: String,
        proof: Option<Binding>,
    ) -> Result<(), CompleteError<String, BackendError<SettleError>>> {
        match Backend::complete(&self.store, code, grant, proof).await {
            Err(CompleteError { reason: BackendError::Refused(SettleError::Expired), .. })
                if self.has(Fault::LateApprovalSucceeds) =>
            {
                Ok(())
            }
            Err(CompleteError { reason, .. }) if self.has(Fault::GrantIsLost) => {
                Err(CompleteError { grant: String::new(), reason })
            }
            completed => completed,
        }
    }

    async fn deny(&self, code: &LoginCode) -> Result<(), BackendError<SettleError>> {
        let denied = Backend::deny(&self.store, code).await;
        if self.has(Fault::DenialAlwaysSucceeds) { Ok(()) } else { denied }
    }

    fn withdraw(
        &self,
        code: &LoginCode,
    ) -> impl Future<Output = Result<Withdrawn<String>, BackendError<SettleError>>> + Send {
        Backend::withdraw(&self.store, code)
    }

    fn cancel(&self, code: &PollingCode) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send {
        Backend::cancel(&self.store, code)
    }

    async fn inspect(&self, code: &LoginCode) -> Result<Option<Inspected>, Unavailable> {
        let mut shown = Backend::inspect(&self.store, code).await?;
        if let Some(shown) = &mut shown
            && shown.state == State::Pending
            && self.has(Fault::DeadlineIsRenewed)
        {
            shown.remaining = self.default_ttl();
        }
        Ok(shown)
    }

    fn identify(&self, code: &PollingCode) -> impl Future<Output = Result<Option<SessionId>, Unavailable>> + Send {
        Backend::identify(&self.store, code)
    }

    async fn locate(&self, code: &LoginCode) -> Result<Option<(Self, Inspected)>, Unavailable> {
        let found = Backend::locate(&self.store, code).await?.filter(|_| !self.has(Fault::LocateFindsNothing));
        Ok(found.map(|(store, shown)| (Self { store, tenant: shown.tenant.clone(), ..self.clone() }, shown)))
    }

    async fn claim_context(&self, code: &LoginCode) -> Result<String, BackendError<ClaimError>> {
        let key = code.expose().to_string();
        match Backend::claim_context(&self.store, code).await {
            Ok(context) => Ok(self.remember(&key, &context)),
            Err(BackendError::Refused(ClaimError::NoContext)) if self.has(Fault::ContextComesTwice) => {
                self.recall(&key).ok_or(BackendError::Refused(ClaimError::NoContext))
            }
            refused => refused,
        }
    }

    async fn context(&self, code: &LoginCode) -> Result<String, BackendError<ClaimError>> {
        let context = Backend::context(&self.store, code).await?;
        if self.has(Fault::ALookTakesTheContext) {
            drop(Backend::claim_context(&self.store, code).await);
        }
        Ok(context)
    }

    async fn resolve(&self, code: &UserCode, source: Source) -> Result<LoginCode, BackendError<ResolveError>> {
        assert!(self.user_codes, "the case looks a user code up");
        let call = u128::from(self.calls.fetch_add(1, Ordering::Relaxed));
        let another = Source::from(Ipv6Addr::from_bits(call << 80));
        let source = if self.has(Fault::GuessesAreNotCounted) { another } else { source };
        Backend::resolve(&self.store, code, source).await
    }

    async fn same_login(&self, login_code: &LoginCode, user_code: &UserCode) -> Result<bool, Unavailable> {
        assert!(self.user_codes, "the case looks a user code up");
        let same = Backend::same_login(&self.store, login_code, user_code).await?;
        Ok(same || self.has(Fault::AnyTwoCodesAgree))
    }

    async fn sessions(&self) -> Result<Vec<Listed>, Unavailable> {
        let mut listed = Backend::sessions(&self.store).await?;
        if self.has(Fault::EndsAreListed) && self.store.stats().denied > 0 {
            listed.push(Listed::new(SessionId::new(7), State::Denied, Duration::ZERO));
        }
        Ok(listed)
    }

    fn cancel_session(&self, id: SessionId) -> impl Future<Output = Result<(), BackendError<SettleError>>> + Send {
        Backend::cancel_session(&self.store, id)
    }

    async fn stats(&self) -> Result<Stats, Unavailable> {
        let mut stats = Backend::stats(&self.store).await?;
        if self.has(Fault::SessionsAreLeftInTheCounts) {
            stats.remembered += stats.forgotten;
        }
        Ok(stats)
    }
}

struct Engines {
    fault: Fault,
    clock: ManualClock,
    stores: Mutex<Vec<Store>>,
    lacking: &'static [Capability],
}

impl Engines {
    fn new(fault: Fault) -> Self {
        Self { fault, clock: ManualClock::new(), stores: Mutex::default(), lacking: &[] }
    }
}

impl Harness for Engines {
    type Backend = Faulty;

    async fn backend(&self, settings: &Settings) -> Faulty {
        assert!(settings.replay.is_none() || self.has(Capability::Replay), "the case replays grants");
        let mut settings = *settings;
        if !self.has(Capability::ExactBounds) {
            (settings.max_sessions, settings.max_sessions_per_tenant) = (50_000, None);
        }
        let build = |settings: &Settings| settings.memory().clock(self.clock.clone()).build().unwrap();
        let (store, beside) = (build(&settings), build(&Settings::default()));
        self.stores.lock().unwrap().push(store.clone());
        let (seen, calls) = Default::default();
        let user_codes = self.has(Capability::UserCodes);
        Faulty { fault: self.fault, tenant: "default".to_owned(), store, beside, seen, calls, user_codes }
    }

    async fn advance(&self, by: Duration) {
        assert!(self.has(Capability::ManualClock), "the case moves the clock");
        self.clock.advance(by);
    }

    async fn sweep(&self) {
        for store in &*self.stores.lock().unwrap() {
            store.sweep();
        }
    }

    fn has(&self, capability: Capability) -> bool {
        !self.lacking.contains(&capability)
    }

    fn rounds(&self) -> usize {
        20
    }
}

#[test]
fn each_fault_is_caught() {
    for (fault, suite, name) in CAUGHT {
        let case = Case::<Engines>::find(suite, name).unwrap_or_else(|| panic!("{suite}::{name}"));
        assert_eq!(case.run(&Engines::new(Fault::None)), Outcome::Passed, "nothing else is at fault: {case:?}");
        let caught = catch_unwind(AssertUnwindSafe(|| case.run(&Engines::new(fault))));
        assert!(caught.is_err(), "{fault:?} passes {case:?}");
    }
}

#[test]
fn what_an_engine_lacks_is_reported() {
    let without = |lacking| move || Engines { lacking, ..Engines::new(Fault::None) };
    let all = run("user_codes::", without(&[]));
    assert!(all.passed > 5 && all.unsupported.is_empty());
    let some = run("user_codes::", without(&[Capability::ManualClock]));
    assert_eq!(some.passed + some.unsupported.len(), all.passed);
    assert!(
        some.unsupported
            .contains(&("user_codes::guesses_are_counted_for_a_minute".to_owned(), Capability::ManualClock))
    );
}

/// Without a capability, all cases hold that do not name it.
#[test]
fn a_case_names_what_it_needs() {
    for lacking in [Capability::ManualClock, Capability::ExactBounds, Capability::Replay, Capability::UserCodes] {
        let report = run("", || Engines { lacking: Vec::leak(vec![lacking]), ..Engines::new(Fault::None) });
        assert!(report.unsupported.iter().all(|(_, needed)| *needed == lacking) && !report.unsupported.is_empty());
        assert_eq!(report.passed + report.unsupported.len(), Case::<Engines>::ALL.len());
    }
}

#[test]
fn a_run_of_no_cases_fails() {
    for (filter, lacking) in [("user_codes::", &Capability::ALL[..]), ("no such case", &[])] {
        let harness = || Engines { lacking, ..Engines::new(Fault::None) };
        assert!(catch_unwind(|| drop(run(filter, harness))).is_err(), "{filter}");
    }
}

/// The list has each case once, in the suites that the law book has.
#[test]
fn each_case_is_in_the_list_once() {
    let mut paths: Vec<_> = Case::<Engines>::ALL.iter().map(|case| (case.suite, case.name)).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count);
    for number in 1..=20 {
        let name = format!("fault_{number:02}_");
        assert_eq!(paths.iter().filter(|(suite, case)| *suite == "faults" && case.starts_with(&name)).count(), 1);
    }
    for suite in ["lifecycle", "expiry", "races", "bounds", "tenants", "user_codes"] {
        assert!(paths.iter().filter(|(of, _)| *of == suite).count() > 5, "{suite}");
    }
}
