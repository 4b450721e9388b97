//! The fuzz targets on their committed inputs, and on a few thousand changes of these: on the stable compiler, in seconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]
#![allow(unreachable_pub, reason = "the targets are a crate of their own, too")]
#![allow(clippy::similar_names, clippy::assigning_clones, reason = "in the targets, which read well as they are")]
#![allow(clippy::print_stdout, reason = "shown beside a test that fails")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod targets;

/// How often each input is changed.
const CHANGES: u64 = 25;

fn inputs(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files = fs::read_dir(&corpus).expect("a corpus").map(|file| file.expect("a file").path());
    files.map(|file| (file.clone(), fs::read(file).expect("an input"))).collect()
}

/// Changes a byte, takes some out, or puts some in twice.
fn change(input: &mut Vec<u8>, random: &mut impl FnMut(usize) -> usize) {
    if input.is_empty() {
        return input.push(random(256) as u8);
    }
    let (at, len) = (random(input.len()), 1 + random(8));
    let end = (at + len).min(input.len());
    match random(4) {
        0 => input[at] = random(256) as u8,
        1 => input[at] ^= 1 << random(8),
        2 => drop(input.drain(at..end)),
        _ => input.extend_from_within(at..end),
    }
}

fn run(name: &str) {
    let (_, target) = targets::ALL.into_iter().find(|(known, _)| *known == name).expect("a target");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let inputs = inputs(name);
    assert!(!inputs.is_empty(), "{name} has no corpus");
    for (file, input) in inputs {
        // Shown if it fails.
        println!("{}", file.display());
        target(&input);
        let mut changed = input.clone();
        for round in 0..CHANGES {
            if round.is_multiple_of(5) {
                changed.clone_from(&input);
            }
            change(&mut changed, &mut random);
            println!("{changed:?}");
            target(&changed);
        }
    }
}

#[test]
fn operations_agree_with_the_model() {
    run("operations");
}

#[test]
fn codes_are_read_as_they_are() {
    run("codes");
}

#[test]
fn any_request_has_a_documented_answer() {
    run("http");
}

#[test]
fn a_hostile_servers_answer_steers_nothing() {
    run("client");
}

#[test]
fn foreign_values_are_refused() {
    run("redis");
}
