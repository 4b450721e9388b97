//! No test and no example is left out: those that Cargo would find by itself are named in a manifest, since some belong to
//! packages of their own.

use std::fs;
use std::path::Path;

#[test]
fn each_test_and_example_is_a_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Who has the package of the crate alone has no other package.
    if !root.join("tests/published").exists() {
        return;
    }
    let manifests: String = ["Cargo.toml", "tests/published/Cargo.toml", "benches/timed/Cargo.toml"]
        .iter()
        .map(|manifest| fs::read_to_string(root.join(manifest)).unwrap())
        .collect();
    let mut found = 0;
    for folder in ["tests", "examples", "benches"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let has_main =
                path.is_file() && path.extension().is_some_and(|own| own == "rs") || path.join("main.rs").exists();
            if has_main {
                found += 1;
                assert!(
                    manifests.contains(&format!("name = \"{name}\"")),
                    "{folder}/{name} is no target: name it in Cargo.toml"
                );
            }
        }
    }
    assert!(found > 10, "{found} were found");
}
