//! The dashboard's queries ask for what the server measures, by names and labels that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::server::Server;

#[tokio::test]
async fn the_dashboard_asks_for_what_is_measured() {
    crate::build().await;
    let server = Server::start(&[]).await;
    // A request of each kind is there to be counted, and the sweeper has run once.
    server.post("", "{}").await;
    let mut metrics = String::new();
    while !metrics.contains("counterfoil_sweep_duration_seconds_bucket") {
        metrics = server.get("/metrics").await;
    }

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/grafana/dashboard.json");
    let dashboard: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries: Vec<&str> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .map(|target| target["expr"].as_str().unwrap())
        .collect();
    let mut asked = BTreeSet::new();
    for query in &queries {
        let mut of_query = Vec::new();
        for name in words(query).filter(|word| word.starts_with("counterfoil_")) {
            let samples: Vec<_> = metrics.lines().filter(|line| words(line).next() == Some(name)).collect();
            assert!(!samples.is_empty(), "{query}: there is no {name} in\n{metrics}");
            asked.insert(name);
            of_query.extend(samples);
        }
        for label in labels(query) {
            let has = |line: &&str| line.contains(&format!("{label}=\""));
            assert!(of_query.iter().any(has), "{query}: nothing in it has a label {label}");
        }
    }
    assert!(asked.len() > 8, "{asked:?}");
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The labels that a query groups or selects by, but those that Prometheus adds.
fn labels(query: &str) -> Vec<&str> {
    let grouped = query.split("by (").skip(1).flat_map(|rest| rest.split(')').next().unwrap().split(", "));
    let selected = query.split('{').skip(1).filter_map(|rest| rest.split(['=', '!']).next());
    grouped.chain(selected).filter(|label| *label != "instance").collect()
}
