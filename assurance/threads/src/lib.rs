//! A store, some threads, and the history of what they did.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use counterfoil::conformance::model::history::{Deed, Event, History, Inexplicable};
use counterfoil::conformance::model::{Act, Answer, Rules, begin, perform};
use counterfoil::{Initiated, LoginOptions, ManualClock, SessionStore};

/// Random numbers below a bound, from any generator.
pub trait Random {
    /// One of them.
    fn below(&mut self, bound: u64) -> u64;
}

/// Cheap ones, the same for the same seed.
#[derive(Debug, Clone, Copy)]
pub struct Xorshift(pub u64);

impl Random for Xorshift {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A login's time to live, in milliseconds.
const TTL: u64 = 10;
/// The logins that begin before the threads do.
const FIRST: usize = 2;

/// What the threads of a history do.
#[derive(Debug)]
pub struct Program {
    rules: Rules,
    first: Vec<Deed>,
    threads: Vec<Vec<Deed>>,
}

impl Program {
    /// So many threads that do so many deeds each, on few logins in little room.
    pub fn random(threads: usize, deeds: usize, random: &mut impl Random) -> Self {
        let replay = [None, None, Some(0), Some(15), Some(60_000)][random.below(5) as usize];
        let capacity = [2, 2, 3][random.below(3) as usize];
        let rules = Rules { capacity, per_tenant: None, retention: 60_000, replay, interval: None, again: 0 };
        let begins = |key| Deed::Begin { key, ttl: TTL, context: key != 1 };
        let mut grant = 0;
        let mut thread = |thread: usize| {
            let own = FIRST + thread;
            let mut begun = false;
            (0..deeds)
                .map(|_| {
                    let key = if begun && random.below(3) == 0 { own } else { random.below(FIRST as u64) as usize };
                    let act = |act| Deed::Do { key, act };
                    match random.below(20) {
                        0..=4 => act(Act::Poll { attempt: [None, None, Some(0), Some(1)][random.below(4) as usize] }),
                        5..=8 => {
                            grant += 1;
                            act(Act::Complete { grant })
                        }
                        9 => act(Act::Deny),
                        10 => act(Act::Cancel),
                        11 | 12 => act(Act::Claim),
                        13 | 14 => act(Act::Inspect),
                        15 => Deed::Advance([1, 9, 10, 20][random.below(4) as usize]),
                        16 => Deed::Sweep,
                        _ if begun => act(Act::Poll { attempt: None }),
                        _ => {
                            begun = true;
                            begins(own)
                        }
                    }
                })
                .collect()
        };
        let threads = (0..threads).map(&mut thread).collect();
        Self { rules, first: (0..FIRST).map(begins).collect(), threads }
    }

    /// What each thread does.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.len()
    }
}

/// A store, and what was done to it.
pub struct World {
    store: SessionStore<String, String>,
    clock: ManualClock,
    program: Program,
    logins: Vec<Mutex<Option<Initiated>>>,
    events: Mutex<Vec<Event>>,
    time: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The output of a future that never waits.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory engine's verbs do not wait"),
    }
}

impl World {
    /// An empty store, with the first logins of the program begun.
    ///
    /// # Panics
    /// Panics if it cannot be built.
    #[must_use]
    pub fn new(program: Program) -> Self {
        let clock = ManualClock::new();
        let store = program.rules.settings().memory().clock(clock.clone()).build().expect("settings that work");
        let logins = (0..FIRST + program.threads.len()).map(|_| Mutex::new(None)).collect();
        let world = Self { store, clock, program, logins, events: Mutex::default(), time: AtomicU64::new(0) };
        world.program.first.iter().for_each(|deed| world.run(*deed));
        world
    }

    /// What the thread of that number does.
    pub fn thread(&self, thread: usize) {
        self.program.threads[thread].iter().for_each(|deed| self.run(*deed));
    }

    fn run(&self, deed: Deed) {
        // SeqCst: one order of all calls and returns, which is what a history is.
        let tick = || self.time.fetch_add(1, Ordering::SeqCst);
        let call;
        let answer = match deed {
            Deed::Begin { key, ttl, context } => {
                let mut options = LoginOptions::new().ttl(Duration::from_millis(ttl));
                if context {
                    options = options.context("scopes".to_owned());
                }
                call = tick();
                let begun = at_once(begin(&self.store, options));
                let told = Answer::Begun(begun.as_ref().map(drop).map_err(|refused| *refused));
                if let Ok(login) = begun {
                    *lock(&self.logins[key]) = Some(login);
                }
                Some(told)
            }
            Deed::Do { key, act } => {
                let login = lock(&self.logins[key]).clone();
                let Some(login) = login else { return };
                call = tick();
                Some(at_once(perform(&self.store, &login, act)))
            }
            Deed::Advance(by) => {
                call = tick();
                self.clock.advance(Duration::from_millis(by));
                None
            }
            Deed::Sweep => {
                call = tick();
                self.store.sweep();
                None
            }
        };
        let ret = tick();
        lock(&self.events).push(Event { call, ret, deed, answer });
    }

    /// Looks for an order that explains what all were told. Returns how many events there were.
    ///
    /// # Errors
    /// [`Inexplicable`] if there is none.
    pub fn check(&self) -> Result<usize, Box<Inexplicable>> {
        // A thread that looks afterwards sees the result.
        for key in 0..self.logins.len() {
            self.run(Deed::Do { key, act: Act::Inspect });
            self.run(Deed::Do { key, act: Act::Poll { attempt: None } });
        }
        let events = lock(&self.events).clone();
        let count = events.len();
        History::new(self.program.rules, events).check().map(|()| count)
    }
}
