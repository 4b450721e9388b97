//! The dashboard's queries and the alarms' ask for what the server measures, by names and labels that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::server::Server;

/// What a server measures that was asked a little.
async fn measured() -> String {
    crate::build().await;
    let server = Server::start(&[]).await;
    // A request of each kind is there to be counted, and the sweeper has run once.
    server.post("", "{}").await;
    let mut metrics = String::new();
    while !metrics.contains("counterfoil_sweep_duration_seconds_bucket") {
        metrics = server.get("/metrics").await;
    }
    metrics
}

fn deployed(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)).unwrap()
}

#[tokio::test]
async fn the_dashboard_asks_for_what_is_measured() {
    let metrics = measured().await;
    let dashboard: serde_json::Value = serde_json::from_str(&deployed("grafana/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries: Vec<&str> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .map(|target| target["expr"].as_str().unwrap())
        .collect();
    assert!(asked(&queries, &metrics).len() > 8, "{queries:?}");
}

/// And the guide's table of alarms names what they watch.
#[tokio::test]
async fn the_alarms_watch_what_is_measured() {
    let metrics = measured().await;
    let rules = deployed("alerts.yml");
    let queries: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    let alarms = rules.lines().filter(|line| line.trim().starts_with("- alert: ")).count();
    assert!(alarms >= 6 && queries.len() == alarms, "{queries:?}");
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/operating.md")).unwrap();
    for name in asked(&queries, &metrics) {
        // A histogram's series are named after it.
        let named = ["_bucket", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(guide.contains(named), "the guide does not say that {named} is watched");
    }
    assert!(deployed("prometheus.yml").contains("alerts.yml") && deployed("compose.yml").contains("./alerts.yml:"));
}

/// Checks each query against what is measured. Returns the names that they ask for.
fn asked<'a>(queries: &[&'a str], metrics: &str) -> BTreeSet<&'a str> {
    let mut asked = BTreeSet::new();
    for query in queries {
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
    asked
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
