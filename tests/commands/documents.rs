//! The commands that the documents show, and what they mean.

use std::fs;
use std::path::{Path, PathBuf};

/// What a document shows, in its order.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    Command(String),
    /// What the command before it prints; `…` stands for any text.
    Prints(String),
    /// The link that was printed last is opened and approved: a comment that says so.
    Approval,
}

/// The comment.
const APPROVAL: &str = "<!-- The link is opened, and the login approved. -->";

/// A command of the documents.
pub(crate) enum Shown {
    /// `cargo run --example NAME`, with what follows `--`.
    Example {
        name: String,
        arguments: Vec<String>,
    },
    Curl(String),
}

/// Documents for those who work on the crate. Their commands are the justfile's, publish a release, or gather evidence.
const FOR_CONTRIBUTORS: [&str; 3] = ["CONTRIBUTING.md", "docs/releasing.md", "docs/ASSURANCE.md"];

/// Each document with what it shows.
pub(crate) fn all() -> Vec<(String, Vec<Step>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    find(root, false, "md", &mut files);
    find(&root.join("docs"), true, "md", &mut files);
    find(&root.join("examples"), true, "rs", &mut files);
    files.sort();
    let shown = |file: PathBuf| {
        let name = file.strip_prefix(root).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let documented: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
        let rust = file.extension().is_some_and(|own| own == "rs");
        (name, steps(if rust { documented.join("\n") } else { text }.as_str()))
    };
    let shown = files.into_iter().map(shown);
    shown.filter(|(name, steps)| !steps.is_empty() && !FOR_CONTRIBUTORS.contains(&name.as_str())).collect()
}

/// Not in packages of their own: `.ci/recipes` tests those.
fn find(folder: &Path, deep: bool, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && deep && !path.join("Cargo.toml").exists() {
            find(&path, deep, ending, files);
        } else if path.extension().is_some_and(|own| own == ending) {
            files.push(path);
        }
    }
}

/// The lines of each fenced block in a shell's language, or in none that has commands in it, and each inline command;
/// each line of JSON below them as what the command before it prints.
fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut language = None;
    let mut continued = String::new();
    for line in text.lines().map(str::trim) {
        match (line.strip_prefix("```"), language) {
            (Some(opened), None) => language = Some(opened),
            (Some(_), Some(_)) => language = None,
            (None, None) => {
                let inline = line.split('`').skip(1).step_by(2).filter(|code| is_command(code));
                steps.extend(inline.map(|command| Step::Command(command.to_owned())));
                steps.extend((line == APPROVAL).then_some(Step::Approval));
            }
            (None, Some("json")) if !steps.is_empty() => steps.push(Step::Prints(line.to_owned())),
            // For a program of the reader's own: `.ci/newcomer` makes one.
            (None, Some(_)) if line.starts_with("cargo add ") => {}
            (None, Some(language)) => {
                let line = line.strip_prefix("$ ").unwrap_or(line);
                let shell = matches!(language, "sh" | "bash" | "shell" | "console");
                if (shell || is_command(line) || !continued.is_empty()) && !line.is_empty() && !line.starts_with('#') {
                    continued += line.trim_end_matches('\\');
                    if !line.ends_with('\\') {
                        steps.push(Step::Command(std::mem::take(&mut continued)));
                    }
                }
            }
        }
    }
    steps
}

fn is_command(line: &str) -> bool {
    line.starts_with("cargo ") || line.starts_with("curl ")
}

impl Shown {
    pub(crate) fn read(command: &str) -> Result<Self, String> {
        if command.starts_with("curl ") {
            return Ok(Self::Curl(command.to_owned()));
        }
        let mut words = command.split_whitespace();
        if (words.next(), words.next()) != (Some("cargo"), Some("run")) {
            return Err("this test cannot run it: teach it to, or leave the command out by name".into());
        }
        let (mut name, mut features) = (None, Vec::new());
        while let Some(word) = words.next() {
            match word {
                "--release" => {}
                "--example" => name = words.next(),
                "--features" => features.extend(words.next().ok_or("no features")?.split(',')),
                "--" => break,
                other => return Err(format!("unknown to this test: {other}")),
            }
        }
        let name = name.ok_or("no example")?.to_owned();
        match needed(&name).iter().find(|needed| !features.contains(&needed.as_str())) {
            Some(missing) => Err(format!("it needs feature {missing}")),
            None => Ok(Self::Example { name, arguments: words.map(str::to_owned).collect() }),
        }
    }
}

/// The example's `required-features` in the manifest.
fn needed(example: &str) -> Vec<String> {
    let manifest = include_str!("../../Cargo.toml");
    let tables = manifest.split("\n\n").filter(|table| table.trim_start().starts_with("[[example]]"));
    let table = tables.into_iter().find(|table| table.contains(&format!("name = \"{example}\"")));
    let line = table.and_then(|table| table.lines().find_map(|line| line.strip_prefix("required-features = ")));
    let words = line.unwrap_or_default().split('"').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

#[test]
fn contributors_are_shown_the_justfile_s_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let justfile = fs::read_to_string(root.join("justfile")).unwrap().replace("{{ filter }}", "loom");
    let document = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let blocks: Vec<_> =
        document.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().trim()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        assert!(justfile.lines().any(|line| line.trim() == block), "{block}");
    }
}

#[test]
fn no_command_is_overlooked() {
    let text = "Run `cargo run --example a`, not `x`.\n```sh\n# first\nb --c \\\n  d\n$ e\n```\n\n```json\n{\"f\":…}\n```\n\n\
                ```text\ncargo g\nprose\n```\n<!-- The link is opened, and the login approved. -->\n";
    let command = |text: &str| Step::Command(text.to_owned());
    let shown = [
        command("cargo run --example a"),
        command("b --c d"),
        command("e"),
        Step::Prints(r#"{"f":…}"#.into()),
        command("cargo g"),
        Step::Approval,
    ];
    assert_eq!(steps(text), shown);
    for wrong in ["b --c", "cargo build", "cargo run --example server", "cargo run --example server --flag"] {
        assert!(Shown::read(wrong).is_err(), "{wrong}");
    }
}
