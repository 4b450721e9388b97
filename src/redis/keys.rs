//! The names of keys. All keys of a session have one hash tag, its bucket's, and so are on one node of a cluster.

use super::locator::Locator;

/// Makes names that begin with the store's prefix.
pub(super) struct Keys {
    pub(super) prefix: Box<str>,
    pub(super) buckets: u16,
}

impl Keys {
    /// The bucket that a session is in.
    pub(super) fn bucket(&self, loc: Locator) -> u16 {
        (loc.0 & 0xffff) as u16 % self.buckets
    }

    /// A key of one session: `s` its state, `m` its stub, `g` its grant, `c` its context, `p` its pace.
    pub(super) fn of(&self, kind: char, loc: Locator) -> String {
        format!("{}:{{{}}}:{kind}:{}", self.prefix, self.bucket(loc), loc.text())
    }

    /// An index of a bucket: `n` the pending, `a` the approved, `r` the remembered sessions, `k` the counts.
    pub(super) fn index(&self, kind: char, bucket: u16) -> String {
        format!("{}:{{{bucket}}}:{kind}", self.prefix)
    }

    /// A key with a hash tag of its own: `t` a tenant's sessions, `o` a source's, `q` its guesses, `u` a user code.
    pub(super) fn named(&self, kind: char, name: &str) -> String {
        format!("{}:{kind}:{{{name}}}", self.prefix)
    }

    /// What the channels of all processes begin with.
    pub(super) fn channels(&self) -> String {
        format!("{}:w:", self.prefix)
    }
}
