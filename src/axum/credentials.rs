//! From request headers to credentials.

use axum::http::HeaderMap;

use super::access::{AccessType, Credentials};
use super::failure::Failure;

/// The two families of header names: `x-stack-NAME`, and the one that newer SDKs send instead.
const FAMILIES: [&str; 2] = ["x-stack-", "x-hexclave-"];

/// Reads the credentials; refuses what is missing, malformed or does not fit together.
pub(super) fn read(headers: &HeaderMap) -> Result<Credentials<'_>, Failure> {
    let project_id = header(headers, "project-id")?;
    let access_type = header(headers, "access-type")?;
    let publishable_client_key = header(headers, "publishable-client-key")?;
    let secret_server_key = header(headers, "secret-server-key")?;

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

/// A header of either family; an empty one counts as absent.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Failure> {
    for family in FAMILIES {
        if let Some(value) = headers.get(format!("{family}{name}")) {
            let text = value
                .to_str()
                .map_err(|_| Failure::schema(format!("The header {family}{name} must be printable ASCII.")))?;
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
    }
    Ok(None)
}
