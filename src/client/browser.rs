//! Opens the link in a browser.

use std::{io, thread};

/// A function of the caller's that opens a link.
pub(super) type Opener = Box<dyn FnOnce(&str) -> io::Result<()> + Send>;

/// Opens the link on a separate thread, since some launchers return only when the browser is closed. Errors are
/// ignored, since the link is printed as well.
pub(super) fn open(link: &str, own: Option<Opener>) {
    let link = link.to_owned();
    let _ = thread::Builder::new().name("browser".into()).spawn(move || match own {
        Some(open) => drop(open(&link)),
        None => launch(&link),
    });
}

/// The system starts the browser, so it is not a child of the tool.
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

    /// A launcher that fails later than this had opened a browser.
    const STARTS: Duration = Duration::from_secs(3);

    /// Tries the commands in `$BROWSER`, then the desktop's own.
    pub(super) fn launch(link: &str) {
        let chosen = env::var("BROWSER").unwrap_or_default();
        for command in named(&chosen, link).into_iter().chain(open::commands(link)) {
            if start(command).is_some_and(opens) {
                return;
            }
        }
    }

    /// Starts the command in a process group of its own: Ctrl-C, which the terminal sends to the tool's group, must not
    /// end a browser that may have been running for weeks. It gets no terminal that it could draw on.
    fn start(mut command: Command) -> Option<Child> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().ok()
    }

    /// Returns `true` if the launcher succeeds or runs for longer than `STARTS`. Waits until it has ended.
    fn opens(mut child: Child) -> bool {
        let start = Instant::now();
        let ended = child.wait();
        start.elapsed() >= STARTS || ended.is_ok_and(|status| status.success())
    }

    /// Returns the commands in `$BROWSER`, which are separated by `:`. In each, `%s` is the link and `%c` a colon;
    /// without `%s`, the link comes last.
    fn named(browser: &str, link: &str) -> Vec<Command> {
        browser.split(':').filter_map(|entry| command(entry, link)).collect()
    }

    fn command(entry: &str, link: &str) -> Option<Command> {
        let mut words = entry.split_ascii_whitespace();
        let mut command = Command::new(words.next()?);
        let mut has_link = false;
        for word in words {
            has_link |= word.contains("%s");
            // The link is inserted last, so that no part of it is read as a placeholder.
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
