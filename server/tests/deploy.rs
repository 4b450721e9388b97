//! What is deployed: the image is built of what its build needs, and the compose file sets what there is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{TempFile, program};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// In the package alone there is neither.
fn file(name: &str) -> Option<String> {
    fs::read_to_string(root().join("deploy").join(name)).ok()
}

#[test]
fn the_build_of_the_image_has_what_it_needs() {
    let Some(ignore) = file("Dockerfile.dockerignore") else { return };
    let to = std::env::temp_dir().join(format!("counterfoil-image-{}", std::process::id()));
    assert_eq!(ignore.lines().next(), Some("**"), "all is left out but what is named");
    for name in ignore.lines().filter_map(|line| line.strip_prefix('!')) {
        copy(&root().join(name), &to.join(name));
    }
    // The lock file is as the manifests of the workspace need it, and every member is there.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"]).current_dir(&to);
    let output = cargo.output().unwrap();
    fs::remove_dir_all(&to).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("counterfoil-server"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if !from.is_dir() {
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        copy(&from.join(&name), &to.join(&name));
    }
}

#[test]
fn the_image_has_no_shell_and_no_root() {
    let Some(dockerfile) = file("Dockerfile") else { return };
    let last = dockerfile.rsplit("\nFROM ").next().unwrap();
    assert!(last.starts_with("gcr.io/distroless/") && last.contains(":nonroot\n"), "{last}");
    assert!(last.contains("\nUSER nonroot\n") && !last.contains("\nRUN "), "{last}");
    assert!(last.contains("\nENTRYPOINT [\"/counterfoil-server\"]"), "{last}");
    assert!(dockerfile.contains("cargo build --locked --release -p counterfoil-server --features redis"));
    for line in last.lines().filter_map(|line| line.strip_prefix("ENV ")) {
        let (name, _) = line.split_once('=').unwrap();
        assert!(is_setting(name), "{name}");
    }
}

fn is_setting(name: &str) -> bool {
    let of = |name: &str| counterfoil_server::config::SETTINGS.iter().any(|setting| setting.variable(0) == name);
    of(name) || name.strip_suffix("_FILE").is_some_and(of)
}

#[test]
fn what_the_compose_file_sets_is_a_configuration() {
    let Some(compose) = file("compose.yml") else { return };
    let secret = TempFile::new("a-key-of-sixteen-or-more");
    let store_key = TempFile::new(&"07".repeat(32));
    let mut variables = vec![("COUNTERFOIL_LISTEN_ADDRESS".to_owned(), "0.0.0.0:8102".to_owned())];
    for line in compose.lines().map(str::trim).filter(|line| line.starts_with("COUNTERFOIL_")) {
        let (name, value) = line.split_once(": ").unwrap();
        assert!(is_setting(name), "{name}");
        let value = match value.trim_matches('"') {
            "/run/secrets/redis_store_key" => store_key.path(),
            secret_file if secret_file.starts_with("/run/secrets/") => secret.path(),
            asked if asked.starts_with("${") && name.ends_with("_URL") => "https://login.example",
            asked if asked.starts_with("${") && name.ends_with("_URI") => "https://app.example/cli",
            asked if asked.starts_with("${") => "another-key-of-sixteen-or-more",
            value => value,
        };
        variables.push((name.to_owned(), value.to_owned()));
    }
    assert!(variables.len() > 8, "{variables:?}");
    let variables: Vec<_> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
    let checked = program(&variables).arg("--check").output().unwrap();
    let told = String::from_utf8(checked.stderr).unwrap();
    if cfg!(feature = "redis") {
        assert!(checked.status.success(), "{told}");
    } else {
        assert!(told.contains("store.redis: this program was built without it"), "{told}");
    }
    for hardened in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(compose.contains(hardened), "{hardened}");
    }
}
