//! What settings must be together.

use std::time::Duration;

use counterfoil::{MAX_CLIENT, MAX_SCOPE};

use super::{Config, Given, Project};

/// The shortest key that is hard to guess, if it is random.
const SHORTEST_KEY: usize = 16;

/// The path of a setting, and what is wrong with it.
type Wrong = (String, String);

fn wrong<T>(path: impl Into<String>, what: impl Into<String>) -> Result<T, Wrong> {
    Err((path.into(), what.into()))
}

pub(crate) fn check(config: &Config) -> Result<(), Wrong> {
    address(config)?;
    times(config)?;
    store(config)?;
    if config.project.is_empty() {
        return wrong(
            "project",
            "there is none; add [[project]] with id, secret_server_key and publishable_client_key",
        );
    }
    for (number, project) in config.project.iter().enumerate() {
        let path = |key: &str| format!("project[{number}].{key}");
        id(&project.id).map_err(|what| (path("id"), what))?;
        if config.project[..number].iter().any(|other| other.id == project.id) {
            return wrong(path("id"), "another project has this id; give each its own");
        }
        keys(project).map_err(|(key, what)| (path(key), what))?;
    }
    clients(config)
}

fn address(config: &Config) -> Result<(), Wrong> {
    let listen = config.listen.address;
    if config.http.public_url.is_none() && !listen.ip().to_canonical().is_loopback() {
        return wrong(
            "http.public_url",
            "it is missing, and other machines reach listen.address; give the address that tools use, such as \
             \"https://login.example.com\", or listen on 127.0.0.1",
        );
    }
    if config.metrics.address.is_some_and(|address| address == listen && address.port() != 0) {
        return wrong("metrics.address", "the endpoints are served there; give it another port");
    }
    Ok(())
}

fn times(config: &Config) -> Result<(), Wrong> {
    let Config { http, login, oauth, .. } = config;
    let positive = [
        ("http.header_timeout", http.header_timeout),
        ("http.body_timeout", http.body_timeout),
        ("http.request_timeout", http.request_timeout),
        ("http.idle_timeout", http.idle_timeout),
        ("http.max_connection_age", http.max_connection_age),
        ("login.longest", login.longest),
        ("oauth.expires_in", oauth.expires_in),
    ];
    if let Some((path, _)) = positive.iter().find(|(_, time)| time.get().is_zero()) {
        return wrong(*path, "it is zero, so that nothing could happen; give it some seconds");
    }
    if http.request_timeout <= login.max_wait {
        return wrong(
            "http.request_timeout",
            "a poll that waits for login.max_wait would be cut off; make it some seconds longer than that",
        );
    }
    if oauth.expires_in.get() < Duration::from_secs(1) {
        return wrong("oauth.expires_in", "it is told to clients in whole seconds; give it at least \"1s\"");
    }
    Ok(())
}

fn store(config: &Config) -> Result<(), Wrong> {
    let Some(redis) = &config.store.redis else { return Ok(()) };
    if config.store.memory.is_some() {
        return wrong("store", "both store.memory and store.redis are given; remove one of them");
    }
    if redis.url.is_none() {
        return wrong("store.redis.url", "it is missing; give it, such as \"redis://10.0.0.7:6379\"");
    }
    if redis.keys.is_empty() {
        return wrong("store.redis.keys", "it is missing; give the same key to all servers: `openssl rand -hex 32`");
    }
    Ok(())
}

/// An id comes in a header, and is kept with logins.
fn id(id: &str) -> Result<(), String> {
    let fits = !id.is_empty() && id.len() <= MAX_CLIENT && id.bytes().all(|byte| byte.is_ascii_graphic());
    let what = "give it from 1 to 128 printable ASCII characters, without spaces";
    if fits { Ok(()) } else { Err(if id.is_empty() { format!("it is missing; {what}") } else { what.to_owned() }) }
}

fn keys(project: &Project) -> Result<(), (&'static str, String)> {
    let given = [
        ("secret_server_key", &project.secret_server_key, "your site's server sends it"),
        ("publishable_client_key", &project.publishable_client_key, "tools send it"),
    ];
    let mut texts = Vec::new();
    for (name, key, who) in given {
        let Some(text) = key.as_ref().and_then(Given::text) else {
            return Err((name, format!("it is missing; {who}: give a random one, such as of `openssl rand -hex 20`")));
        };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err((name, "it is sent in a header; give printable ASCII characters, without spaces".to_owned()));
        }
        if text.len() < SHORTEST_KEY {
            return Err((
                name,
                format!("it is too short to be hard to guess; give at least {SHORTEST_KEY} characters"),
            ));
        }
        texts.push(text);
    }
    if texts[0] == texts[1] {
        return Err(("secret_server_key", "it is the publishable_client_key, too; give another".to_owned()));
    }
    Ok(())
}

fn clients(config: &Config) -> Result<(), Wrong> {
    for (number, client) in config.client.iter().enumerate() {
        let path = |key: &str| format!("client[{number}].{key}");
        id(&client.id).map_err(|what| (path("id"), what))?;
        if config.client[..number].iter().any(|other| other.id == client.id) {
            return wrong(path("id"), "another client has this id; give each its own");
        }
        if !config.project.iter().any(|project| project.id == client.project) {
            return wrong(path("project"), "no [[project]] has this id; name one that there is");
        }
        if client.name.trim().is_empty() {
            return wrong(path("name"), "it is missing; people are shown it");
        }
        if config.oauth.verification_uri.is_none() {
            return wrong("oauth.verification_uri", "it is missing, and clients need it; give the page of your site");
        }
    }
    let scope_fits = |scope: &String| {
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        !scope.is_empty() && scope.len() <= MAX_SCOPE && scope.bytes().all(fits)
    };
    if !config.oauth.scopes.iter().all(scope_fits) {
        return wrong("oauth.scopes", "a scope has printable ASCII characters but for spaces, quotes and backslashes");
    }
    Ok(())
}
