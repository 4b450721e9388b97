//! What is done before each timed part, in it, and after it.

use std::hint::black_box;
use std::ops::Range;

use counterfoil::{Initiated, LoginCode, Polled, PollingCode};

use crate::world::{Store, World};

type Batch = Range<usize>;

/// What one thread has done.
pub(crate) struct Done {
    /// Right answers.
    pub(crate) count: usize,
    begun: Vec<Initiated>,
}

pub(crate) struct Verb {
    pub(crate) name: &'static str,
    pub(crate) before: fn(&mut World, &Batch),
    pub(crate) run: fn(&World, Batch) -> Done,
    pub(crate) after: fn(&mut World, &Batch, &[Done]),
}

pub(crate) const VERBS: [Verb; 9] = [
    Verb { name: "poll, pending", before: nothing, run: poll_pending, after: keep },
    Verb { name: "poll, redeeming", before: complete_all, run: poll_redeeming, after: renew },
    Verb { name: "complete", before: nothing, run: complete, after: renew },
    Verb { name: "deny", before: nothing, run: deny, after: renew },
    Verb { name: "cancel", before: nothing, run: cancel, after: renew },
    Verb { name: "inspect", before: nothing, run: inspect, after: keep },
    Verb { name: "claim_context", before: attach, run: claim_context, after: keep },
    Verb { name: "initiate", before: end, run: initiate, after: put },
    Verb { name: "lifecycle", before: end, run: lifecycles, after: renew },
];

fn nothing(_: &mut World, _: &Batch) {}

fn keep(_: &mut World, _: &Batch, _: &[Done]) {}

fn complete_all(world: &mut World, batch: &Batch) {
    assert_eq!(complete(world, batch.clone()).count, batch.len());
}

fn end(world: &mut World, batch: &Batch) {
    world.end(batch);
}

fn renew(world: &mut World, batch: &Batch, _: &[Done]) {
    world.end(batch);
    world.begin(batch, |login| login);
}

fn attach(world: &mut World, batch: &Batch) {
    world.end(batch);
    world.begin(batch, |login| login.context(7));
}

fn put(world: &mut World, batch: &Batch, done: &[Done]) {
    world.put(batch, done.iter().flat_map(|done| done.begun.clone()).collect());
}

#[inline]
fn count(batch: Batch, mut right: impl FnMut(usize) -> bool) -> Done {
    Done { count: batch.map(|i| usize::from(right(i))).sum(), begun: Vec::new() }
}

fn poll_pending(world: &World, batch: Batch) -> Done {
    count(batch, |i| matches!(black_box(world.store.poll(&world.polling(i))), Polled::Pending { .. }))
}

fn poll_redeeming(world: &World, batch: Batch) -> Done {
    count(batch, |i| matches!(black_box(world.store.poll(&world.polling(i))), Polled::Completed(7)))
}

fn complete(world: &World, batch: Batch) -> Done {
    count(batch, |i| black_box(world.store.complete(&world.login(i), 7)).is_ok())
}

fn deny(world: &World, batch: Batch) -> Done {
    count(batch, |i| black_box(world.store.deny(&world.login(i))).is_ok())
}

fn cancel(world: &World, batch: Batch) -> Done {
    count(batch, |i| black_box(world.store.cancel(&world.polling(i))).is_ok())
}

fn inspect(world: &World, batch: Batch) -> Done {
    count(batch, |i| black_box(world.store.inspect(&world.login(i))).is_some())
}

fn claim_context(world: &World, batch: Batch) -> Done {
    count(batch, |i| black_box(world.store.claim_context(&world.login(i))) == Ok(7))
}

fn initiate(world: &World, batch: Batch) -> Done {
    let mut begun = Vec::with_capacity(batch.len());
    begun.extend(batch.filter_map(|_| world.store.initiate().ok()));
    Done { count: begun.len(), begun }
}

fn lifecycles(world: &World, batch: Batch) -> Done {
    count(batch, |_| lifecycle(&world.store).is_some())
}

/// Initiate, three pending polls, complete, redeeming poll; the codes go out as text and come back as text.
fn lifecycle(store: &Store) -> Option<()> {
    let begun = store.initiate().ok()?;
    let (polling, login) = black_box((begun.polling_code.expose(), begun.login_code.expose()));
    let poll = || PollingCode::parse(black_box(&polling)).map(|code| black_box(store.poll(&code)));
    for _ in 0..3 {
        let Ok(Polled::Pending { .. }) = poll() else { return None };
    }
    store.complete(&LoginCode::parse(black_box(&login)).ok()?, 7).ok()?;
    matches!(poll(), Ok(Polled::Completed(7))).then_some(())
}
