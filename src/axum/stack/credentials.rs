//! Reads the `Credentials` from a request's headers.

use axum::http::{HeaderMap, HeaderValue};

use crate::axum::server::{AccessType, Credentials};
use crate::axum::wire::Failure;

/// The two families of header names: `x-stack-NAME`, and the one that newer SDKs send instead; after the `x-`.
const FAMILIES: [&str; 2] = ["stack-", "hexclave-"];
/// The headers that identify the caller. Only the first four are used; the others must be unambiguous, too.
const NAMES: [&str; 8] = [
    "project-id",
    "access-type",
    "publishable-client-key",
    "secret-server-key",
    "super-secret-admin-key",
    "admin-access-token",
    "access-token",
    "refresh-token",
];

/// Reads the credentials. Fails if a header is missing or malformed, or if the key does not fit the access type.
pub(super) fn read(headers: &HeaderMap) -> Result<Credentials<'_>, Failure> {
    let [project_id, access_type, publishable_client_key, secret_server_key, ..] = sent(headers)?;

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
            "The access type is client, but no publishable client key was sent; send x-stack-publishable-client-key, \
             or the access type that fits the key.",
        )),
        AccessType::Server | AccessType::Admin if secret_server_key.is_none() => Err(Failure::known(
            401,
            "SERVER_AUTHENTICATION_REQUIRED",
            "The access type is server or admin, but no secret server key was sent; send x-stack-secret-server-key, \
             or the access type that fits the key.",
        )),
        _ => Ok(Credentials { project_id, access_type, publishable_client_key, secret_server_key }),
    }
}

/// Returns the place of a name in [`NAMES`]: by a match, which compares lengths first.
fn place(name: &str) -> Option<usize> {
    Some(match name {
        "project-id" => 0,
        "access-type" => 1,
        "publishable-client-key" => 2,
        "secret-server-key" => 3,
        "super-secret-admin-key" => 4,
        "admin-access-token" => 5,
        "access-token" => 6,
        "refresh-token" => 7,
        _ => return None,
    })
}

/// Returns the texts of [`NAMES`], from one pass over the headers. A header may come twice, and in both families, with
/// the same value: of two values one would be ignored. An empty header counts as absent.
fn sent(headers: &HeaderMap) -> Result<[Option<&str>; NAMES.len()], Failure> {
    let mut values: [Option<&HeaderValue>; NAMES.len()] = [None; NAMES.len()];
    for (header, value) in headers {
        let Some(rest) = header.as_str().strip_prefix("x-") else { continue };
        let Some(rest) = FAMILIES.into_iter().find_map(|family| rest.strip_prefix(family)) else { continue };
        let Some(at) = place(rest) else { continue };
        if values[at].get_or_insert(value) != value {
            return Err(Failure::schema(format!("The header x-stack-{rest} is given twice, with different values.")));
        }
    }
    let mut texts = [None; NAMES.len()];
    for ((text, name), value) in texts.iter_mut().zip(NAMES).zip(values) {
        let Some(value) = value else { continue };
        let refusal = |_| Failure::schema(format!("The header x-stack-{name} must be printable ASCII."));
        *text = Some(value.to_str().map_err(refusal)?).filter(|text| !text.is_empty());
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_place() {
        for (at, name) in NAMES.into_iter().enumerate() {
            assert_eq!(place(name), Some(at), "{name}");
        }
        assert_eq!(place("project-ids"), None);
    }
}
