//! What is told of connections: to `tracing` and to `metrics`, where these features are on.
#![cfg_attr(not(all(feature = "tracing", feature = "metrics")), allow(unused_variables, clippy::unused_self))]

use std::fmt::Display;

#[cfg(feature = "metrics")]
use super::super::metrics::{CONNECTIONS, DISPLACED, REFUSED};

/// A connection that is open, until it is dropped.
#[derive(Debug)]
pub(super) struct Opened(());

impl Opened {
    pub(super) fn new() -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!(CONNECTIONS).increment(1);
        Self(())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        metrics::gauge!(CONNECTIONS).decrement(1);
    }
}

/// Connections that were closed to make room for another.
pub(super) fn displaced(connections: usize) {
    #[cfg(feature = "metrics")]
    metrics::counter!(DISPLACED).increment(connections as u64);
}

/// A connection that was refused, since its source has too many. The first of a minute is a warning.
pub(super) fn refused(source: crate::Source, first: bool) {
    #[cfg(feature = "metrics")]
    metrics::counter!(REFUSED).increment(1);
    #[cfg(feature = "tracing")]
    if first {
        tracing::warn!(%source, "too many connections from one source; if it is a proxy in front, trust it");
    } else {
        tracing::debug!(%source, "too many connections from one source");
    }
}

/// What goes wrong on a connection is the client's to notice.
pub(super) fn broke(error: &dyn Display) {
    #[cfg(feature = "tracing")]
    tracing::debug!(%error, "a connection broke");
}

pub(super) fn cannot_accept(error: &dyn Display) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%error, "cannot accept connections; trying on");
}

/// All connections are at work.
pub(super) fn full(connections: usize) {
    #[cfg(feature = "tracing")]
    tracing::warn!(connections, "too many connections; new ones wait");
}
