//! Reads the configuration: a file, what the environment says besides, and the secrets that both name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;

use super::Config;
use super::environment::{self, PREFIX};
use super::error::{ConfigError, Place};
use super::given::Given;
use super::outline::Outline;
use super::rules;

/// Where the settings come from, for errors that show later.
#[derive(Default)]
struct Sources {
    file: Option<(PathBuf, Outline)>,
    /// The variables that settings come from, by the settings' paths.
    variables: BTreeMap<String, String>,
}

impl Config {
    /// Reads a file, if there is one, and the environment: pairs of a name and a value. Variables that do not begin with
    /// `COUNTERFOIL_` only count if a secret is said to be in them.
    ///
    /// # Errors
    /// [`ConfigError`] names the place, the setting and what to do. An unknown setting is an error, and so is an unknown
    /// variable that begins with `COUNTERFOIL_`: a setting that is mistyped must not be ignored.
    pub fn load(
        path: Option<&Path>,
        variables: impl IntoIterator<Item = (String, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut texts = BTreeMap::new();
        for (name, value) in variables {
            match value.into_string() {
                Ok(text) => _ = texts.insert(name, text),
                Err(_) if name.starts_with(PREFIX) => {
                    return Err(ConfigError::new(Place::Variable(name), None, "it is not UTF-8 text; set it anew"));
                }
                Err(_) => {}
            }
        }

        let mut sources = Sources::default();
        let mut table = Table::new();
        if let Some(path) = path {
            let unread = |error| {
                let what = format!("it cannot be read: {error}; name another by --config");
                ConfigError::new(Place::File(path.to_owned()), None, what)
            };
            let text = fs::read_to_string(path).map_err(unread)?;
            // As settings first: an error knows its place.
            toml::from_str::<Self>(&text).map_err(|error| ConfigError::parsing(path, &text, &error))?;
            table = toml::from_str(&text).map_err(|error| ConfigError::parsing(path, &text, &error))?;
            sources.file = Some((path.to_owned(), Outline::of(&text)));
        }
        let (overrides, mut unknown) = environment::read(&texts)?;
        for one in overrides {
            one.apply(&mut table)?;
            sources.variables.insert(one.setting.path(one.number), one.variable);
        }
        let mut config = Self::deserialize(table).map_err(|error| sources.error(None, error.message()))?;

        let named: Vec<String> = config.secrets().filter_map(|(_, given)| Some(given.variable()?.to_owned())).collect();
        unknown.retain(|name| !named.contains(name));
        if let Some(name) = unknown.pop() {
            let what = "no setting has this name; remove it, or look for the right one with --print-default";
            return Err(ConfigError::new(Place::Variable(name), None, what));
        }
        for (path, given) in config.secrets() {
            *given = given.read(|name| texts.get(name).cloned()).map_err(|what| sources.error(Some(path), &what))?;
        }
        rules::check(&config).map_err(|(path, what)| sources.error(Some(path), &what))?;
        Ok(config)
    }

    /// All secrets, with their paths.
    fn secrets(&mut self) -> impl Iterator<Item = (String, &mut Given)> {
        let of_redis = self.store.redis.iter_mut().flat_map(|redis| {
            let keys = redis.keys.iter_mut().map(|key| ("store.redis.keys".to_owned(), key));
            redis.url.iter_mut().map(|url| ("store.redis.url".to_owned(), url)).chain(keys)
        });
        let of_projects = self.project.iter_mut().enumerate().flat_map(|(number, project)| {
            let keys = [
                ("secret_server_key", &mut project.secret_server_key),
                ("publishable_client_key", &mut project.publishable_client_key),
            ];
            keys.into_iter().filter_map(move |(key, given)| Some((format!("project[{number}].{key}"), given.as_mut()?)))
        });
        of_redis.chain(of_projects)
    }
}

impl Sources {
    /// An error of a setting, where it was given or should be.
    fn error(&self, path: Option<String>, what: &str) -> ConfigError {
        let variable = path.as_ref().and_then(|path| self.variables.get(path));
        let place = match (variable, &self.file) {
            (Some(variable), _) => Place::Variable(variable.clone()),
            (None, Some((file, outline))) => match path.as_ref().and_then(|path| outline.find(path)) {
                Some((line, column)) => Place::Line(file.clone(), line, column),
                None => Place::File(file.clone()),
            },
            (None, None) => Place::Nowhere,
        };
        ConfigError::new(place, path, what)
    }
}
