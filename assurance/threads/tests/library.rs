//! The library's own tests of threads, states, times and waits, built with few dependencies, for sanitizers.
#![cfg(not(counterfoil_shuttle))]

#[path = "../../../tests/store/counted.rs"]
mod counted;
#[path = "../../../tests/store/model.rs"]
mod model;
#[path = "../../../tests/store/race.rs"]
mod race;
#[path = "../../../tests/store/said.rs"]
mod said;
#[path = "../../../tests/store/states.rs"]
mod states;
#[path = "../../../tests/store/threads.rs"]
mod threads;
#[path = "../../../tests/store/wait.rs"]
mod wait;
