//! What a code tells about the slot that it names: nothing that these statistics can see.

use std::collections::HashSet;

use crate::SessionStore;
use crate::code::Code;

/// The masked place of each of `count` sessions, in the order of their slots.
fn places(store: &SessionStore<u32>, count: usize) -> Vec<[u64; 2]> {
    let logins = (0..count).map(|_| store.initiate().unwrap());
    logins.map(|login| [login.polling_code.0.place, login.login_code.0.place]).collect()
}

#[test]
fn a_place_looks_like_forty_random_bits() {
    const COUNT: usize = 4000;
    let store: SessionStore<u32> = SessionStore::builder().max_sessions(COUNT).build().unwrap();
    let places: Vec<u64> = places(&store, COUNT).into_iter().flatten().collect();
    // Of 8,000 random ones, two collide with a chance of 3 in 100,000; two pairs hardly ever.
    assert!(places.iter().collect::<HashSet<_>>().len() + 1 >= places.len());
    for bit in 0..40 {
        let set = places.iter().filter(|place| *place >> bit & 1 == 1).count();
        // Six standard deviations of a fair coin, 45 each.
        assert!(set.abs_diff(COUNT) < 6 * 45, "bit {bit} is set in {set} of {}", places.len());
    }
    // Neighbours in the table, and the two codes of one session, differ as strangers do: in 20 bits of 40.
    for step in [1, 2] {
        let differing: u32 = places.windows(step + 1).map(|pair| (pair[0] ^ pair[step]).count_ones()).sum();
        let hundredths = differing as usize * 100 / places.len();
        assert!((1970..2030).contains(&hundredths), "{hundredths}");
    }
}

#[test]
fn a_place_means_nothing_to_another_store_or_another_secret() {
    const COUNT: usize = 1000;
    let build = || SessionStore::<u32>::builder().max_sessions(COUNT).build().unwrap();
    let (one, two) = (build(), build());
    let ours: Vec<_> = (0..COUNT).map(|_| one.initiate().unwrap().polling_code.0.clone()).collect();
    let place = |store: &SessionStore<u32>, code: &Code| store.shared.table.place(code).index;
    let hits = |store: &SessionStore<u32>, code: &mut dyn Iterator<Item = Code>| {
        code.zip(&ours).filter(|(code, ours)| place(store, code) == place(&one, ours)).count()
    };
    assert_eq!(hits(&one, &mut ours.iter().cloned()), COUNT);
    // A place that is out of range is folded into the table: each hit is a matter of luck, 1 in 512 or less.
    assert!(hits(&two, &mut ours.iter().cloned()) < 20);
    let mut mixed = ours.iter().zip(ours.iter().cycle().skip(1)).map(|(one, other)| {
        let mut mixed = one.clone();
        mixed.place = other.place;
        mixed
    });
    assert!(hits(&one, &mut mixed) < 20);
}

#[test]
fn every_place_leads_into_the_table() {
    for count in [1, 2, 3, 63, 64, 65, 100] {
        let store: SessionStore<u32> = SessionStore::builder().max_sessions(count).build().unwrap();
        let mut code = store.initiate().unwrap().polling_code.0.clone();
        for place in (0..300).chain([(1 << 40) - 1, 1 << 39]) {
            code.place = place;
            assert!((store.shared.table.place(&code).index as usize) < count);
        }
    }
}

#[test]
fn the_right_secret_at_another_place_is_no_code() {
    let store: SessionStore<u32> = SessionStore::builder().max_sessions(1).build().unwrap();
    let login = store.initiate().unwrap();
    for bit in 0..40 {
        let mut code = login.polling_code.clone();
        code.0.place ^= 1 << bit;
        assert!(matches!(store.poll(&code), crate::Polled::Unknown), "bit {bit}");
    }
    assert!(matches!(store.poll(&login.polling_code), crate::Polled::Pending { .. }));
}
