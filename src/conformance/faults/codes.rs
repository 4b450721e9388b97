//! Faults of codes, and of what shows them: 11, 12 and 15.

use super::super::plain::{
    Engine, LONG, PENDING, Told, attempt, begin, begin_with, cancel, complete, complete_code, context, deny, grant,
    inspect, locate, options, poll, resolve, wait,
};
use super::super::{Harness, Settings, Value};
use crate::backend::Backend;
use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode};
use crate::error::SettleError;
use crate::poll_options::PollOptions;
use crate::session::Initiated;

/// A collision of user codes overwrites another session: each code leads to its own login as long as that lives.
pub async fn fault_11_a_user_code_overwrites_another_session(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let mut logins = Vec::new();
    for at in 0..60_u8 {
        let store = b.for_tenant(if at.is_multiple_of(2) { "one" } else { "two" });
        logins.push((begin_with(&store, options(&store).user_code()).await, store));
    }
    for (login, store) in &logins {
        let code = login.user_code.as_ref().expect("a user code was asked for");
        let found = resolve(&b, code, "source").await.expect("its login lives");
        assert!(found == login.login_code);
        let text = login.polling_code.expose().to_string();
        assert_eq!(complete_code(store, &found, &text).await, Ok(()));
    }
    for (login, store) in &logins {
        assert_eq!(poll(store, login).await, grant(&login.polling_code.expose()));
    }
}

/// A malformed code panics, or finds a session: codes that differ in one character find none.
pub async fn fault_12_a_malformed_code_panics(h: &impl Harness) {
    let b = h.backend(&Settings::default()).await;
    let login = begin(&b).await;
    for wrong in ["", "a", "é", "\0", "🦀", &"a".repeat(39), &"a".repeat(41), &"é".repeat(20), &"A".repeat(40)] {
        assert!(PollingCode::parse(wrong).is_err() && LoginCode::parse(wrong).is_err(), "{wrong:?}");
        let _ = UserCode::parse(wrong);
    }
    for extreme in ["a", "7"] {
        let code = LoginCode::parse(extreme.repeat(40)).expect("well formed");
        assert_eq!(complete_code(&b, &code, "grant").await, Err(SettleError::Unknown));
        assert_eq!(b.inspect(&code).await, Ok(None));
    }
    let (polling, browser) = (login.polling_code.expose().to_string(), login.login_code.expose().to_string());
    for at in 0..polling.len() {
        let other = |text: &str| {
            let letter = if &text[at..=at] == "a" { "b" } else { "a" };
            format!("{}{letter}{}", &text[..at], &text[at + 1..])
        };
        let near = Initiated {
            polling_code: PollingCode::parse(other(&polling)).expect("well formed"),
            login_code: LoginCode::parse(other(&browser)).expect("well formed"),
            ..login.clone()
        };
        assert_eq!(poll(&b, &near).await, Told::Unknown, "{at}");
        assert_eq!(wait(&b, &near, LONG).await, Told::Unknown, "{at}");
        assert_eq!(complete(&b, &near, "grant").await, Err(SettleError::Unknown), "{at}");
        assert_eq!(deny(&b, &near).await, Err(SettleError::Unknown), "{at}");
        assert_eq!(cancel(&b, &near).await, Err(SettleError::Unknown), "{at}");
        assert_eq!(inspect(&b, &near).await, None, "{at}");
        assert!(locate(&b, &near).await.is_none(), "{at}");
    }
    assert_eq!(poll(&b, &login).await, PENDING);
}

/// Secrets show in debug output or in errors.
pub async fn fault_15_secrets_show_in_debug_output(h: &impl Harness) {
    const GRANT: &str = "refresh-token-0123456789";
    const CONTEXT: &str = "anonymous-token-9876543210";
    async fn show<B: Engine>(b: &B) -> (Initiated, Vec<String>) {
        let begin = context(CONTEXT);
        let mut shown = vec![format!("{begin:?} {begin:#?}")];
        let login = begin_with(b, begin).await;
        shown.push(format!("{login:?} {login:#?}"));
        shown.push(format!("{:?} {:?}", b.inspect(&login.login_code).await, b.sessions().await));
        shown.push(format!("{:?}", b.poll(&login.polling_code, &PollOptions::new()).await));
        shown.push(format!("{:?}", b.complete(&login.login_code, B::Grant::of(GRANT), None).await));
        let refused = b.complete(&login.login_code, B::Grant::of(GRANT), None).await.expect_err("it is completed");
        shown.push(format!("{refused:?} {refused:#?} {refused}"));
        shown.push(format!("{:?} {:?}", b.deny(&login.login_code).await, b.cancel(&login.polling_code).await));
        shown.push(format!("{:?}", b.claim_context(&login.login_code).await.map(drop)));
        shown.push(format!("{:?}", b.poll(&login.polling_code, &PollOptions::new().attempt(attempt(b'a'))).await));
        shown.push(format!("{:?} {:?}", b.poll(&login.polling_code, &PollOptions::new()).await, b.stats().await));
        (login, shown)
    }
    let b = h.backend(&Settings::default()).await;
    let (login, shown) = show(&b).await;
    let (polling, browser) = (login.polling_code.expose().to_string(), login.login_code.expose().to_string());
    for text in &shown {
        for secret in [GRANT, CONTEXT, &polling, &browser, &polling[..16], &browser[..16]] {
            assert!(!text.contains(secret), "a secret shows");
        }
    }
}
