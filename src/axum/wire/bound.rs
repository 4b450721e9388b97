//! `Bound`: what a login is bound to, so that its polling code alone is worth nothing.

use sha2::{Digest, Sha256};

use super::pkce::Challenge;
use crate::Binding;

/// What the caller of a poll must have, beside the code: all of what the login began with.
#[derive(Default)]
pub(crate) struct Bound<'a> {
    /// The OAuth client's id.
    pub(crate) client: Option<&'a str>,
    /// The scope that it asked for.
    pub(crate) scope: Option<&'a str>,
    /// The code challenge, or that of the verifier.
    pub(crate) challenge: Option<Challenge>,
}

impl Bound<'_> {
    /// Returns a digest of all parts. `None` if there are none: the login is open to any poll that has its code.
    pub(crate) fn binding(&self) -> Option<Binding> {
        let challenge = self.challenge.as_ref().map(Challenge::as_bytes);
        let parts =
            [self.client.map(str::as_bytes), self.scope.map(str::as_bytes), challenge.map(<[u8; 32]>::as_slice)];
        if parts.iter().all(Option::is_none) {
            return None;
        }
        let mut hash = Sha256::new_with_prefix("counterfoil binding\0");
        for part in parts {
            // No part can be taken for another, nor its absence for an empty one.
            let length = part.map_or(u64::MAX, |part| part.len() as u64);
            hash.update(length.to_le_bytes());
            hash.update(part.unwrap_or_default());
        }
        Some(Binding::new(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_counts() {
        let of = |client, scope| Bound { client, scope, challenge: None }.binding();
        let some =
            [(Some(""), None), (None, Some("")), (Some("ab"), Some("c")), (Some("a"), Some("bc")), (Some("abc"), None)];
        for (at, one) in some.iter().enumerate() {
            for (other_at, other) in some.iter().enumerate() {
                assert_eq!(of(one.0, one.1) == of(other.0, other.1), at == other_at, "{one:?} {other:?}");
            }
        }
        assert!(of(None, None).is_none());
    }
}
