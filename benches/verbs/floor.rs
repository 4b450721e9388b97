//! The floor: a plain `HashMap` with ahash, keyed by the 160 decoded bits, and a second one for the login codes. No
//! lock, no clock, no expiry, no constant-time comparison: what a look-up costs before any duty is done.

use std::collections::HashMap;
use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use ahash::RandomState;
use rand::Rng;
use rand::seq::SliceRandom;

/// The crate's own codec: the floor must not lose by a slower one.
#[path = "../../src/code/base32.rs"]
#[allow(dead_code, reason = "its unit tests come along, and run in the crate")]
mod base32;

type Text = [u8; 32];
type Map<V> = HashMap<Key, V, RandomState>;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    a: u64,
    b: u64,
    c: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Completed(u64),
    Used,
}

pub(crate) struct Floor {
    sessions: Map<State>,
    by_login: Map<Key>,
    polling: Vec<Text>,
    login: Vec<Text>,
    next: usize,
}

/// The floor's way of doing a verb, where it has one.
pub(crate) fn run(verb: &str) -> Option<fn(&mut Floor, u64) -> Duration> {
    Some(match verb {
        "poll, pending" => |floor, times| floor.each(times, |floor, i| floor.poll(i) == Some(State::Pending)),
        "complete" => |floor, times| floor.each(times, Floor::complete),
        "initiate" => |floor, times| floor.each(times, Floor::initiate),
        "lifecycle" => |floor, times| floor.each(times, Floor::lifecycle),
        _ => return None,
    })
}

impl Floor {
    pub(crate) fn new(sessions: usize) -> Self {
        let map = |capacity| Map::with_capacity_and_hasher(capacity, RandomState::new());
        let by_login = Map::with_capacity_and_hasher(2 * sessions, RandomState::new());
        let blank = vec![[0; 32]; sessions];
        let mut floor = Self { sessions: map(2 * sessions), by_login, polling: blank.clone(), login: blank, next: 0 };
        for i in 0..sessions {
            floor.initiate(i);
        }
        let mut pairs: Vec<_> = floor.polling.iter().copied().zip(floor.login.iter().copied()).collect();
        pairs.shuffle(&mut rand::rng());
        (floor.polling, floor.login) = pairs.into_iter().unzip();
        floor
    }

    /// Times `verb` on as many sessions, batch by batch, and puts each batch back as it was.
    fn each(&mut self, times: u64, verb: impl Fn(&mut Self, usize) -> bool) -> Duration {
        let mut time = Duration::ZERO;
        let mut left = usize::try_from(times).unwrap_or(usize::MAX);
        while left > 0 {
            let start = if self.next == self.polling.len() { 0 } else { self.next };
            self.next = self.polling.len().min(start + left.min(crate::BATCH));
            let batch = start..self.next;
            let old: Vec<_> = batch.clone().map(|i| (self.polling[i], self.login[i])).collect();
            let began = Instant::now();
            let right = batch.clone().filter(|i| verb(self, *i)).count();
            time += began.elapsed();
            assert_eq!(right, batch.len(), "an answer was not what it must be");
            self.renew(&batch, &old);
            left -= batch.len();
        }
        time
    }

    fn renew(&mut self, batch: &Range<usize>, old: &[(Text, Text)]) {
        for (i, (polling, login)) in batch.clone().zip(old) {
            // A verb that has begun sessions has put their codes in the place of the old ones.
            for text in [polling, &self.polling[i]] {
                self.sessions.remove(&read(text));
            }
            for text in [login, &self.login[i]] {
                self.by_login.remove(&read(text));
            }
            self.initiate(i);
        }
    }

    fn initiate(&mut self, i: usize) -> bool {
        let (polling, login) = (random(), random());
        self.sessions.insert(polling, State::Pending);
        self.by_login.insert(login, polling);
        self.polling[i] = write(polling);
        self.login[i] = write(login);
        true
    }

    fn poll(&self, i: usize) -> Option<State> {
        black_box(self.sessions.get(&read(black_box(&self.polling[i]))).copied())
    }

    fn complete(&mut self, i: usize) -> bool {
        let state =
            self.by_login.get(&read(black_box(&self.login[i]))).and_then(|polling| self.sessions.get_mut(polling));
        let Some(state @ State::Pending) = state else { return false };
        *state = State::Completed(7);
        true
    }

    fn redeem(&mut self, i: usize) -> bool {
        let state = self.sessions.get_mut(&read(black_box(&self.polling[i])));
        let Some(state @ State::Completed(7)) = state else { return false };
        *state = State::Used;
        true
    }

    fn lifecycle(&mut self, i: usize) -> bool {
        self.initiate(i) && (0..3).all(|_| self.poll(i) == Some(State::Pending)) && self.complete(i) && self.redeem(i)
    }
}

fn random() -> Key {
    let mut rng = rand::rng();
    Key { a: rng.next_u64(), b: rng.next_u64(), c: rng.next_u32() }
}

#[inline]
fn read(text: &Text) -> Key {
    let (words, _) = text.as_chunks::<8>();
    let [(w0, v0), (w1, v1), (w2, v2), (w3, v3)] = [words[0], words[1], words[2], words[3]].map(base32::decode);
    assert_eq!(v0 | v1 | v2 | v3, 0, "a code");
    Key { a: w0 | w1 << 40, b: w1 >> 24 | w2 << 16 | w3 << 56, c: (w3 >> 8) as u32 }
}

fn write(Key { a, b, c }: Key) -> Text {
    let words = [a, a >> 40 | b << 24, b >> 16, b >> 56 | u64::from(c) << 8];
    let mut text = [0; 32];
    for (chars, word) in text.chunks_exact_mut(8).zip(words) {
        chars.copy_from_slice(&base32::encode(word & ((1 << 40) - 1)));
    }
    text
}
