//! What is left of secrets: in all that is printed of the public types, and in this process's own memory after grants were
//! redeemed, denied, dropped, replaced or expired. Prints one line a case; fails if something is found.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::{Attempt, Delivery, LoginOptions, ManualClock, Polled, Secret, SessionStore, UserCode};
use counterfoil_threads::{Random, Xorshift};

const LEN: usize = 48;
/// Kept secrets are masked, so that only what the library has is found.
const MASK: u8 = 0x80;
const MASKS: u64 = u64::from_ne_bytes([MASK; 8]);

/// The masked bytes of a secret.
type Masked = [u8; LEN];

/// A new secret, and its masked bytes.
fn secret(random: &mut Xorshift) -> (Secret, Masked) {
    let masked = std::array::from_fn(|_| b'a' + random.below(26) as u8 | MASK);
    (unmasked(&masked), masked)
}

fn unmasked(masked: &Masked) -> Secret {
    let mut text = String::with_capacity(LEN);
    masked.iter().for_each(|byte| text.push(char::from(byte ^ MASK)));
    Secret::new(text)
}

/// How many of the secrets are found in the writable memory of this process.
fn found(all: &[Masked]) -> usize {
    let start = |masked: &Masked| u64::from_ne_bytes(*masked.first_chunk().expect("eight bytes")) ^ MASKS;
    // The keys are masked again by not being kept: a map of masked starts.
    let starts: HashMap<u64, &Masked> = all.iter().map(|masked| (start(masked) ^ MASKS, masked)).collect();
    let memory = File::open("/proc/self/mem").expect("our own memory");
    let maps = std::fs::read_to_string("/proc/self/maps").expect("our own maps");
    let mut chunk = vec![0_u8; 1 << 20];
    let mut seen = std::collections::HashSet::new();
    for line in maps.lines() {
        let mut words = line.split(' ');
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        if !rights.starts_with("rw") || line.contains("[vvar") {
            continue;
        }
        let (from, to) = range.split_once('-').expect("a range");
        let (mut at, to) = (u64::from_str_radix(from, 16).expect("hex"), u64::from_str_radix(to, 16).expect("hex"));
        while at < to {
            chunk.fill(0);
            let want = (to - at).min(chunk.len() as u64) as usize;
            let Ok(read) = memory.read_at(&mut chunk[..want], at) else { break };
            for place in 0..read.saturating_sub(LEN - 1) {
                let word = u64::from_ne_bytes(*chunk[place..].first_chunk().expect("eight bytes"));
                if let Some(masked) = starts.get(&(word ^ MASKS))
                    && chunk[place..place + LEN].iter().zip(*masked).all(|(byte, masked)| byte ^ MASK == *masked)
                {
                    seen.insert(**masked);
                }
            }
            if read < LEN {
                break;
            }
            // Secrets may lie across the end of a chunk.
            at += if read == want && at + (read as u64) < to { read as u64 - LEN as u64 } else { read as u64 };
        }
    }
    chunk.fill(0);
    seen.len()
}

const EACH: usize = 40;

fn memory() -> bool {
    let mut random = Xorshift(std::process::id().into());
    let mut right = true;
    let mut case = |name: &str, expected: usize, act: &mut dyn FnMut(Secret) -> Option<Box<dyn std::any::Any>>| {
        let (mut all, mut kept) = (Vec::new(), Vec::new());
        for _ in 0..EACH {
            let (secret, masked) = secret(&mut random);
            all.push(masked);
            kept.push(act(secret));
        }
        let found = found(&all);
        println!("{name}: {found} of {EACH} found, {expected} expected");
        right &= found == expected;
        drop(kept);
    };
    let store = |replay: Option<Duration>| -> (SessionStore<Secret, Secret>, ManualClock) {
        let clock = ManualClock::new();
        let delivery = replay.map_or(Delivery::once(), Delivery::replay);
        let builder = SessionStore::builder().max_sessions(8).retention(Duration::from_secs(60));
        (builder.ttl(Duration::from_secs(10)).delivery(delivery).clock(clock.clone()).build().expect("a store"), clock)
    };
    let full = |error| panic!("no room: {error}");

    case("control: still held by a store", EACH, &mut |secret| {
        let (store, _) = store(None);
        let login = store.initiate().unwrap_or_else(full);
        assert!(store.complete(&login.login_code, secret).is_ok());
        Some(Box::new((store, login)))
    });
    let (once, clock) = store(None);
    case("redeemed by a poll", 0, &mut |secret| {
        let login = once.initiate().unwrap_or_else(full);
        assert!(once.complete(&login.login_code, secret).is_ok());
        assert!(matches!(once.poll(&login.polling_code), Polled::Completed(_)));
        None
    });
    case("redeemed by an attempt, whose time is over", 0, &mut |secret| {
        let login = once.initiate().unwrap_or_else(full);
        assert!(once.complete(&login.login_code, secret).is_ok());
        assert!(matches!(once.poll_attempt(&login.polling_code, Attempt::new([1; 16])), Polled::Completed(_)));
        clock.advance(Duration::from_secs(11));
        once.sweep();
        None
    });
    let (again, clock_again) = store(Some(Duration::from_secs(5)));
    case("redeemed, and the window for replays is over", 0, &mut |secret| {
        let login = again.initiate().unwrap_or_else(full);
        assert!(again.complete(&login.login_code, secret).is_ok());
        assert!(matches!(again.poll(&login.polling_code), Polled::Completed(_)));
        clock_again.advance(Duration::from_secs(6));
        again.sweep();
        None
    });
    case("a completion that was refused", 0, &mut |secret| {
        let login = once.initiate().unwrap_or_else(full);
        assert!(once.deny(&login.login_code).is_ok());
        assert!(once.complete(&login.login_code, secret).is_err());
        None
    });
    case("approved, and expired", 0, &mut |secret| {
        let login = once.initiate().unwrap_or_else(full);
        assert!(once.complete(&login.login_code, secret).is_ok());
        clock.advance(Duration::from_secs(10));
        once.sweep();
        None
    });
    for (name, end) in [("denied", 0), ("cancelled", 1), ("approved", 2), ("claimed", 3), ("expired", 4)] {
        case(&format!("a context, and the login was {name}"), 0, &mut |secret| {
            let login = once.initiate_with(LoginOptions::new().context(secret)).unwrap_or_else(full);
            match end {
                0 => assert!(once.deny(&login.login_code).is_ok()),
                1 => assert!(once.cancel(&login.polling_code).is_ok()),
                2 => assert!(once.complete(&login.login_code, Secret::new("x")).is_ok()),
                3 => assert!(once.claim_context(&login.login_code).is_ok()),
                _ => {}
            }
            clock.advance(Duration::from_secs(10));
            once.sweep();
            None
        });
    }
    case("its store was dropped", 0, &mut |secret| {
        let (store, _) = store(None);
        let login = store.initiate().unwrap_or_else(full);
        assert!(store.complete(&login.login_code, secret).is_ok());
        None
    });
    right
}

/// All that is printed of values that hold secrets, and of panics about them.
fn printed() -> bool {
    let store: SessionStore<Secret, Secret> =
        SessionStore::builder().max_sessions(4).build().expect("settings that work");
    let token = "token-0123456789-abcdefghijklmnop";
    let options = || LoginOptions::new().user_code().context(Secret::new(token));
    let login = store.initiate_with(options()).expect("room");
    let shown: Vec<String> = [login.polling_code.expose(), login.login_code.expose()]
        .iter()
        .map(|code| str::to_owned(code))
        .chain(login.user_code.as_ref().map(|code: &UserCode| code.expose().to_string()))
        .chain([token.to_owned(), "07070707070707070707070707070707".to_owned()])
        .collect();
    let mut text = String::new();
    let mut print = |value: &dyn std::fmt::Debug| _ = write!(text, "{value:?} {value:#?}");
    print(&options());
    print(&login);
    print(&store);
    print(&login.polling_code);
    print(&login.login_code.expose());
    print(&login.user_code);
    print(&Attempt::new([7; 16]));
    print(&store.inspect(&login.login_code));
    print(&store.sessions());
    print(&store.stats());
    print(&store.complete(&login.login_code, Secret::new(token)));
    print(&store.poll(&login.polling_code));
    let refused = store.complete(&login.login_code, Secret::new(token));
    print(&refused);
    if let Err(error) = &refused {
        let _ = write!(text, "{error}");
    }
    // What a careless server would make of it.
    let message = Arc::new(Mutex::new(String::new()));
    let told = message.clone();
    std::panic::set_hook(Box::new(move |info| told.lock().expect("a message").push_str(&info.to_string())));
    let careless = catch_unwind(move || refused.expect("approved"));
    let _ = std::panic::take_hook();
    assert!(careless.is_err(), "it was refused");
    text.push_str(&message.lock().expect("a message"));
    let leaked = shown.iter().filter(|secret| text.contains(secret.as_str())).count();
    println!("{} characters of Debug, Display and a panic: {leaked} of {} secrets found", text.len(), shown.len());
    leaked == 0 && text.contains("redacted")
}

fn main() {
    let right = printed() & memory();
    std::process::exit(i32::from(!right));
}
