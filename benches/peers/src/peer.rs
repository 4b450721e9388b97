//! The duties that every peer has, whatever it is made of.

use std::time::Duration;

use counterfoil::Secret;

/// What a completion hands over. The crate wipes its own; the peers keep a plain `String`.
pub trait Grant: From<String> + Send + 'static {
    fn text(&self) -> &str;
}

impl Grant for String {
    fn text(&self) -> &str {
        self
    }
}

impl Grant for Secret {
    fn text(&self) -> &str {
        self.expose()
    }
}

/// The answer to a poll.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer<G> {
    Pending,
    Completed(G),
    Used,
    /// Its time ran out; a peer that drops what is expired says `Unknown` instead.
    Expired,
    Unknown,
}

impl<G> Answer<G> {
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }
}

/// What a peer is in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ours,
    /// Something that one would write or pick.
    Peer,
    /// The least that a look-up costs: not usable as a store.
    Floor,
    /// A shape that the crate might have had.
    Shape,
}

/// How much a store is made for.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Every peer that can be made with a capacity is made with this one.
    pub sessions: usize,
    /// Sessions that come besides; only a store that refuses what exceeds its bound has to know of them.
    pub beyond: usize,
    pub ttl: Duration,
}

impl Room {
    pub const TTL: Duration = Duration::from_secs(2 * 60 * 60);

    pub fn of(sessions: usize) -> Self {
        Self { sessions, beyond: 0, ttl: Self::TTL }
    }
}

/// A store of command-line logins: two codes for each session, as text, a look-up by each, a time to live, and a grant
/// that is handed out once.
pub trait Peer: Sized + Send + Sync + 'static {
    const NAME: &'static str;
    const KIND: Kind = Kind::Peer;
    /// The file that the peer is in: its header is what the report says of it.
    const SOURCE: &'static str;
    /// Whether sessions expire.
    const EXPIRES: bool = true;
    /// Whether two polls at once never both get the grant, and two completions never both succeed.
    const ATOMIC: bool = true;
    /// Whether threads may change it at once.
    const SHARED: bool = true;
    /// Characters in a code.
    const CODE: usize = 32;

    type Grant: Grant;
    type Code: AsRef<str> + Send;

    fn new(room: Room) -> Self;

    /// Begins a session: the polling code and the login code.
    fn initiate(&self) -> (Self::Code, Self::Code);

    fn poll(&self, polling: &str) -> Answer<Self::Grant>;

    /// Whether this completion succeeded.
    fn complete(&self, login: &str, grant: Self::Grant) -> bool;

    /// Drops whatever is due, and does whatever other housekeeping has piled up.
    fn expire(&self);
}
