//! Sweeping, and the poll over HTTP.

use std::fmt::Write;

use super::figures::Figures;
use super::{sessions, short, table, thousands, time};
use crate::measure::http::{CONSTANT, CONSTANT_JSON, CONSTANTS, SERVER};
use crate::measure::median;

pub fn sweep(figures: &Figures<'_>) -> String {
    let Some(sweep) = figures.results.sweep.as_ref().map(|sweep| &sweep.results) else { return String::new() };
    let [expire, shuffled, forget, forget_shuffled] =
        [&sweep.expire_in_order_ns, &sweep.expire_shuffled_ns, &sweep.forget_in_order_ns, &sweep.forget_shuffled_ns]
            .map(|rounds| median(rounds));
    let idle = median(&sweep.idle_us);
    let head = ["ns a session that is due", "expiring", "forgetting"].map(str::to_owned);
    let rows = [
        vec!["due in the order in which they began".to_owned(), short(expire), short(forget)],
        vec!["each with a random time to live".to_owned(), short(shuffled), short(forget_shuffled)],
    ];
    let mut text = format!(
        "## Sweep\n\nOne sweep of {0} sessions that are all due, at their deadline (expiring) and after their retention \
         (forgetting); medians of {1} rounds.\n\n{2}\nWith {0} alive and nothing due, a sweep takes {3}. ",
        sessions(sweep.sessions),
        sweep.expire_in_order_ns.len(),
        table(&head, &rows),
        time(idle * 1e3)
    );
    if shuffled > expire {
        let _ = write!(
            text,
            "Random times to live make expiring {} × as dear: the slots are then visited in random order.",
            short(shuffled / expire)
        );
    }
    text.push('\n');
    text
}

pub fn http(figures: &Figures<'_>) -> String {
    let Some(http) = figures.results.http.as_ref().map(|http| &http.results) else { return String::new() };
    let head = ["server", "requests a second", "p99"].map(str::to_owned);
    let rows: Vec<Vec<String>> = http
        .servers
        .iter()
        .map(|rate| {
            let p99 = time(median(&rate.p99_us) * 1e3);
            vec![rate.server.clone(), thousands(median(&rate.per_second)), p99]
        })
        .collect();
    let mut text = format!(
        "## HTTP\n\n{}, {} connections, {} s a turn, polls of {} pending sessions; the load and the server share the \
         machine. The constant handlers answer the same body at the same path, within the limits, the log and the \
         measurements of the example server, or on axum alone; without looking at the request, or after reading its \
         JSON. Medians of {} turns.\n\n{}\n",
        http.load,
        http.connections,
        http.seconds,
        sessions(http.sessions),
        http.servers.first().map_or(0, |rate| rate.per_second.len()),
        table(&head, &rows)
    );
    let rate = |server| figures.rate(server).map(|rate| median(&rate.per_second));
    for (constant, _) in CONSTANTS {
        if let Some((ours, constant_rate)) = rate(SERVER).zip(rate(constant)) {
            let _ = write!(text, "The poll endpoint serves {} × what *{constant}* does. ", short(ours / constant_rate));
        }
    }
    if let Some((read, unread)) = rate(CONSTANT_JSON).zip(rate(CONSTANT)) {
        let _ = write!(
            text,
            "Reading the JSON alone makes it {} × for a handler that answers a constant.",
            short(read / unread)
        );
    }
    text.push('\n');
    text
}
