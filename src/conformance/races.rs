//! Races: tasks that do the same thing, or opposite things, to one login at one time.

use std::collections::HashSet;

use super::plain::{
    LONG, PENDING, Told, begin_many, begin_with, cancel, claim, complete, context, deny, grant, look_at_context,
    options, poll, poll_as, resolve, state, try_begin, wait,
};
use super::race::{race, yield_now};
use super::{Harness, Settings};
use crate::backend::Backend;
use crate::code::user::UserCode;
use crate::error::{ClaimError, InitiateError, ResolveError, SettleError};
use crate::session::State;

/// Room for all logins of the races.
fn roomy(h: &impl Harness) -> Settings {
    Settings { max_sessions: h.rounds() + 100, ..Settings::default() }
}

/// Of polls at the same time exactly one gets the grant; the others are told *redeemed*.
pub async fn of_many_polls_one_gets_the_grant<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let logins = begin_many(&b, h.rounds()).await;
    for (at, login) in logins.iter().enumerate() {
        assert_eq!(complete(&b, login, &at.to_string()).await, Ok(()));
    }
    let polls = race(h, &b, &logins, 4, |_, b, login| async move { poll(&b, &login).await }).await;
    for (at, polls) in polls.iter().enumerate() {
        assert_eq!(polls.iter().filter(|told| **told == grant(&at.to_string())).count(), 1, "{polls:?}");
        assert_eq!(polls.iter().filter(|told| **told == Told::Redeemed).count(), 3, "{polls:?}");
    }
}

/// The polls of one attempt all get the grant, those of others are told *redeemed*; one that overtakes the redeeming
/// poll may be told *pending*.
pub async fn of_many_attempts_one_gets_the_grant<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let logins = begin_many(&b, h.rounds()).await;
    for login in &logins {
        assert_eq!(complete(&b, login, "grant").await, Ok(()));
    }
    let act = |task: usize, b: H::Backend, login| async move {
        loop {
            match poll_as(&b, &login, 1 + task as u8 / 2).await {
                Told::Pending(_) => yield_now().await,
                told => return told,
            }
        }
    };
    for polls in race(h, &b, &logins, 4, act).await {
        let (got, told) = if polls[0] == grant("grant") { (0, 2) } else { (2, 0) };
        assert_eq!(polls[got..got + 2], [grant("grant"), grant("grant")], "{polls:?}");
        assert_eq!(polls[told..told + 2], [Told::Redeemed, Told::Redeemed], "{polls:?}");
    }
}

/// Of two approvals one stands, the other gets its grant back, and the poll gets the grant that stands.
pub async fn of_two_approvals_one_stands<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let logins = begin_many(&b, h.rounds()).await;
    let act = |task: usize, b: H::Backend, login| async move { complete(&b, &login, &task.to_string()).await };
    let answers = race(h, &b, &logins, 2, act).await;
    for (login, answers) in logins.iter().zip(answers) {
        let winner = usize::from(answers[1].is_ok());
        assert_eq!(answers[winner], Ok(()), "{answers:?}");
        let lost = answers[1 - winner];
        assert!(matches!(lost, Err(SettleError::Completed | SettleError::Completing)), "{answers:?}");
        assert_eq!(poll(&b, login).await, grant(&winner.to_string()));
    }
}

/// Of an approval, a denial and a cancellation one succeeds, and the others are told which.
pub async fn of_opposite_ends_one_happens<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let logins = begin_many(&b, h.rounds()).await;
    let act = |task, b: H::Backend, login| async move {
        match task {
            0 => complete(&b, &login, "grant").await,
            1 => deny(&b, &login).await,
            _ => cancel(&b, &login).await,
        }
    };
    let answers = race(h, &b, &logins, 3, act).await;
    for (login, answers) in logins.iter().zip(answers) {
        let winner = answers.iter().position(Result::is_ok).expect("one of them succeeds");
        let (reason, then) = [
            (SettleError::Completed, grant("grant")),
            (SettleError::Denied, Told::Denied),
            (SettleError::Cancelled, Told::Cancelled),
        ][winner]
            .clone();
        for (task, answer) in answers.iter().enumerate() {
            assert_eq!(*answer, if task == winner { Ok(()) } else { Err(reason) }, "{answers:?}");
        }
        assert_eq!(poll(&b, login).await, then);
    }
}

/// Polls in the middle of an approval or a denial neither undo it nor miss it.
pub async fn polls_do_not_undo_what_settles_the_login<H: Harness>(h: &H) {
    let interval = std::time::Duration::from_millis(1);
    let b = h.backend(&Settings { poll_interval: Some(interval), ..roomy(h) }).await;
    let logins = begin_many(&b, h.rounds()).await;
    let act = |task, b: H::Backend, login| async move {
        let mut told = Vec::new();
        if task == 0 {
            for _ in 0..8 {
                told.push(poll(&b, &login).await);
            }
        } else {
            let denies = login.login_code.expose().as_bytes()[0].is_multiple_of(2);
            yield_now().await;
            let settled = if denies { deny(&b, &login).await } else { complete(&b, &login, "grant").await };
            assert_eq!(settled, Ok(()));
        }
        told
    };
    let answers = race(h, &b, &logins, 2, act).await;
    for (login, answers) in logins.iter().zip(answers) {
        let last = poll(&b, login).await;
        if login.login_code.expose().as_bytes()[0].is_multiple_of(2) {
            assert_eq!(last, Told::Denied);
        } else if answers[0].contains(&grant("grant")) {
            assert_eq!(last, Told::Redeemed);
        } else {
            assert_eq!(last, grant("grant"));
        }
    }
}

/// A wait that begins in the middle of an approval does not sleep through it.
pub async fn no_wait_sleeps_through_an_approval<H: Harness>(h: &H) {
    let started = std::time::Instant::now();
    let b = h.backend(&roomy(h)).await;
    let logins = begin_many(&b, h.rounds()).await;
    let act = |task, b: H::Backend, login: crate::Initiated| async move {
        if task == 0 {
            return wait(&b, &login, LONG).await;
        }
        for _ in 0..login.login_code.expose().as_bytes()[1] % 8 {
            yield_now().await;
        }
        assert_eq!(complete(&b, &login, "grant").await, Ok(()));
        grant("grant")
    };
    for answers in race(h, &b, &logins, 2, act).await {
        assert_eq!(answers[0], grant("grant"));
    }
    assert!(started.elapsed() < LONG, "a wait was not woken");
}

/// Of claims at the same time one gets the context.
pub async fn of_many_claims_one_gets_the_context<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let mut logins = Vec::new();
    for _ in 0..h.rounds() {
        logins.push(begin_with(&b, context("scopes")).await);
    }
    let claims = race(h, &b, &logins, 3, |_, b, login| async move { claim(&b, &login).await }).await;
    for claims in claims {
        assert_eq!(claims.iter().filter(|claimed| claimed.as_deref() == Ok("scopes")).count(), 1, "{claims:?}");
        assert_eq!(claims.iter().filter(|claimed| **claimed == Err(ClaimError::NoContext)).count(), 2, "{claims:?}");
    }
}

/// A claim gets the context, or is told of the approval that came first; the approval succeeds in any case.
pub async fn a_claim_and_an_approval_agree<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let mut logins = Vec::new();
    for _ in 0..h.rounds() {
        logins.push(begin_with(&b, context("scopes")).await);
    }
    let act = |task, b: H::Backend, login| async move {
        match task {
            0 => claim(&b, &login).await,
            _ => complete(&b, &login, "grant").await.map(|()| String::new()).map_err(ClaimError::NotPending),
        }
    };
    for (login, answers) in logins.iter().zip(race(h, &b, &logins, 2, act).await) {
        let late = Err(ClaimError::NotPending(SettleError::Completed));
        assert!(answers[0].as_deref() == Ok("scopes") || answers[0] == late, "{answers:?}");
        assert_eq!(answers[1].as_deref(), Ok(""));
        assert_eq!(poll(&b, login).await, grant("grant"));
    }
}

/// A look beside a claim sees the context or that it is gone; the claim gets it in any case. The same beside an approval.
pub async fn a_look_takes_the_context_from_nobody<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let mut logins = Vec::new();
    for _ in 0..h.rounds() {
        logins.push(begin_with(&b, context("scopes")).await);
    }
    let act = |task, b: H::Backend, login| async move {
        match task {
            0 => claim(&b, &login).await,
            1 => complete(&b, &login, "grant").await.map(|()| String::new()).map_err(ClaimError::NotPending),
            _ => look_at_context(&b, &login).await,
        }
    };
    for answers in race(h, &b, &logins, 4, act).await {
        let late = Err(ClaimError::NotPending(SettleError::Completed));
        assert!(answers[0].as_deref() == Ok("scopes") || answers[0] == late, "{answers:?}");
        assert_eq!(answers[1].as_deref(), Ok(""));
        for looked in &answers[2..] {
            let gone = *looked == late || *looked == Err(ClaimError::NoContext) && answers[0].is_ok();
            assert!(looked.as_deref() == Ok("scopes") || gone, "{answers:?}");
        }
    }
}

/// However many logins begin at once, there are no more than the bound, and no fewer; no two share a code.
pub async fn logins_that_begin_at_once_keep_to_the_bound<H: Harness>(h: &H) {
    let b = h.backend(&Settings { max_sessions: 10, max_sessions_per_tenant: Some(7), ..Settings::default() }).await;
    let hurry = |task: usize| {
        let b = b.for_tenant(["one", "two"][task % 2]);
        async move {
            let mut begun = Vec::new();
            for _ in 0..6 {
                match try_begin(&b, options(&b)).await {
                    Ok(login) => begun.push(login),
                    Err(InitiateError::Full { .. } | InitiateError::TenantFull { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            begun
        }
    };
    let begun: Vec<_> = h.join((0..4).map(hurry).collect()).await;
    let tenants = [begun[0].len() + begun[2].len(), begun[1].len() + begun[3].len()];
    assert_eq!(tenants.iter().sum::<usize>(), 10, "{tenants:?}");
    assert!(tenants.iter().all(|count| *count <= 7), "{tenants:?}");
    let codes: HashSet<String> = begun.iter().flatten().map(|login| login.polling_code.expose().to_string()).collect();
    assert_eq!(codes.len(), 10);
    for (task, logins) in begun.iter().enumerate() {
        for login in logins {
            assert_eq!(poll(&b.for_tenant(["one", "two"][task % 2]), login).await, PENDING);
        }
    }
}

/// Guesses at the same time are all counted: guessing in parallel buys nothing.
pub async fn guesses_at_once_are_all_counted<H: Harness>(h: &H) {
    let b = h.backend(&Settings { guesses_per_source: 5, guesses_in_total: 100, ..Settings::default() }).await;
    let guess = |_| {
        let b = b.clone();
        async move {
            let wrong = UserCode::parse("BBBB-BBBB").unwrap();
            let mut unknown = 0;
            for _ in 0..5 {
                unknown += u32::from(resolve(&b, &wrong, "source").await == Err(ResolveError::Unknown));
            }
            unknown
        }
    };
    let unknown: Vec<u32> = h.join((0..4).map(guess).collect()).await;
    assert_eq!(unknown.iter().sum::<u32>(), 5);
}

/// An end that an `inspect` showed is what the poll after it is told.
pub async fn what_was_shown_is_not_undone<H: Harness>(h: &H) {
    let b = h.backend(&roomy(h)).await;
    let logins = begin_many(&b, h.rounds()).await;
    let act = |task, b: H::Backend, login| async move {
        match task {
            0 => {
                let shown = state(&b, &login).await;
                (shown, Some(poll(&b, &login).await))
            }
            1 => {
                let _ = complete(&b, &login, "grant").await;
                (None, None)
            }
            _ => {
                let _ = cancel(&b, &login).await;
                (None, None)
            }
        }
    };
    for answers in race(h, &b, &logins, 3, act).await {
        match &answers[0] {
            (Some(State::Completed), told) => assert_eq!(*told, Some(grant("grant"))),
            (Some(State::Cancelled), told) => assert_eq!(*told, Some(Told::Cancelled)),
            (shown, _) => assert_eq!(*shown, Some(State::Pending)),
        }
    }
}
