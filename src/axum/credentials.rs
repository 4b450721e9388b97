//! From request headers to credentials.

use axum::http::{HeaderMap, HeaderValue};

use super::access::{AccessType, Credentials};
use super::failure::Failure;

/// The two families of header names: `x-stack-NAME`, and the one that newer SDKs send instead.
const FAMILIES: [&str; 2] = ["x-stack-", "x-hexclave-"];
const NAMES: [&str; 4] = ["project-id", "access-type", "publishable-client-key", "secret-server-key"];

/// Reads the credentials; refuses what is missing, malformed or does not fit together.
pub(super) fn read(headers: &HeaderMap) -> Result<Credentials<'_>, Failure> {
    let [project_id, access_type, publishable_client_key, secret_server_key] = sent(headers)?;

    let project_id = project_id.ok_or(Failure::known(
        401,
        "ACCESS_TYPE_WITHOUT_PROJECT_ID",
        "The project is not named; send its id in the header x-stack-project-id.",
    ))?;
    if publishable_client_key.is_none() && secret_server_key.is_none() {
        return Err(Failure::known(
            401,
            "PROJECT_AUTHENTICATION_REQUIRED",
            "No key was sent; send x-stack-secret-server-key or x-stack-publishable-client-key.",
        ));
    }
    let access_type = match access_type {
        Some("client") => AccessType::Client,
        Some("server") => AccessType::Server,
        Some("admin") => AccessType::Admin,
        Some(_) => return Err(Failure::schema("x-stack-access-type must be client, server or admin.")),
        None if secret_server_key.is_some() => AccessType::Server,
        None => AccessType::Client,
    };
    match access_type {
        AccessType::Client if publishable_client_key.is_none() => Err(Failure::known(
            401,
            "CLIENT_AUTHENTICATION_REQUIRED",
            "The access type is client, but no publishable client key came along; send x-stack-publishable-client-key, \
             or the access type that fits the key.",
        )),
        AccessType::Server | AccessType::Admin if secret_server_key.is_none() => Err(Failure::known(
            401,
            "SERVER_AUTHENTICATION_REQUIRED",
            "The access type is server or admin, but no secret server key came along; send x-stack-secret-server-key, \
             or the access type that fits the key.",
        )),
        _ => Ok(Credentials { project_id, access_type, publishable_client_key, secret_server_key }),
    }
}

/// The texts of [`NAMES`], from one walk over the headers. The first of several headers counts; an empty one counts as
/// absent, so that the other family's may stand in for it.
fn sent(headers: &HeaderMap) -> Result<[Option<&str>; NAMES.len()], Failure> {
    let mut values = [[None; FAMILIES.len()]; NAMES.len()];
    for (header, value) in headers {
        for (family, prefix) in FAMILIES.into_iter().enumerate() {
            let Some(rest) = header.as_str().strip_prefix(prefix) else { continue };
            if let Some(name) = NAMES.into_iter().position(|name| name == rest) {
                values[name][family].get_or_insert(value);
            }
        }
    }
    let mut texts = [None; NAMES.len()];
    for ((text, name), values) in texts.iter_mut().zip(NAMES).zip(values) {
        *text = first_text(name, values)?;
    }
    Ok(texts)
}

fn first_text<'a>(name: &str, values: [Option<&'a HeaderValue>; FAMILIES.len()]) -> Result<Option<&'a str>, Failure> {
    for (family, value) in FAMILIES.into_iter().zip(values) {
        let Some(value) = value else { continue };
        let refusal = |_| Failure::schema(format!("The header {family}{name} must be printable ASCII."));
        let text = value.to_str().map_err(refusal)?;
        if !text.is_empty() {
            return Ok(Some(text));
        }
    }
    Ok(None)
}
