//! From request headers to credentials.

use axum::http::{HeaderMap, HeaderValue};

use super::access::{AccessType, Credentials};
use super::failure::Failure;

const STACK: &str = "x-stack-";
const HEXCLAVE: &str = "x-hexclave-";
const NAMES: [&str; 4] = ["project-id", "access-type", "publishable-client-key", "secret-server-key"];

/// Reads the credentials; refuses what is missing, malformed or does not fit together.
pub(super) fn read(headers: &HeaderMap) -> Result<Credentials<'_>, Failure> {
    let [project_id, access_type, publishable_client_key, secret_server_key] = sent(headers);
    let project_id = project_id.text()?;
    let access_type = access_type.text()?;
    let publishable_client_key = publishable_client_key.text()?;
    let secret_server_key = secret_server_key.text()?;

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

/// What was sent of one kind of credential, in each of the two families of header names: `x-stack-NAME`, and the one that
/// newer SDKs send instead.
#[derive(Clone, Copy, Default)]
struct Sent<'a> {
    stack: Option<&'a HeaderValue>,
    hexclave: Option<&'a HeaderValue>,
    name: &'static str,
}

/// All four kinds, in one walk over the headers: a look-up by name costs more than walking past a dozen.
fn sent(headers: &HeaderMap) -> [Sent<'_>; 4] {
    let mut all = NAMES.map(|name| Sent { name, ..Sent::default() });
    for (name, value) in headers {
        let name = name.as_str();
        // The first of several counts.
        if let Some(name) = name.strip_prefix(STACK) {
            all.iter_mut().filter(|sent| sent.name == name).for_each(|sent| _ = sent.stack.get_or_insert(value));
        } else if let Some(name) = name.strip_prefix(HEXCLAVE) {
            all.iter_mut().filter(|sent| sent.name == name).for_each(|sent| _ = sent.hexclave.get_or_insert(value));
        }
    }
    all
}

impl<'a> Sent<'a> {
    /// The text of the first family that has one; an empty one counts as absent.
    fn text(self) -> Result<Option<&'a str>, Failure> {
        for (family, value) in [(STACK, self.stack), (HEXCLAVE, self.hexclave)] {
            let Some(value) = value else { continue };
            let refusal = |_| Failure::schema(format!("The header {family}{} must be printable ASCII.", self.name));
            let text = value.to_str().map_err(refusal)?;
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}
