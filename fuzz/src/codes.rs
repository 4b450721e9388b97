//! The readers of codes against naive ones, and those of the texts that a server is configured by.

use std::fmt::Display;
use std::str::FromStr;

use counterfoil::axum::{Network, PublicUrl, WebOrigin};
use counterfoil::{LoginCode, PollingCode, UserCode};

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
const USER_LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

/// Panics if a code is read that is none, or read as another.
pub fn run(data: &[u8]) {
    let right = data.len() == 40 && data.iter().all(|byte| LETTERS.contains(byte));
    match (PollingCode::parse(data), LoginCode::parse(data)) {
        (Ok(polling), Ok(login)) => {
            assert!(right, "read, and is no code");
            assert!(polling.expose().as_bytes() == data && login.expose().as_bytes() == data, "read as another");
            assert!(PollingCode::parse(polling.expose()) == Ok(polling), "reads back");
        }
        (Err(_), Err(_)) => assert!(!right, "a code that is not read"),
        _ => panic!("the two kinds of code differ"),
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    user_code(text);
    let _ = (text.parse::<Network>(), text.parse::<PublicUrl>());
    reads_back::<WebOrigin>(text);
}

fn user_code(text: &str) {
    let read = UserCode::parse(text);
    if let Ok(code) = &read {
        let shown = code.expose();
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_uppercase();
        assert_eq!(letters(text), letters(&shown), "read as another");
        assert!(UserCode::parse(&shown).as_ref() == Ok(code), "reads back");
    }
    if text.is_ascii() {
        let typed: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let all = typed.to_uppercase().chars().all(|letter| USER_LETTERS.contains(letter));
        assert!(!all || typed.len() != 8 || read.is_ok(), "a code that is not read");
        assert!(all && typed.len() >= 8 || read.is_err(), "read, and is no code");
    }
}

/// What is printed of a value is the same value.
fn reads_back<T: FromStr + PartialEq + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let printed = value.to_string();
        assert!(printed.parse::<T>().is_ok_and(|again| again == value), "{text:?} is printed as {printed:?}");
    }
}
