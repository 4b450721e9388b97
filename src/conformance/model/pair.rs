//! An engine and its model, side by side.

use std::fmt;
use std::time::Duration;

use super::super::plain::{Told, cancel, claim, complete_code, deny, inspect, locate, poll, poll_as, resolve};
use super::super::{Capability, Harness, Settings, Value};
use super::act::{Act, begin, perform, state};
use super::{By, Is, Naive, Op, Rules, Verb};
use crate::backend::Backend;
use crate::code::{LoginCode, PollingCode};
use crate::error::{ClaimError, ResolveError, SettleError};
use crate::session::{Initiated, LoginOptions};

const SECOND: u64 = 1000;
const TENANTS: [&str; 3] = ["default", "one", "two"];
/// More would not have a place of their own in a second.
const MOST_LOGINS: usize = 300;
/// An engine and its model, on which the same operations are done.
pub struct Pair<'a, H: Harness> {
    harness: &'a H,
    tenants: Vec<H::Backend>,
    stranger: H::Backend,
    logins: Vec<Initiated>,
    model: Naive,
    /// Whether a session may have ended at this very moment.
    ended_now: bool,
    shortest: bool,
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

impl<'a, H: Harness> Pair<'a, H> {
    /// An empty store and an empty model. If `shortest`, all logins have times to live of some milliseconds.
    pub async fn new(harness: &'a H, rules: Rules, shortest: bool) -> Self {
        let store = harness.backend(&rules.settings()).await.tolerant(ms(rules.again));
        let tenants = TENANTS.iter().map(|name| store.for_tenant(name)).collect();
        let stranger = harness.backend(&Settings { max_sessions: 1, ..Settings::default() }).await;
        let (logins, mut model) = (Vec::new(), Naive::new(rules));
        if !harness.has(Capability::Eviction) {
            model = model.without_eviction();
        }
        Self { harness, tenants, stranger, logins, model, ended_now: false, shortest }
    }

    /// The model as it is now.
    pub fn model(&self) -> &Naive {
        &self.model
    }

    async fn advance(&mut self, to: u64) {
        if to > self.model.now {
            self.harness.advance(ms(to - self.model.now)).await;
            self.model.now = to;
            self.ended_now = false;
        }
    }

    /// Does one operation on both.
    ///
    /// # Panics
    /// Panics if they differ.
    pub async fn apply(&mut self, op: &Op) {
        let seconds = u64::from(op.seconds).max(u64::from(self.ended_now));
        self.advance((self.model.now / SECOND + seconds) * SECOND).await;
        if let Verb::Initiate { tenant, ttl, context } = op.verb {
            self.initiate(usize::from(tenant) % TENANTS.len(), ttl.into(), context).await;
        } else if op.verb == Verb::Sweep {
            self.sweep().await;
        } else if !self.logins.is_empty() {
            let i = self.logins.len() - 1 - usize::from(op.session) % self.logins.len();
            match (op.by, op.verb) {
                (By::Its, Verb::Edge { of, off }) => self.edge(i, of % 3, (off % 3).into()).await,
                (By::Its, verb) => self.act(i, verb).await,
                (by, _) => self.fail(i, by).await,
            }
        }
    }

    async fn sweep(&mut self) {
        self.harness.sweep().await;
        self.model.sweep();
    }

    async fn initiate(&mut self, tenant: usize, ttl: u64, context: bool) {
        if self.logins.len() == MOST_LOGINS {
            return;
        }
        self.advance(self.model.now.div_ceil(SECOND) * SECOND).await;
        // A place in the second of its own, with a tick to spare on both sides.
        let place = 3 * (self.model.sessions.len() as u64) + 2;
        let ttl = if self.shortest { place } else { ttl * SECOND + place };
        let mut login = LoginOptions::new().ttl(ms(ttl)).user_code();
        if context {
            login = login.context(<H::Backend as Backend>::Context::of("scopes"));
        }
        let begun = begin(&self.tenants[tenant], login).await;
        let expected = self.model.initiate(tenant, self.model.now + ttl, context);
        assert_eq!(begun.as_ref().map(drop).map_err(|refused| *refused), expected, "initiate");
        if let Ok(begun) = begun {
            assert_eq!(begun.expires_in, ms(ttl));
            self.logins.push(begun);
        }
    }

    async fn act(&mut self, i: usize, verb: Verb) {
        let act = match verb {
            Verb::Poll { attempt } => Act::Poll { attempt },
            Verb::Complete => Act::Complete { grant: i as u64 },
            Verb::Deny => Act::Deny,
            Verb::Cancel => Act::Cancel,
            Verb::Claim => Act::Claim,
            Verb::Resolve => return self.resolve(i).await,
            Verb::Edge { .. } | Verb::Inspect | Verb::Initiate { .. } | Verb::Sweep => return self.inspect_all().await,
        };
        let answer = perform(&self.tenants[self.model.sessions[i].tenant], &self.logins[i], act).await;
        self.ended_now |= answer.ends(act);
        assert_eq!(answer, self.model.act(i, act), "{act:?} of {i}");
    }

    async fn resolve(&mut self, i: usize) {
        let login = &self.logins[i];
        let code = login.user_code.as_ref().expect("a user code was asked for");
        let found = resolve(&self.tenants[0], code, &i.to_string()).await;
        match self.model.look(i) {
            Is::Unknown => assert_eq!(found.err(), Some(ResolveError::Unknown)),
            _ => assert!(found == Ok(login.login_code.clone())),
        }
    }

    async fn edge(&mut self, i: usize, of: u8, off: u64) {
        let ended = self.model.ended(i);
        let edge = match of {
            0 => self.model.sessions[i].deadline,
            1 => ended.unwrap_or(self.model.sessions[i].deadline) + self.model.rules.retention,
            _ => ended.unwrap_or(0) + self.model.window(),
        };
        self.advance((edge + off).saturating_sub(1)).await;
        self.inspect_all().await;
        self.act(i, Verb::Poll { attempt: None }).await;
        self.act(i, Verb::Poll { attempt: Some(0) }).await;
        self.inspect_all().await;
        self.advance(self.model.now.div_ceil(SECOND) * SECOND).await;
    }

    /// Compares what `inspect` and `locate` show of all sessions.
    ///
    /// # Panics
    /// Panics if they differ.
    pub async fn inspect_all(&mut self) {
        for (i, login) in self.logins.iter().enumerate() {
            let is = self.model.look(i);
            let session = &self.model.sessions[i];
            let shown = inspect(&self.tenants[session.tenant], login).await;
            let located = locate(&self.tenants[0], login).await;
            assert_eq!(shown.as_ref().map_or(Is::Unknown, |shown| state(shown.state)), is, "inspect {i}");
            assert_eq!(located.is_some(), is != Is::Unknown, "locate {i}");
            let (Some(shown), Some((found, located))) = (shown, located) else { continue };
            let live = self.model.ended(i).is_none();
            assert_eq!(millis(shown.remaining), if live { session.deadline - self.model.now } else { 0 });
            assert_eq!(shown.has_context, is == Is::Pending && session.context);
            assert_eq!((shown.tenant.as_str(), found.tenant()), (TENANTS[session.tenant], TENANTS[session.tenant]));
            assert_eq!(located, shown);
        }
    }

    /// Every verb with a code that is none: unknown, and nothing happens.
    async fn fail(&self, i: usize, by: By) {
        let tenant = self.model.sessions[i].tenant;
        let mut login = self.logins[i].clone();
        let store = match by {
            By::AnotherTenant => &self.tenants[(tenant + 1) % TENANTS.len()],
            By::TheOtherCode => {
                let (polling, browser) = (login.polling_code.expose(), login.login_code.expose());
                login.polling_code = PollingCode::parse(browser).expect("well formed");
                login.login_code = LoginCode::parse(polling).expect("well formed");
                &self.tenants[tenant]
            }
            By::Its | By::AnotherStore => &self.stranger,
        };
        assert_eq!(poll(store, &login).await, Told::Unknown);
        assert_eq!(poll_as(store, &login, 0).await, Told::Unknown);
        assert_eq!(complete_code(store, &login.login_code, "none").await, Err(SettleError::Unknown));
        assert_eq!(deny(store, &login).await, Err(SettleError::Unknown));
        assert_eq!(cancel(store, &login).await, Err(SettleError::Unknown));
        assert_eq!(inspect(store, &login).await, None);
        assert_eq!(claim(store, &login).await, Err(ClaimError::NotPending(SettleError::Unknown)));
    }
}

impl<H: Harness> fmt::Debug for Pair<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("model", &self.model).finish_non_exhaustive()
    }
}
