//! What a server may count.

/// What became of a request, in one word, for a server's metrics and log. Answers of these routes carry it among their
/// extensions. There are a few dozen of these words, none of them comes from a client, and all dialects use the same where the same
/// happened.
///
/// ```
/// use axum::middleware::map_response;
/// use axum::response::Response;
/// use counterfoil::axum::Outcome;
///
/// async fn count(response: Response) -> Response {
///     let outcome = response.extensions().get::<Outcome>().map_or("none", |outcome| outcome.as_str());
///     // Count it here.
///     # let _ = outcome;
///     response
/// }
///
/// # fn mount(app: axum::Router) -> axum::Router {
/// app.layer(map_response(count))
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Outcome(&'static str);

impl Outcome {
    /// Takes the word; for a server's own routes, and its tests.
    ///
    /// ```
    /// assert_eq!(counterfoil::axum::Outcome::new("pending").as_str(), "pending");
    /// ```
    #[must_use]
    pub const fn new(word: &'static str) -> Self {
        Self(word)
    }

    /// The word. `initiated`; of a poll `pending`, `completed`, `used`, `denied`, `cancelled`, `expired`, `unknown`; of a
    /// completion `approved`, `denied`, `checked`, `claimed`; of a refusal its code, such as
    /// `SCHEMA_ERROR` or, in the RFC 8628 dialect, `authorization_pending`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
