//! How long `poll` takes for codes that are refused, compared statistically, as dudect does (Reparaz, Balasch and
//! Verbauwhede 2017): classes in random order, Welch's t of each pair, and of one class with itself as the control.
//!
//! `timing ROUNDS SESSIONS` prints JSON.

use std::hint::black_box;
use std::time::Instant;

use counterfoil::{LoginOptions, PollingCode, SessionStore};
use counterfoil_threads::{Random, Xorshift};

const CLASSES: [&str; 5] =
    ["unknown", "another tenant's", "wrong secret in the right slot", "malformed", "own, pending"];
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

fn setting(place: usize, otherwise: u64) -> u64 {
    std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

struct Codes {
    own: Vec<String>,
    others: Vec<String>,
}

/// A text to poll with, of that class.
fn text(class: usize, codes: &Codes, random: &mut Xorshift) -> String {
    let one = |codes: &[String], random: &mut Xorshift| codes[random.below(codes.len() as u64) as usize].clone();
    match class {
        0 => (0..40).map(|_| char::from(LETTERS[random.below(32) as usize])).collect(),
        1 => one(&codes.others, random),
        // The last letters of the secret, on which the slot's mask does not depend.
        2 => {
            let mut code = one(&codes.own, random).into_bytes();
            let letter = &mut code[24 + random.below(8) as usize];
            *letter = if *letter == b'a' { b'b' } else { b'a' };
            String::from_utf8(code).expect("letters")
        }
        3 => {
            let mut code = one(&codes.own, random).into_bytes();
            code[random.below(32) as usize] = b'1';
            String::from_utf8(code).expect("letters")
        }
        _ => one(&codes.own, random),
    }
}

#[derive(Default, Clone)]
struct Sample(Vec<f64>);

impl Sample {
    /// Without the slowest tenth, which other programs made slow.
    fn trimmed(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.truncate(sorted.len() * 9 / 10);
        sorted
    }

    fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }
}

fn moments(sample: &[f64]) -> (f64, f64, f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (n, mean, variance)
}

fn welch(one: &[f64], other: &[f64]) -> f64 {
    let ((n, mean, variance), (m, other_mean, other_variance)) = (moments(one), moments(other));
    (mean - other_mean) / (variance / n + other_variance / m).sqrt()
}

fn main() {
    let (rounds, sessions) = (setting(1, 200_000), setting(2, 1000) as usize);
    let store: SessionStore<String> = SessionStore::builder().max_sessions(2 * sessions).build().expect("a store");
    let stranger = store.for_tenant("another");
    let begin = |store: &SessionStore<String>| {
        let login = store.initiate_with(LoginOptions::new()).expect("room");
        login.polling_code.expose().to_string()
    };
    let codes = Codes {
        own: (0..sessions).map(|_| begin(&store)).collect(),
        others: (0..sessions).map(|_| begin(&stranger)).collect(),
    };
    let mut random = Xorshift(0x2545_f491_4f6c_dd1d);
    let mut samples = vec![Sample::default(); CLASSES.len()];
    let mut control = [Sample::default(), Sample::default()];
    for round in 0..rounds {
        let class = random.below(CLASSES.len() as u64) as usize;
        let text = text(class, &codes, &mut random);
        let start = Instant::now();
        // Eight, since the clock's ticks are as long as one.
        for _ in 0..8 {
            let polled = PollingCode::parse(black_box(&text)).map(|code| store.poll(&code));
            let _ = black_box(polled);
        }
        let took = start.elapsed().as_nanos() as f64 / 8.0;
        // The first ones warm the caches.
        if round > rounds / 20 {
            samples[class].0.push(took);
            if class == 0 {
                control[random.below(2) as usize].0.push(took);
            }
        }
    }
    let trimmed: Vec<_> = samples.iter().map(Sample::trimmed).collect();
    let mut pairs = vec![format!(
        r#"{{"pair":"unknown and itself (control)","t":{:.1},"ns":{:.1}}}"#,
        welch(&control[0].trimmed(), &control[1].trimmed()),
        moments(&control[0].trimmed()).1 - moments(&control[1].trimmed()).1,
    )];
    for one in 0..3 {
        for other in one + 1..4 {
            pairs.push(format!(
                r#"{{"pair":"{} and {}","t":{:.1},"ns":{:.1}}}"#,
                CLASSES[one],
                CLASSES[other],
                welch(&trimmed[one], &trimmed[other]),
                moments(&trimmed[one]).1 - moments(&trimmed[other]).1,
            ));
        }
    }
    let classes: Vec<_> = (0..CLASSES.len())
        .map(|class| {
            let (n, mean, _) = moments(&trimmed[class]);
            format!(
                r#"{{"class":"{}","median":{:.0},"mean":{mean:.1},"measurements":{n:.0}}}"#,
                CLASSES[class],
                samples[class].median()
            )
        })
        .collect();
    println!(r#"{{"sessions":{sessions},"classes":[{}],"pairs":[{}]}}"#, classes.join(","), pairs.join(","));
}
