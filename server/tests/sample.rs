//! The sample file: all settings, and their defaults.

use std::ffi::OsString;

use counterfoil_server::Config;
use counterfoil_server::config::SETTINGS;

use crate::config::LEAST;
use crate::support::{TempFile, program};

#[test]
fn it_says_what_is_the_default() {
    let sample = TempFile::new(&format!("{}\n{LEAST}", Config::SAMPLE));
    let least = TempFile::new(LEAST);
    let load = |file: &TempFile| Config::load(Some(&file.0), []).unwrap();
    assert_eq!(load(&sample), load(&least));
}

#[test]
fn it_has_every_setting_once() {
    let mut section = "";
    let mut there = Vec::new();
    for line in Config::SAMPLE.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_matches(['[', ']']);
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
            there.push((section, key));
        }
    }
    let all: Vec<_> = SETTINGS.iter().map(|setting| (setting.section, setting.key)).collect();
    assert_eq!(there, all);
}

/// What is commented out is right, too.
#[test]
fn it_can_be_used_whole() {
    let other_store = ["# [store.memory]", "# huge_pages = false"];
    let lines = Config::SAMPLE.lines().filter(|line| !other_store.contains(line)).map(|line| {
        let setting = line.strip_prefix("# ").filter(|rest| {
            let key = rest.split(" = ").next().unwrap();
            rest.starts_with('[') && rest.ends_with(']') || rest.contains(" = ") && !key.contains(' ')
        });
        setting.unwrap_or(line)
    });
    let secret = TempFile::new("a-secret-server-key");
    let text = lines.collect::<Vec<_>>().join("\n").replace("/run/secrets/secret_server_key", secret.path());
    let file = TempFile::new(&text);
    let key = OsString::from("07".repeat(32));
    let variables = [("REDIS_STORE_KEY", key), ("PUBLISHABLE_CLIENT_KEY", "a-publishable-key".into())];
    let config = Config::load(Some(&file.0), variables.map(|(name, value)| (name.to_owned(), value))).unwrap();
    assert_eq!(config.client[0].name, "Acme CLI");
    assert!(config.store.redis.is_some() && config.http.max_connections.is_some());
}

#[test]
fn the_program_prints_it() {
    let printed = program(&[]).arg("--print-default").output().unwrap();
    assert!(printed.status.success());
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), Config::SAMPLE);
}
