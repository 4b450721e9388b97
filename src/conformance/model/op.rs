//! The operations, in small numbers, any of which makes sense.

/// One operation on an engine and on its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op {
    /// How many seconds pass before it.
    pub seconds: u8,
    /// The session that it is about: zero is the one that began last, one the one before.
    pub session: u8,
    /// Whose codes it uses.
    pub by: By,
    /// What it does.
    pub verb: Verb,
}

/// Whose codes an operation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The session's own.
    Its,
    /// The session's own, through the handle of another tenant.
    AnotherTenant,
    /// The polling code in place of the login code, and the other way round.
    TheOtherCode,
    /// The session's own, in another store.
    AnotherStore,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Begins a login.
    Initiate {
        /// One of three tenants.
        tenant: u8,
        /// Its time to live in seconds; some milliseconds are added.
        ttl: u8,
        /// Whether it has a context.
        context: bool,
    },
    /// Polls, with an attempt or without.
    Poll {
        /// The number of the attempt.
        attempt: Option<u8>,
    },
    /// Approves.
    Complete,
    /// Refuses.
    Deny,
    /// Gives up.
    Cancel,
    /// Looks at all sessions.
    Inspect,
    /// Takes the context.
    Claim,
    /// Looks the user code up.
    Resolve,
    /// Does what is due.
    Sweep,
    /// Moves to a tick before, at or after the session's deadline, the end of its retention or the end of its replay
    /// window, and polls it just there.
    Edge {
        /// Which of the three.
        of: u8,
        /// Before, at or after.
        off: u8,
    },
}
