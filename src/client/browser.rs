//! Opening the link, where there is something to open it with.

use std::{env, thread};

use super::Prompt;

/// Opens the link, on a thread of its own: some launchers return only when the browser is closed. What goes wrong is
/// ignored, since the link is printed as well.
pub(super) fn open(prompt: &Prompt) {
    if !has_desktop() {
        return;
    }
    let link = prompt.complete_link().to_owned();
    let _ = thread::Builder::new().name("browser".into()).spawn(move || {
        let _ = webbrowser::open(&link);
    });
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
