//! The browser that the tool opens, and the links for which it opens none.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child;
use crate::server::{Server, Step, json};

/// A browser that writes down its process and its link, and stays open.
fn browser(name: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (script, opened) = (folder.join(format!("{name}.sh")), folder.join(format!("{name}.opened")));
    let _ = std::fs::remove_file(&opened);
    let text =
        format!("#!/bin/sh\necho \"$$ $1\" >'{0}.new' && mv '{0}.new' '{0}' && exec sleep 60\n", opened.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    (script, opened)
}

async fn opened(file: &Path) -> (String, String) {
    loop {
        if let Ok(text) = std::fs::read_to_string(file) {
            let (process, link) = text.trim().split_once(' ').unwrap();
            return (process.to_owned(), link.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn signal(name: &str, process: &str) -> bool {
    Command::new("kill").args(["-s", name, "--", process]).status().unwrap().success()
}

fn begun(link: &str) -> Step {
    json(200, format!(r#"{{"device_code":"dc","user_code":"B","verification_uri":"{link}","interval":1}}"#))
}

#[tokio::test]
async fn ctrl_c_in_the_tool_leaves_the_browser_open() {
    let (script, file) = browser("ctrl_c");
    let server = Server::start([begun("https://a.example/device"), Step::Silence]).await;
    let child = child::start(&server.url, &[("BROWSER", script.to_str().unwrap())]);
    let group = format!("-{}", child.id().unwrap());
    let (process, link) = opened(&file).await;
    assert_eq!(link, "https://a.example/device");
    server.requests(2).await;
    // As a terminal does it: to the whole group that is in the foreground.
    assert!(signal("INT", &group));
    assert_eq!(child::end(child).await.0, "Cancelled");
    assert!(signal("0", &process), "the browser was ended");
    assert!(signal("KILL", &process));
}

#[tokio::test]
async fn a_link_that_is_not_opened_is_shown() {
    for (name, link) in [
        ("opened", "https://login.example/device"),
        ("plain", "http://login.example/device"),
        ("private", "https://192.168.0.1/device"),
        ("mapped", "https://[::ffff:10.0.0.1]/device"),
        ("local", "https://router/device"),
    ] {
        let (script, file) = browser(name);
        // The tool goes on for long enough to open it.
        let token = Step::Held(Duration::from_millis(700), Box::new(json(200, r#"{"access_token":"at"}"#)));
        let server = Server::start([begun(link), token]).await;
        let (result, ..) = child::end(child::start(&server.url, &[("BROWSER", script.to_str().unwrap())])).await;
        assert!(result.starts_with("Tokens"), "{result}");
        assert_eq!(file.exists(), name == "opened", "{link}");
        if file.exists() {
            assert!(signal("KILL", &opened(&file).await.0));
        }
    }
}

#[tokio::test]
async fn a_browser_that_does_not_start_is_followed_by_the_next() {
    let (script, file) = browser("second");
    let server = Server::start([begun("https://a.example/device"), Step::Silence]).await;
    let browsers = format!("/nonexistent:false:{} --new %s", script.display());
    let child = child::start(&server.url, &[("BROWSER", &browsers)]);
    let (process, link) = opened(&file).await;
    assert_eq!(link, "--new");
    assert!(signal("KILL", &process));
    drop(child);
}
