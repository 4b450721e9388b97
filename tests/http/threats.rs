//! The threat model names tests: they exist, and they run.

use std::fs;
use std::path::Path;

/// Returns whether a file defines this function as a test that runs: by the attribute above it, or as a case of the
/// conformance suite by its list.
fn is_run(text: &str, function: &str, list: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let head = format!("fn {function}(");
    let defined = lines.iter().position(|line| {
        let line = ["pub ", "async "].iter().fold(*line, |line, word| line.strip_prefix(word).unwrap_or(line));
        // A case may take a type: `fn name<H: Harness>(`.
        line.starts_with(&head) || line.starts_with(&format!("fn {function}<"))
    });
    let Some(at) = defined else { return false };
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    let attributes: Vec<_> = above.filter(|line| line.starts_with("#[")).collect();
    let is = |start: &str| attributes.iter().any(|line| line.starts_with(start));
    let listed = || list.lines().any(|line| line.split_whitespace().next() == Some(function));
    (is("#[test]") || is("#[tokio::test") || lines[at].starts_with("pub ") && listed()) && !is("#[ignore")
}

#[test]
fn only_a_test_that_runs_counts() {
    let runs = |text: &str| is_run(text, "it_holds", "    listed {\n        a_case [UserCodes]\n    }");
    assert!(runs("#[test]\nfn it_holds() {}"));
    assert!(runs("    /// Why.\n    #[tokio::test(start_paused = true)]\n    async fn it_holds() {}"));
    assert!(!runs("fn it_holds() {}"), "no attribute");
    assert!(!runs("// #[test]\n// fn it_holds() {}"), "a comment");
    assert!(!runs("#[test]\n#[ignore]\nfn it_holds() {}"), "ignored");
    assert!(!runs("#[test]\nfn another() {}\nfn it_holds() {}"), "another's attribute");
    assert!(!runs("pub async fn it_holds(h: &impl Harness) {}"), "in no list");
    assert!(is_run("pub async fn a_case(h: &impl Harness) {}", "a_case", "    a_case [UserCodes]"));
    assert!(!is_run("pub async fn a_case(h: &impl Harness) {}", "a_case", "    // a_case [UserCodes]"));
}

#[test]
fn every_row_of_the_threat_model_names_tests_that_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (model, list) = (read("docs/threat_model.md"), read("src/conformance/list.rs"));
    let mut named = 0;
    for (file, function) in model.split('`').filter_map(|quoted| quoted.split_once(".rs: ")) {
        assert!(is_run(&read(&format!("{file}.rs")), function, &list), "{file}.rs has no test {function}");
        named += 1;
    }
    assert!(named > 40, "{named}");
    // Each attack has one, or the reason why it needs none.
    let attacks = model.split("## Attackers").nth(1).unwrap().split("## What remains").next().unwrap();
    for row in attacks.lines().filter(|line| line.starts_with("| ") && !line.contains("| ---")) {
        assert!([".rs: ", "(by construction", "| attack |"].iter().any(|part| row.contains(part)), "{row}");
    }
}
