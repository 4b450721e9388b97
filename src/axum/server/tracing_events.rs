//! `TracingEvents`: what happens to logins, as lines of the log. Feature `tracing`.

use tracing::{info, warn};

use super::events::{Event, EventKind, Events};

/// Writes each [`Event`] as an event of [`tracing`], with the target `counterfoil::events` and the fields `event`, `source`,
/// `tenant`, `session` and `client`: what asks for attention as a warning (a code in two hands, a budget that is
/// exhausted), all else as information.
///
/// ```
/// use counterfoil::axum::{Routes, StaticAccess, StaticTokens, Store, TracingEvents};
///
/// let store = Store::builder().build()?;
/// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).events(TracingEvents);
/// # Ok::<(), counterfoil::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TracingEvents;

/// The same fields at each level.
macro_rules! line {
    ($level:ident, $event:expr) => {
        $level!(
            target: "counterfoil::events",
            event = $event.kind.as_str(),
            source = %$event.source,
            tenant = $event.tenant,
            session = $event.session.map(tracing::field::display),
            client = $event.client,
        )
    };
}

impl Events for TracingEvents {
    fn note(&self, event: &Event<'_>) {
        match event.kind {
            EventKind::RedeemedAgain | EventKind::BudgetExhausted => line!(warn, event),
            _ => line!(info, event),
        }
    }
}
