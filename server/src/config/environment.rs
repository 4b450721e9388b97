//! Environment variables that give settings.
//!
//! The setting `http.public_url` is `COUNTERFOIL_HTTP_PUBLIC_URL`, `store.redis.url` is `COUNTERFOIL_STORE_REDIS_URL`. A
//! list has commas between its texts, and replaces the file's. Of `[[project]]` and `[[client]]` the elements are counted
//! from 0: `COUNTERFOIL_PROJECT_0_ID` sets the id of the first, and adds it if the file has none. A secret may be in a file
//! that the same name with `_FILE` at its end names. A variable that is empty counts as not set.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::Config;
use super::error::{ConfigError, Place, plain};
use super::settings::{Kind, SETTINGS, Setting};

/// What all of them begin with.
pub(crate) const PREFIX: &str = "COUNTERFOIL_";
/// The variable of the flag `--config`.
const OF_FLAGS: &str = "COUNTERFOIL_CONFIG";

/// A setting that a variable gives.
pub(crate) struct Override {
    pub(crate) variable: String,
    pub(crate) setting: Setting,
    pub(crate) number: usize,
    value: Value,
}

/// The variables that are settings, in the order of their numbers, and the names of the others.
pub(crate) fn read(variables: &BTreeMap<String, String>) -> Result<(Vec<Override>, Vec<String>), ConfigError> {
    let (mut overrides, mut unknown) = (Vec::<Override>::new(), Vec::new());
    for (variable, text) in variables.iter().filter(|(name, text)| name.starts_with(PREFIX) && !text.is_empty()) {
        let Some((setting, number, is_file)) = find(variable) else {
            if variable != OF_FLAGS && !is_of_kubernetes(variable, variables) {
                unknown.push(variable.clone());
            }
            continue;
        };
        let failed = |what: String| ConfigError::new(Place::Variable(variable.clone()), setting.path(number), what);
        if let Some(twice) = overrides.iter().find(|other| other.setting == setting && other.number == number) {
            return Err(failed(format!("{} is set, too; remove one of them", twice.variable)));
        }
        let value = value(setting, text, is_file).map_err(failed)?;
        let mut alone = Table::new();
        set(&mut alone, setting, 0, value.clone()).map_err(failed)?;
        Config::deserialize(alone).map_err(|error| failed(plain(error.message())))?;
        overrides.push(Override { variable: variable.clone(), setting, number, value });
    }
    overrides.sort_by_key(|one| one.number);
    Ok((overrides, unknown))
}

impl Override {
    /// Sets it in a configuration.
    pub(crate) fn apply(&self, config: &mut Table) -> Result<(), ConfigError> {
        let Self { variable, setting, number, value } = self;
        set(config, *setting, *number, value.clone())
            .map_err(|what| ConfigError::new(Place::Variable(variable.clone()), setting.path(*number), what))
    }
}

/// Kubernetes tells each container of a service, which may have this program's name, in variables such as
/// `COUNTERFOIL_SERVICE_HOST` and `COUNTERFOIL_PORT_8102_TCP`. They come together.
fn is_of_kubernetes(variable: &str, variables: &BTreeMap<String, String>) -> bool {
    let services = variables.keys().filter_map(|name| name.strip_suffix("_SERVICE_HOST"));
    let mut rests = services.filter_map(|service| variable.strip_prefix(service));
    rests.any(|rest| rest == "_PORT" || ["_PORT_", "_SERVICE_"].iter().any(|start| rest.starts_with(start)))
}

/// The setting of a variable, the number of its section, and whether it names a file.
fn find(variable: &str) -> Option<(Setting, usize, bool)> {
    let of = |name: &str| {
        SETTINGS.into_iter().find_map(|setting| {
            let section = format!("{PREFIX}{}_", setting.section.to_ascii_uppercase());
            let listed = name.strip_prefix(&section).filter(|_| setting.is_listed());
            let number = listed.and_then(|rest| rest.split_once('_')?.0.parse().ok()).unwrap_or(0);
            (setting.variable(number) == name).then_some((setting, number))
        })
    };
    let is_secret = |setting: &Setting| matches!(setting.kind, Kind::Secret | Kind::Secrets);
    of(variable).map(|(setting, number)| (setting, number, false)).or_else(|| {
        let (setting, number) = of(variable.strip_suffix("_FILE")?)?;
        is_secret(&setting).then_some((setting, number, true))
    })
}

fn value(setting: Setting, text: &str, is_file: bool) -> Result<Value, String> {
    let named = |path: &str| Value::Table(Table::from_iter([("file".to_owned(), path.into())]));
    let list = || text.split(',').map(str::trim).filter(|one| !one.is_empty());
    Ok(match setting.kind {
        Kind::Secret if is_file => named(text),
        Kind::Secrets if is_file => Value::Array(vec![named(text)]),
        Kind::Text | Kind::Secret => text.into(),
        Kind::List | Kind::Secrets => Value::Array(list().map(Value::from).collect()),
        Kind::Number => text.trim().parse::<i64>().map_err(|_| "expected a whole number")?.into(),
        Kind::Flag => text.trim().parse::<bool>().map_err(|_| "expected true or false")?.into(),
    })
}

/// Sets a value in a configuration. Sections that are not there are added, an element of a list only behind the last.
fn set(config: &mut Table, setting: Setting, number: usize, value: Value) -> Result<(), String> {
    let mut section = config;
    for name in setting.section.split('.') {
        let inner = section
            .entry(name)
            .or_insert_with(|| if setting.is_listed() { Value::Array(Vec::new()) } else { Value::Table(Table::new()) });
        let inner = match inner {
            Value::Array(elements) => {
                if number > elements.len() {
                    return Err(format!(
                        "there are only {} of these; count them from 0, without a gap",
                        elements.len()
                    ));
                }
                if number == elements.len() {
                    elements.push(Value::Table(Table::new()));
                }
                &mut elements[number]
            }
            other => other,
        };
        section = inner.as_table_mut().ok_or("the file has another value in place of this section")?;
    }
    section.insert(setting.key.to_owned(), value);
    Ok(())
}
