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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SessionId, Source};
    use parking_lot::Mutex;
    use std::io::{self, Write};
    use std::sync::Arc;
    use tracing_subscriber::fmt::MakeWriter;

    /// What the log says.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn each_event_is_a_line_with_all_that_is_known() {
        let written = Written::default();
        let log = tracing_subscriber::fmt().with_writer(written.clone()).with_ansi(false).without_time().finish();
        tracing::subscriber::with_default(log, || {
            let source = Source::from([192, 0, 2, 1]);
            let begun = Event::new(EventKind::Begun, source).tenant("internal").session(SessionId::new(7));
            TracingEvents.note(&begun.client("acme-cli"));
            TracingEvents.note(&Event::new(EventKind::RedeemedAgain, source).tenant("internal"));
            TracingEvents.note(&Event::new(EventKind::BudgetExhausted, Source::UNKNOWN));
        });
        let text = String::from_utf8(written.0.lock().clone()).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "INFO counterfoil::events: event=\"begun\" source=192.0.2.1 tenant=\"internal\" \
                 session=0000000000000007 client=\"acme-cli\"",
                "WARN counterfoil::events: event=\"redeemed_again\" source=192.0.2.1 tenant=\"internal\"",
                "WARN counterfoil::events: event=\"budget_exhausted\" source=unknown",
            ]
        );
    }
}
