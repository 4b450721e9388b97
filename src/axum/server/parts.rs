//! `Parts`: what a server supplies to its routes.

/// The store, and the implementations of the two traits.
pub(crate) struct Parts<B, A, K> {
    pub(crate) store: B,
    pub(crate) access: A,
    pub(crate) tokens: K,
}
