//! `Given`: a secret, or where it is.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use counterfoil::Secret;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// More than this is no secret of ours.
const LIMIT: u64 = 64 * 1024;
const EXPECTED: &str = "a text, { env = \"NAME\" } or { file = \"PATH\" }";

/// A secret: itself, or an environment variable or a file that holds it. White space at the ends of what a file or a
/// variable holds is no part of it. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The secret itself.
    Text(Secret),
    /// The name of an environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}

impl Given {
    /// Returns the secret, once it was read.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(secret) = self { Some(secret.expose()) } else { None }
    }

    /// Returns the name of the variable, if it is in one.
    pub(crate) fn variable(&self) -> Option<&str> {
        if let Self::Env(name) = self { Some(name) } else { None }
    }

    /// Reads it from where it is. An error is a sentence that shows nothing of it.
    pub(crate) fn read(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = match self {
            Self::Text(secret) => secret.expose().to_owned(),
            Self::Env(name) => variable(name)
                .ok_or_else(|| format!("the environment variable {name} is not set, or is no text; set it"))?,
            Self::File(path) => {
                let failed = |what: &dyn fmt::Display| format!("the file {}: {what}", path.display());
                let mut bytes = Vec::new();
                let file = File::open(path).map_err(|error| failed(&error))?;
                file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
                if bytes.len() as u64 > LIMIT {
                    return Err(failed(&"it is larger than 64 KiB; name the file of the secret"));
                }
                String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8 text"))?
            }
        };
        match text.trim() {
            "" => Err(match self {
                Self::Text(_) => "the secret is empty; give it a value".to_owned(),
                Self::Env(name) => format!("the environment variable {name} is empty; give it a value"),
                Self::File(path) => format!("the file {} is empty; write the secret to it", path.display()),
            }),
            text => Ok(Self::Text(Secret::new(text))),
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Secrets;

        impl<'de> Visitor<'de> for Secrets {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Given, E> {
                Ok(Given::Text(Secret::new(text)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let given = match map.next_entry::<String, String>()? {
                    Some((key, name)) if key == "env" => Given::Env(name),
                    Some((key, path)) if key == "file" => Given::File(path.into()),
                    _ => return Err(Error::custom(format_args!("expected {EXPECTED}"))),
                };
                match map.next_key::<String>()? {
                    None => Ok(given),
                    Some(_) => Err(Error::custom(format_args!("expected {EXPECTED}: one of them"))),
                }
            }
        }

        // Of another value nothing is told but what was expected: see `ConfigError`.
        deserializer.deserialize_any(Secrets)
    }
}
