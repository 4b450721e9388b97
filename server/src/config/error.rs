//! `ConfigError`: what is wrong with the configuration, where, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use super::outline::{self, Outline};

/// What is wrong with the configuration. It shows the place, the setting and what is expected there, and never a value,
/// which may be a secret that was put in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it is.
    pub place: Place,
    /// The path of the setting, such as `store.redis.url` or `project[0].id`.
    pub key: Option<String>,
    /// What is wrong, and what to do.
    pub what: String,
}

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, at this line and column, counted from 1.
    Line(PathBuf, usize, usize),
    /// In a file, which should have it, or cannot be read.
    File(PathBuf),
    /// In this environment variable.
    Variable(String),
    /// Nowhere.
    Nowhere,
}

impl ConfigError {
    pub(crate) fn new(place: Place, key: impl Into<Option<String>>, what: impl Into<String>) -> Self {
        Self { place, key: key.into(), what: what.into() }
    }

    /// An error of a setting that only shows when it is used.
    pub(crate) fn of(key: &str, what: impl Into<String>) -> Self {
        Self::new(Place::Nowhere, key.to_owned(), what)
    }

    /// The error of a file whose text cannot be read as settings.
    pub(crate) fn parsing(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let Some(span) = error.span() else {
            return Self::new(Place::File(path.to_owned()), None, plain(error.message()));
        };
        let (line, column) = outline::position(text, span.start);
        let place = Place::Line(path.to_owned(), line, column);
        Self::new(place, Outline::of(text).at(line), plain(error.message()))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(path, line, column) => write!(f, "{}:{line}:{column}: ", path.display())?,
            Place::File(path) => write!(f, "{}: ", path.display())?,
            Place::Variable(name) => write!(f, "the environment variable {name}: ")?,
            Place::Nowhere => {}
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for ConfigError {}

/// A parser's message without the value that it is about, and with types in words.
pub(crate) fn plain(message: &str) -> String {
    let message = message.replace('\n', "; ");
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let (name, known) = rest.split_once(", expected ").unwrap_or((rest, "none"));
        let known = known.strip_prefix("one of ").unwrap_or(known);
        return format!("there is no setting {name} here; there are {known}");
    }
    if !["invalid type: ", "invalid value: ", "invalid length "].iter().any(|start| message.starts_with(start)) {
        return message;
    }
    let expected = message.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
    let expected = match expected {
        "a nonzero u32" | "a nonzero usize" => "a whole number, at least 1",
        "a string" | "path string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a section, with its settings as key = value",
        other => other,
    };
    format!("expected {expected}")
}
