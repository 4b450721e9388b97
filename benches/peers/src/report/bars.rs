//! The bars that the crate sets itself, and whether this run meets them.

use super::figures::{DASHMAP, FLOOR, Figures, MOKA, OURS};
use super::{sessions, short, table, time};
use crate::measure::http::{CONSTANT, SERVER};
use crate::measure::median;
use crate::measure::speed::{COMPLETE, INITIATE, LIFECYCLE, POLL};
use crate::measure::stalls::Scenario;

struct Bar {
    what: String,
    must: String,
    measured: Option<f64>,
    met: fn(f64, f64) -> bool,
    bound: f64,
    unit: &'static str,
}

fn at_most(what: impl Into<String>, measured: Option<f64>, bound: f64, unit: &'static str) -> Bar {
    let must = format!("≤ {}{unit}", plain(bound));
    Bar { what: what.into(), must, measured, met: |value, bound| value <= bound, bound, unit }
}

fn at_least(what: impl Into<String>, measured: Option<f64>, bound: f64, unit: &'static str) -> Bar {
    let must = format!("≥ {}{unit}", plain(bound));
    Bar { what: what.into(), must, measured, met: |value, bound| value >= bound, bound, unit }
}

fn plain(bound: f64) -> String {
    let text = bound.to_string();
    if bound >= 1000.0 { super::thousands(bound) } else { text }
}

pub fn section(figures: &Figures<'_>) -> String {
    let bars = bars(figures);
    let met = |bar: &Bar| bar.measured.map(|value| (bar.met)(value, bar.bound));
    let rows: Vec<Vec<String>> = bars
        .iter()
        .map(|bar| {
            let measured = bar.measured.map_or("-".to_owned(), |value| short(value) + bar.unit);
            let verdict = match met(bar) {
                Some(true) => "met",
                Some(false) => "**missed**",
                None => "not measured",
            };
            vec![bar.what.clone(), bar.must.clone(), measured, verdict.to_owned()]
        })
        .collect();
    let count = |wanted: Option<bool>| bars.iter().filter(|bar| met(bar) == wanted).count();
    let head = ["", "must", "measured", ""].map(str::to_owned);
    format!(
        "## The bars\n\n{} of {} are met, {} missed, {} not measured.\n\n{}",
        count(Some(true)),
        bars.len(),
        count(Some(false)),
        count(None),
        table(&head, &rows)
    )
}

fn bars(figures: &Figures<'_>) -> Vec<Bar> {
    let mut bars = Vec::new();
    let sizes = figures.sizes();
    if let (Some(&small), Some(&large)) = (sizes.first(), sizes.last()) {
        speed(figures, &mut bars, &sizes, small, large);
    }
    stalls(figures, &mut bars);
    let sweep = figures.results.sweep.as_ref().map(|sweep| &sweep.results);
    let medians = sweep.map(|sweep| {
        let due = [&sweep.expire_in_order_ns, &sweep.forget_in_order_ns].map(|rounds| median(rounds));
        (due[0].max(due[1]), median(&sweep.idle_us))
    });
    bars.push(at_most(
        "`sweep`, a session that is due (the dearer of expiring and forgetting)",
        medians.map(|m| m.0),
        250.0,
        " ns",
    ));
    bars.push(at_most("`sweep`, a tick with nothing due", medians.map(|m| m.1), 20.0, " µs"));
    let resident = figures.memory(OURS).map(|memory| memory.pending_resident);
    bars.push(at_most("memory, pending, resident", resident, 144.0, " bytes a session"));
    let rate = |server| figures.rate(server).map(|rate| median(&rate.per_second));
    let http = rate(SERVER).zip(rate(CONSTANT)).map(|(ours, constant)| ours / constant);
    bars.push(at_least("HTTP poll: the rate of a constant handler in the same server", http, 0.95, " ×"));
    bars
}

fn speed(figures: &Figures<'_>, bars: &mut Vec<Bar>, sizes: &[usize], small: usize, large: usize) {
    let floor = |n| figures.ratio(FLOOR, POLL, n, 1).map(|ratio| 1.0 / ratio);
    let at = |n| format!("at {}", sessions(n));
    bars.push(at_most(format!("pending poll {}: the floor's time", at(small)), floor(small), 1.15, " ×"));
    bars.push(at_most(format!("pending poll {}: the floor's time", at(large)), floor(large), 1.3, " ×"));
    for (n, bound) in [(small, 1.25), (large, 1.7)] {
        let ratio = figures.ratio(DASHMAP, POLL, n, 1);
        bars.push(at_least(format!("pending poll {}: DashMap ÷ ours", at(n)), ratio, bound, " ×"));
    }
    for &n in sizes {
        bars.push(at_least(format!("pending poll {}: moka ÷ ours", at(n)), figures.ratio(MOKA, POLL, n, 1), 3.0, " ×"));
    }
    let gain = figures.ns(OURS, POLL, large, 1).zip(figures.ns(OURS, POLL, large, 2)).map(|(one, two)| one / two);
    bars.push(at_least(format!("pending poll {}: throughput of 2 threads ÷ 1", at(large)), gain, 1.9, " ×"));
    let fastest = figures.ranked(COMPLETE, large, 1).first().map(|peer| peer.1);
    let complete = figures.ns(OURS, COMPLETE, large, 1).zip(fastest).map(|(ours, fastest)| ours / fastest);
    bars.push(at_most(format!("`complete` {}: the fastest peer's time", at(large)), complete, 0.5, " ×"));
    let middle = sizes[sizes.len() / 2];
    for (peer, bound) in [(DASHMAP, 2.0), (MOKA, 3.0)] {
        let ratio = figures.ratio(peer, LIFECYCLE, middle, 1);
        bars.push(at_least(format!("lifecycle {}: {peer} ÷ ours", at(middle)), ratio, bound, " ×"));
    }
    for &n in sizes {
        let ratio = figures.ratio(DASHMAP, INITIATE, n, 1);
        bars.push(at_least(format!("`initiate` {}: DashMap ÷ ours", at(n)), ratio, 1.0, " ×"));
    }
}

fn stalls(figures: &Figures<'_>, bars: &mut Vec<Bar>) {
    let worst = |peer, scenario| figures.worst(peer, scenario);
    let idle = worst(OURS, Scenario::Idle);
    for (scenario, words) in [(Scenario::Expire, "expire"), (Scenario::Initiate, "are initiated")] {
        let ours = worst(OURS, scenario);
        let ratio = ours.zip(idle).map(|(ours, idle)| ours / idle);
        let shown = ours.map_or(String::new(), |ours| format!(" ({})", time(ours)));
        bars.push(at_most(format!("worst poll while sessions {words}{shown}: the idle control's"), ratio, 3.0, " ×"));
    }
    for (peer, bound) in [(DASHMAP, 50.0), (MOKA, 1000.0)] {
        let ratio = worst(peer, Scenario::Expire).zip(worst(OURS, Scenario::Expire)).map(|(peer, ours)| peer / ours);
        bars.push(at_least(format!("worst poll while sessions expire: {peer} ÷ ours"), ratio, bound, " ×"));
    }
}
