//! The outcome of a poll, in a word.

use counterfoil::Polled;

pub(crate) fn said<T>(polled: &Polled<T>) -> &'static str {
    match polled {
        Polled::Pending { .. } => "pending",
        Polled::SlowDown { .. } => "slow down",
        Polled::Completed(_) => "completed",
        Polled::Redeemed => "redeemed",
        Polled::Denied => "denied",
        Polled::Cancelled => "cancelled",
        Polled::Expired => "expired",
        Polled::Unknown => "unknown",
        other => panic!("{other:?}"),
    }
}
