//! A file of keys: lines `NAME=VALUE`, with the names of the environment variables.
//!
//! Lines that are empty or begin with `#` are skipped. A value is the rest of its line, without white space at its ends
//! and without quotes; nothing in it is replaced. A token's name may come several times, a key's once.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tracing::warn;

use crate::keys::{ANONYMOUS_REFRESH_TOKEN, PUBLISHABLE_CLIENT_KEY, REFRESH_TOKEN, SECRET_SERVER_KEY};

/// The names that may come once, and those that may come several times.
const ONCE: [&str; 2] = [SECRET_SERVER_KEY, PUBLISHABLE_CLIENT_KEY];
const REPEATED: [&str; 2] = [REFRESH_TOKEN, ANONYMOUS_REFRESH_TOKEN];
/// More than this is not a file of keys.
const LIMIT: u64 = 1024 * 1024;

/// What a file of keys gives: names and values, in order.
#[derive(Default)]
pub(crate) struct KeysFile(Vec<(&'static str, String)>);

impl KeysFile {
    /// Reads a file. An error names the file and the line, and shows nothing of it.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let failed = |what: &dyn std::fmt::Display| format!("the keys file {}: {what}", path.display());
        let file = File::open(path).map_err(|error| failed(&error))?;
        if readable_by_all(&file) {
            warn!(path = %path.display(), "all local users can read the keys file; take that away with chmod 600");
        }
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        if bytes.len() as u64 > LIMIT {
            return Err(failed(&"it is too large for a file of keys"));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8 text"))?;
        Self::parse(&text).map_err(|what| failed(&what))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut read = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let failed = |what: &str| format!("line {number}: {what}");
            let (name, value) = line.split_once('=').ok_or_else(|| failed("expected NAME=VALUE"))?;
            let (name, value) = (name.trim_end(), value.trim_start());
            let known = ONCE.iter().chain(&REPEATED).find(|known| **known == name);
            let name = known.ok_or_else(|| {
                failed(&format!("no such name; there are {} and {}", ONCE.join(", "), REPEATED.join(", ")))
            })?;
            if ONCE.contains(name) && !read.values(name).is_empty() {
                return Err(failed(&format!("{name} is given twice")));
            }
            if value.is_empty() {
                return Err(failed("the value is missing"));
            }
            if value.starts_with(['"', '\'']) {
                return Err(failed("write the value without quotes"));
            }
            read.0.push((name, value.to_owned()));
        }
        Ok(read)
    }

    /// All values of a name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|line| line.0 == name).map(|line| &*line.1).collect()
    }
}

#[cfg(unix)]
fn readable_by_all(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;

    file.metadata().is_ok_and(|file| file.is_file() && file.mode() & 0o004 != 0)
}

/// Who may read it is not in its mode.
#[cfg(not(unix))]
fn readable_by_all(_: &File) -> bool {
    false
}
