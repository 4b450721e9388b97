//! `GET /openapi.json`: the description of the documented dialect, for programs.

use axum::extract::NestedPath;
use axum::extract::rejection::NestedPathRejection;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Value, json};

use crate::axum::server::Host;
use crate::axum::wire::{Failure, json_answer};

/// The documented dialect as an `OpenAPI` 3.1 document: every field, every response, and the headers of a caller.
///
/// It names `/api/v1` as its server. As served at `/openapi.json` beside the endpoints, it names the path that they are
/// nested under.
pub const OPENAPI: &str = include_str!("openapi.json");

pub(super) async fn openapi(nested: Result<NestedPath, NestedPathRejection>, head: Parts) -> Result<Response, Failure> {
    Host::of(&head)?;
    let mut document: Value = serde_json::from_str(OPENAPI).unwrap_or_default();
    let prefix = nested.as_ref().map_or("/", NestedPath::as_str);
    document["servers"] = json!([{ "url": prefix }]);
    Ok(json_answer(StatusCode::OK, &document))
}
