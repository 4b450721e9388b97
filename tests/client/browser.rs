//! The browser that the tool opens, and the links for which it opens none.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use counterfoil::client::login;

use crate::child;
use crate::server::{Server, Step, device, json};

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

#[tokio::test]
async fn the_remote_machines_browser_is_not_opened_over_ssh() {
    // A program that a desktop would start for a link, found by its name.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ssh_path");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, remote, opens) in [("ssh_no", false, true), ("ssh_yes", true, false)] {
        let (script, file) = browser(name);
        let starter = folder.join("xdg-open");
        let _ = std::fs::remove_file(&starter);
        std::os::unix::fs::symlink(&script, &starter).unwrap();
        let token = Step::Held(Duration::from_millis(700), Box::new(json(200, r#"{"access_token":"at"}"#)));
        let server = Server::start([begun("https://a.example/device"), token]).await;
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let mut environment = vec![("DISPLAY", ":9"), ("PATH", path.as_str())];
        if remote {
            environment.push(("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22"));
        }
        let output = child::start(&server.url, &environment).wait_with_output().await.unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(shown.contains("this is an SSH session"), remote, "{shown}");
        assert_eq!(file.exists(), opens, "{name}: {shown}");
        if opens {
            assert!(signal("KILL", &opened(&file).await.0));
        }
    }
}

#[tokio::test]
async fn an_opener_of_the_callers_gets_only_what_may_be_opened() {
    for (link, opens) in [("https://login.example/device", true), ("http://login.example/device", false)] {
        let (open, opened) = tokio::sync::oneshot::channel();
        let token = Step::Held(Duration::from_millis(50), Box::new(json(200, r#"{"access_token":"at"}"#)));
        let server = Server::start([begun(link), token]).await;
        let options = device(&server.url).open_browser(true);
        let options =
            options.browser(move |link| open.send(link.to_owned()).map_err(|_| std::io::ErrorKind::Other.into()));
        login(options).await.unwrap();
        assert_eq!(opened.await.ok(), opens.then(|| link.to_owned()));
    }
}
