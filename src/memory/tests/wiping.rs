//! Grants and contexts that lie in the table itself, such as keys: when they have left it, their bytes have, too.

use std::time::Duration;

use super::allocator::{count, freed};
use crate::{Delivery, Initiated, LoginOptions, ManualClock, Polled, SessionStore, SettleError};

/// A key of 32 bytes, which is neither on the heap nor wiped by itself.
type Key = [u8; 32];
type Store = SessionStore<Key, Key>;

const GRANT: Key = *b"a grant of thirty-two bytes, all";
const CONTEXT: Key = *b"a context of thirty-two bytes, a";
const SECOND: Duration = Duration::from_secs(1);

struct World {
    store: Store,
    clock: ManualClock,
    login: Initiated,
}

/// A login with a context, in a store of one slot.
fn world(delivery: Delivery<Key>) -> World {
    let clock = ManualClock::new();
    let builder = Store::builder().ttl(SECOND * 9).retention(SECOND * 9).max_sessions(1).delivery(delivery);
    let store = builder.clock(clock.clone()).build().unwrap();
    let login = store.initiate_with(LoginOptions::new().context(CONTEXT)).unwrap();
    World { store, clock, login }
}

impl World {
    fn completed(delivery: Delivery<Key>) -> Self {
        let world = world(delivery);
        world.complete();
        world
    }

    fn complete(&self) {
        self.store.complete(&self.login.login_code, GRANT).unwrap();
    }

    fn poll(&self) -> Polled<Key> {
        self.store.poll(&self.login.polling_code)
    }

    /// How often the table holds the grant, and the context.
    fn held(&self) -> (usize, usize) {
        let memory = self.store.shared.table.cold_memory();
        (count(memory.cast(), memory.len(), GRANT), count(memory.cast(), memory.len(), CONTEXT))
    }
}

#[test]
fn what_is_in_the_table_is_found_there() {
    assert_eq!(world(Delivery::once()).held(), (0, 1));
    assert_eq!(World::completed(Delivery::once()).held(), (1, 0));
}

#[test]
fn a_context_leaves_no_byte_behind() {
    type End = fn(&World);
    let ends: [End; 7] = [
        |world| assert_eq!(world.store.claim_context(&world.login.login_code), Ok(CONTEXT)),
        World::complete,
        |world| world.store.deny(&world.login.login_code).unwrap(),
        |world| world.store.cancel(&world.login.polling_code).unwrap(),
        |world| assert_eq!(world.store.cancel_all(), 1),
        |world| (world.clock.advance(SECOND * 9), assert!(matches!(world.poll(), Polled::Expired))).1,
        |world| (world.clock.advance(SECOND * 9), _ = world.store.sweep()).1,
    ];
    for end in ends {
        let world = world(Delivery::once());
        end(&world);
        assert_eq!(world.held().1, 0);
    }
}

#[test]
fn a_grant_leaves_no_byte_behind() {
    type End = fn(&World);
    let late = |world: &World| world.clock.advance(SECOND * 9);
    let ends: [End; 4] = [
        |world| assert!(matches!(world.poll(), Polled::Completed(GRANT))),
        |world| assert!(matches!(world.poll(), Polled::Expired)),
        |world| assert_eq!(world.store.deny(&world.login.login_code), Err(SettleError::Expired)),
        |world| assert_eq!(world.store.sweep().expired, 1),
    ];
    for (at, end) in ends.into_iter().enumerate() {
        let world = World::completed(Delivery::once());
        if at > 0 {
            late(&world);
        }
        end(&world);
        assert_eq!(world.held(), (0, 0), "{at}");
    }
    // Refused: it never was the session's.
    let world = world(Delivery::once());
    late(&world);
    assert_eq!(world.store.complete(&world.login.login_code, GRANT).unwrap_err().grant, GRANT);
    assert_eq!(world.held(), (0, 0));
}

/// A session that ends between the two steps of its completion.
#[test]
fn a_grant_that_came_too_late_leaves_no_byte_behind() {
    use crate::memory::slot::{Reserve, Side};
    let world = world(Delivery::once());
    let session = world.store.shared.table.place(&world.login.login_code.0).session;
    let view = session.view(Side::Login, &world.login.login_code.0.proof, 0).unwrap();
    let Reserve::Held(completing) = session.reserve(&view) else { panic!("it is pending") };
    world.store.deny(&world.login.login_code).unwrap();
    assert_eq!(completing.publish(GRANT, None).err(), Some(GRANT));
    assert_eq!(world.held(), (0, 0));
}

#[test]
fn a_grant_that_was_kept_for_replays_leaves_no_byte_behind() {
    type End = fn(&World);
    let ends: [End; 4] = [
        |world| (world.clock.advance(SECOND), assert!(matches!(world.poll(), Polled::Redeemed))).1,
        |world| (world.clock.advance(SECOND), assert_eq!(world.store.sweep().wiped, 1)).1,
        |world| (world.clock.advance(SECOND * 9), assert_eq!(world.store.sweep().forgotten, 1)).1,
        // It gives way.
        |world| drop(world.store.initiate().unwrap()),
    ];
    for end in ends {
        let world = World::completed(Delivery::replay(SECOND));
        for _ in 0..2 {
            assert!(matches!(world.poll(), Polled::Completed(GRANT)));
        }
        assert_eq!(world.held(), (1, 0));
        end(&world);
        assert_eq!(world.held(), (0, 0));
    }
}

/// The last of the threads that read it takes it out.
#[test]
fn a_grant_whose_window_ends_while_it_is_read_leaves_no_byte_behind() {
    use crate::memory::slot::Side;
    let world = World::completed(Delivery::replay(SECOND));
    drop(world.poll());
    let session = world.store.shared.table.place(&world.login.polling_code.0).session;
    let reading = session.hold(&session.view(Side::Polling, &world.login.polling_code.0.proof, 0).unwrap()).unwrap();
    world.clock.advance(SECOND);
    assert!(matches!(world.poll(), Polled::Redeemed));
    assert_eq!(world.held(), (1, 0));
    drop(reading);
    assert_eq!(world.held(), (0, 0));
}

#[test]
fn a_dropped_store_leaves_no_byte_behind() {
    for delivery in [Delivery::once(), Delivery::replay(SECOND)] {
        let kept = World::completed(delivery);
        if kept.store.shared.delivery.replay.is_some() {
            drop(kept.poll());
        }
        assert_eq!(kept.held(), (1, 0));
        let pending = world(Delivery::once());
        for (world, pattern) in [(kept, GRANT), (pending, CONTEXT)] {
            assert_eq!(freed(pattern, || drop(world)), 0);
        }
    }
    // The search could not fail if it did not see.
    assert_eq!(freed(GRANT, || drop(std::hint::black_box(Box::new(GRANT)))), 1);
}
