//! From approval to answer, and polls that are held.

use super::figures::Figures;
use super::plots::ANSWER;
use super::{sessions, short, table, thousands};
use crate::measure::answer::Way;

/// The share of the times that a quantile is not above.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.max(1) - 1).copied()
}

pub fn name(way: &Way) -> String {
    way.every.map_or("a poll that is held".to_owned(), |every| format!("a poll every {every} s"))
}

fn ms(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{} ms", short(value)))
}

pub fn section(figures: &Figures<'_>) -> String {
    let Some(answer) = figures.results.answer.as_ref().map(|answer| &answer.results) else { return String::new() };
    let head = ["the tool", "logins", "p50", "p99", "worst"].map(str::to_owned);
    let rows: Vec<Vec<String>> = answer
        .ways
        .iter()
        .map(|way| {
            let at = |share| ms(quantile(&way.ms, share));
            vec![name(way), way.ms.len().to_string(), at(0.5), at(0.99), at(1.0)]
        })
        .collect();
    let held = &answer.held;
    format!(
        "## From approval to answer\n\nFrom the page's `POST` to the tool having its token, through the example server, \
         while {} other tools hold their polls on connections of their own. The load and the server share the \
         machine.\n\n{}\n![From approval to answer](benches/plots/{ANSWER})\n\n\
         A held poll takes {} bytes of the server's resident memory, beside what the kernel takes for its connection. \
         {} of them were approved and answered within {} s: {} a second.\n",
        sessions(answer.waiting),
        table(&head, &rows),
        thousands(held.bytes),
        thousands(held.polls as f64),
        short(held.woken_s),
        thousands(held.polls as f64 / held.woken_s),
    )
}
