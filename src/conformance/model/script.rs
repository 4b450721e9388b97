//! Settings and operations, read out of any bytes.

use std::time::Duration;

use super::super::{Harness, Settings};
use super::{By, Op, Pair, Rules, Verb};

/// Settings of a store, and what is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// The settings.
    pub rules: Rules,
    /// Whether all logins have times to live of some milliseconds.
    pub shortest: bool,
    /// The operations, in order.
    pub ops: Vec<Op>,
}

impl Script {
    /// The bytes of the settings.
    const RULES: usize = 6;

    /// Reads a script. There are no bytes that are none: missing ones are zero, and the rest of the last operation's is
    /// left out.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let (head, rest) = bytes.split_at(bytes.len().min(Self::RULES));
        let mut rules = [0; Self::RULES];
        rules[..head.len()].copy_from_slice(head);
        let (ops, _) = rest.as_chunks();
        let ops = ops.iter().copied().map(Op::from_bytes).collect();
        Self { rules: Rules::from_bytes(rules), shortest: rules[0] >= 224, ops }
    }

    /// Runs the script on an empty engine and its model.
    ///
    /// # Panics
    /// Panics if they differ.
    pub fn run<H: Harness>(&self, harness: &H) {
        harness.block_on(async {
            let mut pair = Pair::new(harness, self.rules, self.shortest).await;
            for op in &self.ops {
                pair.apply(op).await;
            }
            pair.inspect_all().await;
        });
    }
}

impl Rules {
    /// The settings of an engine that follows them. `again` is its [tolerance](crate::Backend::tolerant), besides.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            retention: Duration::from_millis(self.retention),
            max_sessions: self.capacity,
            max_sessions_per_tenant: self.per_tenant.map(|bound| bound as u32),
            poll_interval: self.interval.map(Duration::from_millis),
            replay: self.replay.map(Duration::from_millis),
            ..Settings::default()
        }
    }

    /// Settings that make sense, by any six bytes: mostly little room, and times of the size of those in operations.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 6]) -> Self {
        let [capacity, per_tenant, retention, replay, interval, again] = bytes;
        let retention = [5000, 0, 1000, 60_000][usize::from(retention) % 4];
        let replay = match u64::from(replay) % 8 {
            0..=3 => None,
            seconds @ 4..=6 => Some(((seconds - 4) * 2000).min(retention)),
            _ => Some(retention),
        };
        Self {
            capacity: [200, 1, 2, 3, 4, 5, 8, 16][usize::from(capacity) % 8],
            per_tenant: [None, None, Some(1), Some(2), Some(3)][usize::from(per_tenant) % 5],
            retention,
            replay,
            interval: [None, Some(0), Some(1000), Some(2000), Some(9000)][usize::from(interval) % 5],
            again: [0, 0, 1000, 3000][usize::from(again) % 4],
        }
    }
}

impl Op {
    /// An operation, by any five bytes: each stands for one of its choices, the likelier ones more than once.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 5]) -> Self {
        let [seconds, session, by, verb, detail] = bytes;
        Self { seconds: pass(seconds), session: near(session), by: code(by), verb: Verb::from_bytes(verb, detail) }
    }
}

/// Mostly no time, or a second or two.
fn pass(byte: u8) -> u8 {
    match byte % 9 {
        0..=3 => 0,
        4..=7 => 1 + byte / 9 % 2,
        _ => 1 + byte / 9 % 19,
    }
}

/// Mostly the session that began last, or one near it.
fn near(byte: u8) -> u8 {
    match byte % 6 {
        0..=2 => byte / 6 % 2,
        3..=4 => byte / 6 % 6,
        _ => byte / 6,
    }
}

fn code(byte: u8) -> By {
    match byte % 15 {
        12 => By::AnotherTenant,
        13 => By::TheOtherCode,
        14 => By::AnotherStore,
        _ => By::Its,
    }
}

impl Verb {
    fn from_bytes(verb: u8, detail: u8) -> Self {
        match verb % 26 {
            0..=5 => Self::Initiate { tenant: detail % 3, ttl: detail / 3 % 12, context: detail >= 128 },
            6..=11 => Self::Poll { attempt: detail.is_multiple_of(3).then_some(detail / 3 % 2) },
            12..=15 => Self::Complete,
            16 => Self::Deny,
            17 => Self::Cancel,
            18 => Self::Inspect,
            19 | 20 => Self::Claim,
            21 => Self::Resolve,
            22 | 23 => Self::Sweep,
            _ => Self::Edge { of: detail % 3, off: detail / 3 % 3 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_script() {
        for len in 0..40 {
            let script = Script::read(&vec![0xa5; len]);
            assert_eq!(script.ops.len(), len.saturating_sub(6) / 5);
        }
    }

    /// Each choice can be had, or a fuzzer would look for it in vain.
    #[test]
    fn all_choices_are_reached() {
        let ops: Vec<Op> = (0..=255).map(|byte| Op::from_bytes([byte; 5])).collect();
        assert_eq!((0..20).filter(|s| ops.iter().any(|op| op.seconds == *s)).count(), 20);
        for by in [By::Its, By::AnotherTenant, By::TheOtherCode, By::AnotherStore] {
            assert!(ops.iter().any(|op| op.by == by), "{by:?}");
        }
        let all: Vec<Verb> =
            (0..=255).flat_map(|verb| (0..=255).map(move |detail| Verb::from_bytes(verb, detail))).collect();
        let has = |verb: Verb| assert!(all.contains(&verb), "{verb:?}");
        for small in 0..3 {
            for ttl in 0..12 {
                has(Verb::Initiate { tenant: small, ttl, context: false });
                has(Verb::Initiate { tenant: small, ttl, context: true });
            }
            for off in 0..3 {
                has(Verb::Edge { of: small, off });
            }
        }
        for attempt in [None, Some(0), Some(1)] {
            has(Verb::Poll { attempt });
        }
        for verb in [Verb::Complete, Verb::Deny, Verb::Cancel, Verb::Inspect, Verb::Claim, Verb::Resolve, Verb::Sweep] {
            has(verb);
        }
    }

    /// A window for replays that is longer than the retention is no setting.
    #[test]
    fn all_rules_are_settings() {
        for bytes in (0..=255_u8).map(|byte| [byte, byte, byte / 3, byte / 5, byte, byte]) {
            let rules = Rules::from_bytes(bytes);
            assert!(rules.replay.is_none_or(|window| window <= rules.retention), "{rules:?}");
        }
    }
}
