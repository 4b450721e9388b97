//! The bars that the crate sets itself, and whether this run meets them.

use super::answer::quantile;
use super::figures::{DASHMAP, FLOOR, Figures, OURS};
use super::{sessions, short, table, time};
use crate::measure::http::{BARE_JSON, CONSTANT_JSON, SERVER};
use crate::measure::median;
use crate::measure::redis::Redis;
use crate::measure::speed::{COMPLETE, LIFECYCLE, POLL, REDEEM};
use crate::measure::stalls::Scenario;
use crate::measure::verbs::VERBS;

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

fn exactly(what: impl Into<String>, measured: Option<f64>, bound: f64, unit: &'static str) -> Bar {
    let must = format!("= {}{unit}", plain(bound));
    Bar { what: what.into(), must, measured, met: |value, bound| value.total_cmp(&bound).is_eq(), bound, unit }
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
    bars.push(at_most("memory, pending, resident", resident, 96.0, " bytes a session"));
    let rate = |server| figures.rate(server).map(|rate| median(&rate.per_second));
    let against = |other| rate(SERVER).zip(rate(other)).map(|(ours, constant)| ours / constant);
    for (other, what, bound) in [
        (CONSTANT_JSON, "a constant handler that reads its JSON in the same server", 0.97),
        (BARE_JSON, "bare axum that reads its JSON", 0.9),
    ] {
        bars.push(at_least(format!("HTTP poll: the rate of {what}"), against(other), bound, " ×"));
    }
    let answer = figures.results.answer.as_ref().map(|answer| &answer.results);
    let held = answer.and_then(|answer| answer.ways.iter().find(|way| way.every.is_none()));
    let median = held.and_then(|way| quantile(&way.ms, 0.5));
    bars.push(at_most("from approval to answer, a held poll, median", median, 5.0, " ms"));
    let bytes = answer.map(|answer| answer.held.bytes / 1024.0);
    bars.push(at_most("a held poll, resident in the server", bytes, 8.0, " KiB"));
    redis(figures, &mut bars);
    bars
}

fn redis(figures: &Figures<'_>, bars: &mut Vec<Bar>) {
    let redis = figures.results.redis.as_ref().map(|redis| &redis.results);
    for (tasks, what) in [(1, "one at a time"), (64, "64 tasks on one connection")] {
        let ratio = redis.and_then(|redis| redis.ratio(tasks));
        bars.push(at_most(format!("over Redis, pending poll, {what}: a bare `GET`'s time"), ratio, 1.1, " ×"));
    }
    let of = |figure: fn(&Redis) -> f64| redis.map(figure);
    let logins = "over Redis, logins begun, polled three times, completed and redeemed";
    bars.push(at_least(logins, of(|redis| redis.logins_a_minute), 50_000.0, " a minute"));
    let approval = "over Redis, approval in one store to the answer in another";
    bars.push(at_most(approval, of(|redis| redis.approval_ms), 10.0, " ms"));
    bars.push(at_most("over Redis, pending", of(|redis| redis.pending_bytes), 700.0, " bytes a session"));
    let waiting = of(|redis| redis.subscriptions as f64);
    bars.push(exactly("over Redis, a process in which many tasks wait", waiting, 1.0, " subscription"));
}

fn speed(figures: &Figures<'_>, bars: &mut Vec<Bar>, sizes: &[usize], small: usize, large: usize) {
    let ours = |workload, n, threads| figures.ns(OURS, workload, n, threads);
    let floor = |workload, n| figures.ratio(FLOOR, workload, n, 1).map(|ratio| 1.0 / ratio);
    let fastest = |workload, n, threads| {
        let fastest = figures.ranked(workload, n, threads).first().map(|peer| peer.1)?;
        Some(ours(workload, n, threads)? / fastest)
    };
    let at = |n, threads| format!("at {}{}", sessions(n), if threads == 1 { "" } else { ", 2 threads" });
    let middle = sizes[sizes.len() / 2];
    bars.push(at_most("every verb: cells where a rival wins", Some(super::rivals::cells(figures)), 0.0, ""));
    for threads in [1, 2] {
        for &n in sizes {
            let what = format!("redeeming poll {}: the fastest peer's time", at(n, threads));
            bars.push(at_most(what, fastest(REDEEM, n, threads), 0.75, " ×"));
        }
    }
    let what = format!("redeeming poll {}: the floor's time", at(large, 1));
    bars.push(at_most(what, floor(REDEEM, large), 0.9, " ×"));
    let what = format!("`complete` {}: the floor's time", at(small, 1));
    bars.push(at_most(what, floor(COMPLETE, small), 1.3, " ×"));
    for &n in sizes {
        let what = format!("`complete` {}: the fastest peer's time", at(n, 2));
        bars.push(at_most(what, fastest(COMPLETE, n, 2), 1.0, " ×"));
    }
    for n in [middle, large] {
        let what = format!("`complete` {}: the fastest peer's time", at(n, 1));
        bars.push(at_most(what, fastest(COMPLETE, n, 1), 0.5, " ×"));
    }
    for (n, bound) in [(small, 1.25), (large, 0.7)] {
        bars.push(at_most(format!("pending poll {}: the floor's time", at(n, 1)), floor(POLL, n), bound, " ×"));
    }
    let ratio = figures.ratio(DASHMAP, LIFECYCLE, middle, 1);
    bars.push(at_least(format!("lifecycle {}: DashMap ÷ ours", at(middle, 1)), ratio, 2.5, " ×"));
    let gain = ours(LIFECYCLE, large, 1).zip(ours(LIFECYCLE, large, 2)).map(|(one, two)| one / two);
    bars.push(at_least(format!("lifecycle {}: throughput of 2 threads ÷ 1", at(large, 1)), gain, 1.8, " ×"));
}

fn stalls(figures: &Figures<'_>, bars: &mut Vec<Bar>) {
    let mut bar = |verb: &str, words: &str, ours: Option<f64>, idle: Option<f64>| {
        let ratio = ours.zip(idle).map(|(ours, idle)| ours / idle);
        let shown = ours.map_or(String::new(), |ours| format!(" ({})", time(ours)));
        bars.push(at_most(format!("worst {verb} while sessions {words}{shown}: the idle control's"), ratio, 3.0, " ×"));
    };
    for (scenario, words) in [(Scenario::Expire, "expire"), (Scenario::Initiate, "are initiated")] {
        bar("poll", words, figures.worst(OURS, scenario), figures.worst(OURS, Scenario::Idle));
        for verb in VERBS {
            let worst = |scenario| figures.verb(verb, scenario, |run| run.worst_ns as f64);
            bar(verb, words, worst(scenario), worst(Scenario::Idle));
        }
    }
}
