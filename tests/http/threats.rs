//! The threat model names tests: they exist.

use std::fs;
use std::path::Path;

#[test]
fn every_row_of_the_threat_model_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("docs/threat_model.md")).unwrap();
    let mut named = 0;
    for (file, function) in model.split('`').filter_map(|quoted| quoted.split_once(".rs: ")) {
        let text =
            fs::read_to_string(root.join(format!("{file}.rs"))).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {function}(")), "{file}.rs has no {function}");
        named += 1;
    }
    assert!(named > 40, "{named}");
    // Each attack has one, or the reason why it needs none.
    let attacks = model.split("## Attackers").nth(1).unwrap().split("## What remains").next().unwrap();
    for row in attacks.lines().filter(|line| line.starts_with("| ") && !line.contains("| ---")) {
        assert!([".rs: ", "(by construction", "| attack |"].iter().any(|part| row.contains(part)), "{row}");
    }
}
