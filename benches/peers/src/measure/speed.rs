//! Nanoseconds an operation: pending polls, completions, redeeming polls, initiations and whole lifecycles.
//!
//! Every answer is counted, and each count is checked outside the timed part.

use std::hint::black_box;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::threads::{split, timed};
use crate::codes::Texts;
use crate::peer::{Answer, Peer, Room};

pub const POLL: &str = "pending poll";
pub const COMPLETE: &str = "complete";
pub const REDEEM: &str = "redeeming poll";
pub const INITIATE: &str = "initiate";
pub const LIFECYCLE: &str = "lifecycle";
pub const WORKLOADS: [&str; 5] = [POLL, COMPLETE, REDEEM, INITIATE, LIFECYCLE];

/// A number of live sessions, and how often to do it all so that the timed parts are long enough.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub sessions: usize,
    /// Stores that are made and filled in a round.
    pub stores: usize,
    /// Passes over all polling codes.
    pub passes: usize,
}

/// One round of one peer at one workload: wall time by number of operations, all threads together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    pub peer: String,
    pub workload: String,
    pub sessions: usize,
    pub threads: usize,
    pub ns: Vec<f64>,
}

/// As long as a refresh token often is.
pub fn token<P: Peer>() -> P::Grant {
    String::from("rt-0123456789abcdefghijklmnopqrstuvwxyz0").into()
}

/// A full store with the codes of its sessions, each kind shuffled by itself.
pub struct Filled<P> {
    pub store: P,
    pub polling: Texts,
    pub login: Texts,
}

pub fn fill<P: Peer>(store: P, sessions: usize, seed: u64) -> Filled<P> {
    let (polling, login) = begin(&store, sessions);
    Filled { store, polling: polling.shuffled(seed), login: login.shuffled(seed + 1) }
}

pub fn begin<P: Peer>(store: &P, sessions: usize) -> (Texts, Texts) {
    let mut polling = Texts::new(sessions, P::CODE);
    let mut login = Texts::new(sessions, P::CODE);
    for _ in 0..sessions {
        let codes = store.initiate();
        polling.push(codes.0.as_ref());
        login.push(codes.1.as_ref());
    }
    (polling, login)
}

#[derive(Default)]
struct Tally {
    time: Duration,
    operations: usize,
}

impl Tally {
    fn add(&mut self, expected: usize, (time, counts): (Duration, Vec<usize>)) {
        assert_eq!(counts.iter().sum::<usize>(), expected, "an answer was not what it must be");
        self.time += time;
        self.operations += expected;
    }
}

/// One round of one peer: all workloads on the same stores.
pub fn round<P: Peer>(size: &Size, threads: usize, seed: u64) -> Vec<Sample> {
    let mut tallies: [Tally; 5] = Default::default();
    let alone = !P::SHARED && threads > 1;
    let n = size.sessions;
    let more = (n / 5).max(threads);
    for _ in 0..size.stores {
        let filled = fill(P::new(Room::of(n + 2 * more)), n, seed);
        let [poll, complete, redeem, initiate, lifecycle] = &mut tallies;
        poll.add(n * size.passes, polls(&filled, threads, size.passes, P::is_pending));
        if alone {
            continue;
        }
        lifecycle.add(more, lifecycles(&filled.store, more, threads));
        initiate.add(more, initiations(&filled.store, more, threads));
        complete.add(n, completions(&filled, threads));
        redeem.add(n, polls(&filled, threads, 1, P::is_completed));
    }
    release();
    let sample = |(tally, workload): (Tally, &str)| Sample {
        peer: P::NAME.to_owned(),
        workload: workload.to_owned(),
        sessions: n,
        threads,
        ns: vec![tally.time.as_nanos() as f64 / tally.operations as f64],
    };
    let order = WORKLOADS;
    tallies.into_iter().zip(order).filter(|(tally, _)| tally.operations > 0).map(sample).collect()
}

trait Check: Peer {
    fn is_pending(answer: Answer<Self::Grant>) -> bool {
        answer.is_pending()
    }

    fn is_completed(answer: Answer<Self::Grant>) -> bool {
        matches!(answer, Answer::Completed(_))
    }
}

impl<P: Peer> Check for P {}

fn polls<P: Peer>(
    filled: &Filled<P>,
    threads: usize,
    passes: usize,
    expected: impl Fn(Answer<P::Grant>) -> bool + Sync,
) -> (Duration, Vec<usize>) {
    let Filled { store, polling, .. } = filled;
    timed(split(polling.len(), threads), |part| {
        let mut count = 0;
        for _ in 0..passes {
            for i in part.clone() {
                count += usize::from(expected(black_box(store.poll(black_box(polling.get(i))))));
            }
        }
        count
    })
}

/// The grants are made beforehand.
fn completions<P: Peer>(filled: &Filled<P>, threads: usize) -> (Duration, Vec<usize>) {
    let Filled { store, login, .. } = filled;
    let parts = split(login.len(), threads);
    let parts = parts.into_iter().map(|part| (part.clone(), part.map(|_| token::<P>()).collect::<Vec<_>>()));
    timed(parts.collect(), |(part, grants)| {
        let codes = part.map(|i| login.get(i));
        let mut count = 0;
        for (code, grant) in codes.zip(grants) {
            count += usize::from(black_box(store.complete(black_box(code), grant)));
        }
        count
    })
}

fn initiations<P: Peer>(store: &P, sessions: usize, threads: usize) -> (Duration, Vec<usize>) {
    timed(split(sessions, threads), |part| {
        let mut count = 0;
        for _ in part {
            let codes = black_box(store.initiate());
            count += usize::from(codes.0.as_ref().len() == P::CODE && codes.1.as_ref().len() == P::CODE);
        }
        count
    })
}

/// Initiate, three pending polls, complete, redeeming poll; the grant is made on the way.
fn lifecycles<P: Peer>(store: &P, sessions: usize, threads: usize) -> (Duration, Vec<usize>) {
    timed(split(sessions, threads), |part| {
        let mut count = 0;
        for _ in part {
            let (polling, login) = black_box(store.initiate());
            let (polling, login) = (polling.as_ref(), login.as_ref());
            let pending = (0..3).all(|_| black_box(store.poll(black_box(polling))).is_pending());
            let completed = store.complete(black_box(login), token::<P>());
            let redeemed = matches!(black_box(store.poll(black_box(polling))), Answer::Completed(_));
            count += usize::from(pending && completed && redeemed);
        }
        count
    })
}

/// Gives freed memory back to the system, so that what one peer leaves behind is not the next one's luck.
fn release() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it only trims the allocator's free lists.
    #[allow(unsafe_code)]
    unsafe {
        libc::malloc_trim(0);
    }
}
