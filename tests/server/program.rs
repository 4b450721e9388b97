//! The example server as a program.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The server's executable, built with the same profile as this test.
fn executable() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--all-features", "--example", "server", "--target-dir"]);
        cargo.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
        profile.join("examples/server")
    })
}

/// The server with these flags and a log of this level, without the keys of this test's environment.
pub(crate) fn server(level: &str, flags: &[&str]) -> Command {
    let mut server = Command::new(executable());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COUNTERFOIL_")) {
        server.env_remove(name);
    }
    server.args(flags).env("RUST_LOG", level).stdout(Stdio::piped()).stderr(Stdio::piped());
    server
}

/// All that comes until the end.
pub(crate) fn text(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}
