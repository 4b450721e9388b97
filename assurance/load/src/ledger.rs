//! What became of all logins, how long requests took, and which laws were broken.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The requests whose time is measured.
pub const VERBS: [&str; 3] = ["begin", "poll", "complete"];

#[derive(Default)]
struct Second {
    micros: [Vec<u32>; 3],
    counts: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Total {
    counts: BTreeMap<String, u64>,
    broken: Vec<String>,
    micros: [Vec<u32>; 3],
}

#[derive(Default)]
pub struct Ledger {
    now: Mutex<Second>,
    total: Mutex<Total>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The median, and the 99th and 99.9th hundredth, in microseconds.
fn percentiles(micros: &mut [u32]) -> String {
    micros.sort_unstable();
    let at = |share: f64| micros.get(((micros.len() as f64 * share) as usize).min(micros.len().saturating_sub(1)));
    format!("{:?}", [0.5, 0.99, 0.999].map(|share| at(share).copied().unwrap_or(0)))
}

impl Ledger {
    pub fn count(&self, what: &str) {
        *lock(&self.now).counts.entry(what.to_owned()).or_default() += 1;
    }

    pub fn took(&self, verb: usize, time: Duration) {
        lock(&self.now).micros[verb].push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn broken(&self, law: String) {
        self.count("laws broken");
        let mut total = lock(&self.total);
        if total.broken.len() < 50 {
            total.broken.push(law);
        }
    }

    /// The line of a second that is over.
    pub fn second(&self, second: u64) -> String {
        let Second { mut micros, counts } = std::mem::take(&mut *lock(&self.now));
        let mut line = format!("{{\"second\":{second}");
        for (verb, micros) in VERBS.iter().zip(&mut micros) {
            let _ = write!(line, ",\"{verb}\":{}", percentiles(micros));
        }
        let _ = write!(line, ",\"counts\":{}}}", object(&counts));
        self.add(micros, counts);
        line
    }

    fn add(&self, micros: [Vec<u32>; 3], counts: BTreeMap<String, u64>) {
        let mut total = lock(&self.total);
        for (all, some) in total.micros.iter_mut().zip(micros) {
            all.extend(some);
        }
        for (what, count) in counts {
            *total.counts.entry(what).or_default() += count;
        }
    }

    /// The last line.
    pub fn end(&self) -> String {
        let Second { micros, counts } = std::mem::take(&mut *lock(&self.now));
        self.add(micros, counts);
        let mut total = lock(&self.total);
        let mut line = format!("{{\"end\":true,\"counts\":{}", object(&total.counts));
        for (verb, micros) in VERBS.iter().zip(&mut total.micros) {
            let _ = write!(line, ",\"{verb}\":{}", percentiles(micros));
        }
        let _ = write!(line, ",\"broken\":{:?}}}", total.broken);
        line
    }
}

fn object(counts: &BTreeMap<String, u64>) -> String {
    let members: Vec<_> = counts.iter().map(|(what, count)| format!("{what:?}:{count}")).collect();
    format!("{{{}}}", members.join(","))
}
