//! `Outcome`: the outcome of a request, for metrics.

/// The outcome of a request, in one word, for a server's metrics and log. Responses of these routes carry it in their
/// extensions. There are a few dozen such words. None comes from a client, and all dialects use the same word for the
/// same outcome.
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
    /// Takes the word; for a server's own routes, and for tests.
    ///
    /// ```
    /// assert_eq!(counterfoil::axum::Outcome::new("pending").as_str(), "pending");
    /// ```
    #[must_use]
    pub const fn new(word: &'static str) -> Self {
        Self(word)
    }

    /// Returns the word: `initiated`; for a poll `pending`, `completed`, `used`, `denied`, `cancelled`, `expired` or
    /// `unknown`; for a completion `approved`, `denied`, `checked` or `claimed`; for an error its code, such as
    /// `SCHEMA_ERROR` or, in the RFC 8628 dialect, `authorization_pending`. For a page `shown`, `code_asked`,
    /// `approved`, `denied`, `withdrawn`, or what is wrong.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
