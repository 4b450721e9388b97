//! Opening the link, if there is something to open it with.

use std::{env, thread};

use super::prompt::Prompt;

/// Opens the link, on a thread of its own: some launchers return only when the browser is closed. What goes wrong is
/// ignored, since the link is printed as well.
pub(super) fn open(prompt: &Prompt) {
    if prompt.unopened().is_some() || !has_desktop() {
        return;
    }
    let link = prompt.complete_link().to_owned();
    let _ = thread::Builder::new().name("browser".into()).spawn(move || launch(&link));
}

/// Without a display the launchers fall back to a browser in the terminal, on top of the tool's own output.
fn has_desktop() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    // WSL has no display of its own, and opens Windows' browser.
    ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The system starts the browser itself, so that it is no child of the tool.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn launch(link: &str) {
    let _ = webbrowser::open(link);
}

#[cfg(all(unix, not(target_os = "macos")))]
use launch::launch;

#[cfg(all(unix, not(target_os = "macos")))]
mod launch {
    use std::env;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    /// A launcher that fails later than this has had a browser open until then.
    const STARTS: Duration = Duration::from_secs(3);

    /// Tries what `$BROWSER` names, then what the desktop has.
    pub(super) fn launch(link: &str) {
        let chosen = env::var("BROWSER").unwrap_or_default();
        for command in named(&chosen, link).into_iter().chain(open::commands(link)) {
            if start(command).is_some_and(opens) {
                return;
            }
        }
    }

    /// In a process group of its own: Ctrl-C, which the terminal sends to the tool's group, must not end a browser that
    /// may have been running for weeks. No terminal either, on which it could draw.
    fn start(mut command: Command) -> Option<Child> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().ok()
    }

    /// Whether it ends well, or has not ended soon. It is waited for in either case, for as long as the tool runs.
    fn opens(mut child: Child) -> bool {
        let start = Instant::now();
        let ended = child.wait();
        start.elapsed() >= STARTS || ended.is_ok_and(|status| status.success())
    }

    /// Commands parted by `:`, in each of which `%s` is the link and `%c` a colon; without `%s`, the link comes last.
    fn named(browser: &str, link: &str) -> Vec<Command> {
        browser.split(':').filter_map(|entry| command(entry, link)).collect()
    }

    fn command(entry: &str, link: &str) -> Option<Command> {
        let mut words = entry.split_ascii_whitespace();
        let mut command = Command::new(words.next()?);
        let mut has_link = false;
        for word in words {
            has_link |= word.contains("%s");
            // The link last, so that nothing of it is read as a placeholder.
            let word = word.replace("%c", ":");
            command.arg(word.replace("%s", link));
        }
        if !has_link {
            command.arg(link);
        }
        Some(command)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn browser_names_commands_that_take_the_link_once() {
            let link = "https://a.example/?a=%s%c";
            let shown = |browser: &str| -> Vec<Vec<String>> {
                let words = |command: &Command| {
                    let all = std::iter::once(command.get_program()).chain(command.get_args());
                    all.map(|word| word.to_string_lossy().into_owned()).collect()
                };
                named(browser, link).iter().map(words).collect()
            };
            assert_eq!(shown("firefox"), [["firefox", link]]);
            assert_eq!(
                shown("a --new: b --app=%s -x%c1"),
                [vec!["a", "--new", link], vec!["b", &format!("--app={link}"), "-x:1"],]
            );
            assert!(shown("").is_empty() && shown(" : ").is_empty());
        }
    }
}
