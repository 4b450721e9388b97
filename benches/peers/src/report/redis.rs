//! The engine over Redis.

use std::fmt::Write;

use super::figures::Figures;
use super::{short, table, thousands};
use crate::measure::redis::{Pending, Redis};

impl Redis {
    /// How many times as long as a bare `GET` a pending poll takes, with that many tasks at once.
    pub fn ratio(&self, tasks: usize) -> Option<f64> {
        let of = |pending: &&Pending| pending.tasks == tasks;
        self.pending.iter().find(of).map(|pending| pending.poll_us / pending.get_us)
    }
}

pub fn section(figures: &Figures<'_>) -> String {
    let Some(redis) = figures.results.redis.as_ref().map(|redis| &redis.results) else { return String::new() };
    let head = ["", "measured"].map(str::to_owned);
    let mut rows: Vec<Vec<String>> = redis
        .pending
        .iter()
        .map(|Pending { tasks, get_us, poll_us }| {
            let what =
                if *tasks == 1 { "one at a time".to_owned() } else { format!("{tasks} tasks on one connection") };
            let ratio = short(poll_us / get_us);
            vec![
                format!("pending poll, {what}"),
                format!("{} µs, {ratio} × a bare `GET` ({} µs)", short(*poll_us), short(*get_us)),
            ]
        })
        .collect();
    let mut row = |what: &str, measured: String| rows.push(vec![what.to_owned(), measured]);
    row(
        "logins begun, polled three times, completed and redeemed, with sealing",
        format!("{} a minute", thousands(redis.logins_a_minute)),
    );
    if let (Some(server), Some(program)) = (redis.login_server_us, redis.login_program_us) {
        row(
            "the same, processor time of one login",
            format!("{} µs of the server's, {} µs of the program's", short(server), short(program)),
        );
        row("the same, of one core of a server's", format!("{} a second", thousands(1e6 / server)));
    }
    if let Some(poll) = redis.poll_server_us {
        let a_second = thousands(1e6 / poll);
        row("pending poll, the server's processor time", format!("{} µs: {a_second} a second of a core", short(poll)));
    }
    if let Some(account) = redis.account_us {
        let a_second = thousands(1e6 / account);
        row(
            "a place on the account of a tenant, taken and given back, the server's processor time",
            format!("{} µs: {a_second} logins a second of one tenant", short(account)),
        );
    }
    row("approval in one store to the answer of a `wait` in another", format!("{} ms", short(redis.approval_ms)));
    let mut bytes = |what: &str, [pending, completed, remembered]: [f64; 3]| {
        row(what, format!("{pending:.0} pending, {completed:.0} completed, {remembered:.0} remembered"));
    };
    bytes("bytes a session (`MEMORY USAGE`)", [redis.pending_bytes, redis.completed_bytes, redis.remembered_bytes]);
    if let Some(device) = redis.device_bytes {
        bytes("the same, with a user code, details, a binding and a source, as the RFC 8628 dialect begins it", device);
    }
    let mut text = format!(
        "## Over Redis\n\n{}, on the same machine as the program: two processors for both. A poll and a `GET` take turns, \
         over connections of the same kind, and the `GET` has a key and a value of the same length. Medians.\n\n{}\n",
        redis.server,
        table(&head, &rows)
    );
    let _ = writeln!(
        text,
        "{} tasks that wait in one process have {} between them, and {} bytes of the process's memory each; an approval \
         is answered after {} ms.",
        thousands(redis.waiters as f64),
        if redis.subscriptions == 1 {
            "one subscription".to_owned()
        } else {
            format!("{} subscriptions", redis.subscriptions)
        },
        thousands(redis.waiter_bytes),
        short(redis.crowded_ms)
    );
    text
}
