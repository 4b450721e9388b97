//! The names of keys. All keys of a session have one hash tag, its bucket's, and so are on one node of a cluster.

use super::locator::Locator;

/// Makes names that begin with the store's prefix.
pub(super) struct Keys {
    pub(super) prefix: Box<str>,
    pub(super) buckets: u16,
    /// The numbers of the buckets, as text.
    tags: Vec<String>,
}

impl Keys {
    pub(super) fn new(prefix: String, buckets: u16) -> Self {
        Self { prefix: prefix.into(), buckets, tags: (0..buckets).map(|bucket| bucket.to_string()).collect() }
    }

    /// The bucket that a session is in.
    pub(super) fn bucket(&self, loc: Locator) -> u16 {
        (loc.0 & 0xffff) as u16 % self.buckets
    }

    /// A key of one session: `s` its state, `m` its stub, `g` its grant, `c` its context, `p` its pace.
    pub(super) fn of(&self, kind: char, loc: Locator) -> String {
        let mut key = String::with_capacity(self.prefix.len() + 20);
        key.push_str(&self.prefix);
        key.push_str(":{");
        key.push_str(self.tags.get(usize::from(self.bucket(loc))).map_or("", |tag| tag));
        key.push_str("}:");
        key.push(kind);
        key.push(':');
        key.extend(loc.bytes().into_iter().map(char::from));
        key
    }

    /// An index of a bucket: `n` the pending, `a` the approved, `r` the remembered sessions, `k` the counts.
    pub(super) fn index(&self, kind: char, bucket: u16) -> String {
        format!("{}:{{{bucket}}}:{kind}", self.prefix)
    }

    /// A key of a bucket that nobody sets: a script that deletes it says whether the server takes writes.
    pub(super) fn unset(&self, bucket: u16) -> String {
        self.index('x', bucket)
    }

    /// A key with a hash tag of its own: `t` a tenant's sessions, `o` a source's, `u` a user code.
    pub(super) fn named(&self, kind: char, name: &str) -> String {
        format!("{}:{kind}:{{{name}}}", self.prefix)
    }

    /// A count of wrong user codes, or the mark that new ones are longer. All have one hash tag: a guess is judged by
    /// several at once.
    pub(super) fn guesses(&self, name: &str) -> String {
        format!("{}:{{q}}:{name}", self.prefix)
    }

    /// What the channels of all processes begin with.
    pub(super) fn channels(&self) -> String {
        format!("{}:w:", self.prefix)
    }
}
