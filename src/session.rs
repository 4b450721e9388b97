//! What a login is, in every engine.

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Begun, and neither approved nor denied.
    Pending,
    /// Approved; its grant waits for the next poll.
    Completed,
    /// Its grant was handed to a poll.
    Redeemed,
    /// Refused in the browser.
    Denied,
    /// Given up by the command-line tool.
    Cancelled,
    /// Its time ran out before the grant was collected.
    Expired,
}
