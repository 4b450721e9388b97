//! The three parts that a server brings to its routes.

/// A store, who may call, and which tokens are good.
pub(crate) struct Parts<B, A, K> {
    pub(crate) store: B,
    pub(crate) access: A,
    pub(crate) tokens: K,
}
