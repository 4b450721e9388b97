//! `Outline`: which line of a file has which setting. The parser says where an error is, and not what the setting is called.

/// The settings and sections of a file, line by line, as far as lines show them.
pub(crate) struct Outline(Vec<Entry>);

struct Entry {
    path: String,
    line: usize,
    column: usize,
}

impl Outline {
    pub(crate) fn of(text: &str) -> Self {
        let mut entries = Vec::new();
        let mut section = String::new();
        for (line, full) in (1..).zip(text.lines()) {
            let content = full.trim_start();
            let column = full.chars().count() - content.chars().count() + 1;
            let path = if let Some(name) = content.strip_prefix("[[").and_then(|rest| rest.split("]]").next()) {
                let name = name.trim();
                let before = entries.iter().filter(|entry: &&Entry| is_element(&entry.path, name)).count();
                section = format!("{name}[{before}]");
                section.clone()
            } else if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                name.0.trim().clone_into(&mut section);
                section.clone()
            } else if let Some((key, _)) = content.split_once('=').filter(|(key, _)| is_key(key.trim())) {
                let dot = if section.is_empty() { "" } else { "." };
                format!("{section}{dot}{}", key.trim())
            } else {
                continue;
            };
            entries.push(Entry { path, line, column });
        }
        Self(entries)
    }

    /// Returns the setting that a line belongs to.
    pub(crate) fn at(&self, line: usize) -> Option<String> {
        self.0.iter().rev().find(|entry| entry.line <= line).map(|entry| entry.path.clone())
    }

    /// Returns the line and the column of a setting, or of its section.
    pub(crate) fn find(&self, path: &str) -> Option<(usize, usize)> {
        let section = path.rsplit_once('.').map_or("", |(section, _)| section);
        let find = |path: &str| self.0.iter().find(|entry| entry.path == path);
        find(path).or_else(|| find(section)).map(|entry| (entry.line, entry.column))
    }
}

fn is_element(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// Returns the line and the column of a byte of the text, both counted from 1.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
