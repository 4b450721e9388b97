//! What the README links is there, wherever it is read; and what the guide shows of the recipes is in them.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The README is also the package's page at the registry, where a path of the repository leads nowhere.
#[test]
fn each_link_of_the_readme_is_absolute_and_leads_to_what_is_published() {
    let (readme, guide) = (text("README.md"), text("src/guide.rs"));
    let inline = readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    let defined = readme.lines().filter(|line| line.starts_with('[')).filter_map(|line| line.split_once("]: "));
    let links: Vec<&str> = inline.chain(defined.map(|(_, link)| link)).collect();
    assert!(links.len() >= 6, "{links:?}");
    let manifest = text("Cargo.toml");
    let excluded = manifest.lines().find(|line| line.starts_with("exclude = ")).unwrap();
    for link in links {
        assert!(link.starts_with("https://"), "{link} is not absolute");
        if let Some(page) = link.strip_prefix("https://docs.rs/counterfoil/latest/counterfoil/guide/") {
            let chapter = page.trim_end_matches('/');
            assert!(page.is_empty() || page.ends_with('/'), "{link}: a module's page ends with a slash");
            assert!(
                chapter.is_empty() || guide.contains(&format!("pub mod {chapter} {{}}")),
                "{link}: no such chapter"
            );
        } else if let Some(file) = link.strip_prefix("https://docs.rs/crate/counterfoil/latest/source/") {
            assert!(root().join(file).is_file(), "{link}: no such file");
            let folder = file.split('/').next().unwrap();
            assert!(!excluded.contains(&format!("\"/{folder}\"")), "{link}: it is not in the package");
        } else {
            assert!(!link.contains("counterfoil"), "{link}: who checks it?");
        }
    }
}

/// A block that the documentation's tests leave out is a piece of a recipe, which is tested there.
#[test]
fn what_the_guide_shows_of_a_recipe_is_in_it() {
    let mut shown = 0;
    for chapter in fs::read_dir(root().join("docs/guide")).unwrap() {
        let chapter = text(chapter.unwrap().path());
        let blocks = chapter.split("```rust,ignore\n").skip(1);
        for (block, after) in blocks.filter_map(|rest| rest.split_once("\n```\n")) {
            let recipe = after.split("`examples/").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
            let files = fs::read_dir(root().join("examples").join(recipe).join("src")).unwrap();
            let is_there = |path: PathBuf| text(path).contains(block);
            assert!(files.map(|file| file.unwrap().path()).any(is_there), "{recipe} has no\n{block}");
            shown += 1;
        }
    }
    assert_eq!(shown, 2, "one of actix-web, one of tonic");
}
