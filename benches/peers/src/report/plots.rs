//! The plots, as SVG.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::answer::{name, quantile};
use super::figures::{Figures, OURS};
use crate::measure::speed::WORKLOADS;
use crate::measure::stalls::Scenario;
use crate::peer::Kind;

pub const STALLS: &str = "stalls.svg";
pub const MEMORY: &str = "memory.svg";
pub const ANSWER: &str = "answer.svg";

pub fn file(workload: &str) -> String {
    format!("{}.svg", workload.replace(' ', "-"))
}

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

pub fn write(figures: &Figures<'_>, to: &Path) -> Outcome {
    if !figures.samples().is_empty() {
        for workload in WORKLOADS {
            lines(figures, workload, &to.join(file(workload)))?;
        }
    }
    let scenarios = [
        (Scenario::Idle, "idle"),
        (Scenario::Expire, "expiring"),
        (Scenario::Initiate, "initiating"),
        (Scenario::Complete, "completing"),
    ];
    let mut stalls = Vec::new();
    for (scenario, words) in scenarios {
        for peer in &figures.peers {
            if let Some(worst) = figures.worst(peer.name, scenario) {
                stalls.push((format!("{}, {words}", peer.name), worst / 1e6, peer.kind));
            }
        }
    }
    if !stalls.is_empty() {
        bars("Worst single poll, milliseconds (logarithmic)", &stalls, true, &to.join(STALLS))?;
    }
    if let Some(answer) = &figures.results.answer {
        let kind = |every: Option<u64>| if every.is_none() { Kind::Ours } else { Kind::Shape };
        let rows: Vec<_> = answer
            .results
            .ways
            .iter()
            .flat_map(|way| {
                [("p50", 0.5), ("p99", 0.99), ("worst", 1.0)]
                    .map(|(words, share)| (way, words, quantile(&way.ms, share)))
            })
            .filter_map(|(way, words, ms)| Some((format!("{}, {words}", name(way)), ms?, kind(way.every))))
            .collect();
        bars("From approval to answer, milliseconds (logarithmic)", &rows, true, &to.join(ANSWER))?;
    }
    let memory: Vec<_> = figures
        .peers
        .iter()
        .filter_map(|peer| Some((peer.name.to_owned(), figures.memory(peer.name)?.pending_resident, peer.kind)))
        .collect();
    if !memory.is_empty() {
        bars("Resident bytes a pending session", &memory, false, &to.join(MEMORY))?;
    }
    Ok(())
}

fn colour(kind: Kind, at: usize) -> RGBColor {
    let (r, g, b) = match kind {
        Kind::Ours => (200, 30, 30),
        Kind::Floor => (0, 0, 0),
        Kind::Shape => (150, 110, 60),
        Kind::Peer => {
            const PEERS: [(u8, u8, u8); 9] = [
                (31, 119, 180),
                (255, 127, 14),
                (44, 160, 44),
                (148, 103, 189),
                (227, 119, 194),
                (127, 127, 127),
                (188, 189, 34),
                (23, 190, 207),
                (100, 149, 237),
            ];
            PEERS[at % PEERS.len()]
        }
    };
    RGBColor(r, g, b)
}

/// A peer's name, what it is, and its points.
type Series = (&'static str, Kind, Vec<(f64, f64)>);

/// Time by number of sessions, one line a peer, one thread.
fn lines(figures: &Figures<'_>, workload: &str, path: &Path) -> Outcome {
    let sizes = figures.sizes();
    let series: Vec<Series> = figures
        .peers
        .iter()
        .map(|peer| {
            let point = |n: &usize| Some((*n as f64, figures.ns(peer.name, workload, *n, 1)?));
            (peer.name, peer.kind, sizes.iter().filter_map(point).collect())
        })
        .collect();
    let times = || series.iter().flat_map(|series| series.2.iter().map(|point| point.1));
    let (least, most) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    let (first, last) = (sizes[0] as f64, sizes[sizes.len() - 1] as f64);
    let root = SVGBackend::new(path, (900, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("{workload}: ns by live sessions, 1 thread"), ("sans-serif", 18))
        .margin(12)
        .margin_right(190)
        .x_label_area_size(36)
        .y_label_area_size(60)
        .build_cartesian_2d((first..last * 1.02).log_scale(), (least * 0.8..most * 1.2).log_scale())?;
    chart
        .configure_mesh()
        .x_max_light_lines(0)
        .y_max_light_lines(1)
        .x_labels(4)
        .x_desc("live sessions")
        .y_desc("ns")
        .x_label_formatter(&|n| super::thousands(*n))
        .y_label_formatter(&|ns| super::short(*ns))
        .draw()?;
    // Names beside the ends of their lines, moved apart where they would cover each other.
    let mut ends = Vec::new();
    for (at, (name, kind, points)) in series.iter().enumerate() {
        let colour = colour(*kind, at);
        let style = colour.stroke_width(if *kind == Kind::Ours { 4 } else { 2 });
        chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        if let Some(end) = points.last() {
            ends.push((chart.backend_coord(end), *name, colour));
        }
    }
    ends.sort_by_key(|end| end.0.1);
    let mut below = i32::MIN;
    for ((x, y), name, colour) in ends {
        let y = y.max(below);
        below = y + 15;
        root.draw(&Text::new(name.to_owned(), (x + 10, y - 6), ("sans-serif", 13).into_font().color(&colour)))?;
    }
    root.present()?;
    Ok(())
}

/// Horizontal bars, drawn in pixels.
fn bars(title: &str, rows: &[(String, f64, Kind)], logarithmic: bool, path: &Path) -> Outcome {
    const ROW: i32 = 26;
    const LEFT: i32 = 230;
    const WIDTH: f64 = 540.0;
    let height = 60 + ROW * i32::try_from(rows.len())?;
    let root = SVGBackend::new(path, (900, u32::try_from(height)?)).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(title.to_owned(), (12, 14), ("sans-serif", 18).into_font()))?;
    let most = rows.iter().map(|row| row.1).fold(0.0, f64::max);
    let least = rows.iter().map(|row| row.1).fold(f64::INFINITY, f64::min);
    for (i, (name, value, kind)) in rows.iter().enumerate() {
        let share = if logarithmic {
            // A logarithmic bar has no zero: it begins a decade below the shortest one's end.
            ((value / least).log10() + 1.0) / ((most / least).log10() + 1.0)
        } else {
            value / most
        };
        let y = 48 + ROW * i32::try_from(i)?;
        let end = LEFT + (share * WIDTH) as i32;
        let colour = if name.starts_with(OURS) { colour(Kind::Ours, 0) } else { colour(*kind, 0) };
        root.draw(&Text::new(name.clone(), (12, y + 3), ("sans-serif", 14).into_font()))?;
        root.draw(&Rectangle::new([(LEFT, y), (end, y + ROW - 8)], colour.filled()))?;
        root.draw(&Text::new(super::short(*value), (end + 6, y + 3), ("sans-serif", 13).into_font()))?;
    }
    root.present()?;
    Ok(())
}
