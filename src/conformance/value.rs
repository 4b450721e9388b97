//! What a grant or a context must be, so that a case can make one and read it.

use std::sync::Arc;

use crate::secret::Secret;

/// A grant or a context that the suite can make and read.
pub trait Value: Clone + Send + Sync + 'static {
    /// Makes the value that stands for this text.
    fn of(text: &str) -> Self;

    /// Returns the text that it was made of.
    fn text(&self) -> String;
}

impl<T: Value> Value for Arc<T> {
    fn of(text: &str) -> Self {
        Self::new(T::of(text))
    }

    fn text(&self) -> String {
        T::text(self)
    }
}

impl Value for String {
    fn of(text: &str) -> Self {
        text.to_owned()
    }

    fn text(&self) -> String {
        self.clone()
    }
}

impl Value for Secret {
    fn of(text: &str) -> Self {
        Self::new(text)
    }

    fn text(&self) -> String {
        self.expose().to_owned()
    }
}
