//! Every peer does the job that it is timed at.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use counterfoil_peers::peer::{Answer, Grant, Peer, Room};
use counterfoil_peers::peers;

fn grant<P: Peer>(text: &str) -> P::Grant {
    text.to_owned().into()
}

fn kind<G: Grant>(answer: Answer<G>) -> Answer<String> {
    match answer {
        Answer::Completed(grant) => Answer::Completed(grant.text().to_owned()),
        Answer::Pending => Answer::Pending,
        Answer::Used => Answer::Used,
        Answer::Expired => Answer::Expired,
        Answer::Unknown => Answer::Unknown,
    }
}

fn is_over<G>(answer: Answer<G>) -> bool {
    matches!(answer, Answer::Expired | Answer::Unknown)
}

fn a_login<P: Peer>() {
    let store = P::new(Room::of(100));
    let others: Vec<_> = (0..50).map(|_| store.initiate()).collect();
    let (polling, login) = store.initiate();
    let (polling, login) = (polling.as_ref(), login.as_ref());
    assert_eq!((polling.len(), login.len()), (P::CODE, P::CODE));
    assert_eq!(kind(store.poll(polling)), Answer::Pending);
    assert_eq!(kind(store.poll(login)), Answer::Unknown, "the login code is not the polling code");
    assert!(!store.complete(polling, grant::<P>("x")), "the polling code is not the login code");
    assert!(store.complete(login, grant::<P>("token")));
    assert!(!store.complete(login, grant::<P>("another")), "a second completion");
    assert_eq!(kind(store.poll(polling)), Answer::Completed("token".to_owned()));
    assert_eq!(kind(store.poll(polling)), Answer::Used);
    assert_eq!(kind(store.poll(polling)), Answer::Used);
    assert!(!store.complete(login, grant::<P>("late")), "a completion after the end");
    for text in ["", "x", "é", &"a".repeat(P::CODE), &"!".repeat(P::CODE), &"é".repeat(P::CODE / 2)] {
        assert_eq!(kind(store.poll(text)), Answer::Unknown, "{text}");
        assert!(!store.complete(text, grant::<P>("x")), "{text}");
    }
    for (polling, login) in &others {
        assert_eq!(kind(store.poll(polling.as_ref())), Answer::Pending);
        assert!(store.complete(login.as_ref(), grant::<P>("theirs")));
        assert_eq!(kind(store.poll(polling.as_ref())), Answer::Completed("theirs".to_owned()));
    }
}

fn expiry<P: Peer>() {
    if !P::EXPIRES {
        return;
    }
    let store = P::new(Room { sessions: 100, beyond: 0, ttl: Duration::from_millis(300) });
    let [pending, completed, late] = [0, 1, 2].map(|_| store.initiate());
    assert!(store.complete(completed.1.as_ref(), grant::<P>("token")));
    assert_eq!(kind(store.poll(pending.0.as_ref())), Answer::Pending);
    thread::sleep(Duration::from_millis(400));
    assert!(is_over(store.poll(pending.0.as_ref())));
    assert!(is_over(store.poll(completed.0.as_ref())));
    assert!(!store.complete(late.1.as_ref(), grant::<P>("late")));
    store.expire();
    assert!(is_over(store.poll(pending.0.as_ref())));
    assert!(is_over(store.poll(late.0.as_ref())));
}

fn one_of_two<P: Peer>() {
    if !(P::ATOMIC && P::SHARED) {
        return;
    }
    const SESSIONS: usize = 2000;
    let store = P::new(Room::of(SESSIONS));
    let codes: Vec<_> = (0..SESSIONS).map(|_| store.initiate()).collect();
    let codes: Vec<(&str, &str)> = codes.iter().map(|(polling, login)| (polling.as_ref(), login.as_ref())).collect();
    let barrier = Barrier::new(2);
    let race = || {
        barrier.wait();
        let completed = codes.iter().filter(|(_, login)| store.complete(login, grant::<P>("token"))).count();
        barrier.wait();
        let redeemed = codes.iter().filter(|(polling, _)| matches!(store.poll(polling), Answer::Completed(_))).count();
        (completed, redeemed)
    };
    let (one, other) = thread::scope(|scope| {
        let other = scope.spawn(race);
        (race(), other.join().unwrap())
    });
    assert_eq!((one.0 + other.0, one.1 + other.1), (SESSIONS, SESSIONS));
}

macro_rules! conformance {
    ($($name:ident: $peer:ty,)*) => {
        $(mod $name {
            #[test]
            fn a_login() {
                super::a_login::<$peer>();
            }

            #[test]
            fn expiry() {
                super::expiry::<$peer>();
            }

            #[test]
            fn one_of_two() {
                super::one_of_two::<$peer>();
            }
        })*
    };
}

conformance! {
    ours: crate::peers::ours::Ours,
    floor: crate::peers::floor::Floor,
    mutex_hashmap: crate::peers::mutex_hashmap::MutexHashMap,
    rwlock_hashmap: crate::peers::rwlock_hashmap::RwLockHashMap,
    dashmap_string: crate::peers::dashmap_string::DashMapString,
    moka: crate::peers::moka::Moka,
    mini_moka: crate::peers::mini_moka::MiniMoka,
    quick_cache: crate::peers::quick_cache::QuickCache,
    papaya: crate::peers::papaya::Papaya,
    scc: crate::peers::scc::Scc,
    tower_sessions: crate::peers::tower_sessions::TowerSessions,
    map_slot: crate::peers::map_slot::MapSlot<false>,
    map_slot_prefetched: crate::peers::map_slot::MapSlot<true>,
}
