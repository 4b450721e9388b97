//! `AuditLog`: what happens to logins, one JSON object a line.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::events::{Event, Events};

/// The most lines that wait to be written.
const WAITING: usize = 10_000;

/// Writes what happens to logins to a file or a pipe, one JSON object a line: `at` (RFC 3339, UTC), `event`
/// ([`EventKind::as_str`](super::EventKind::as_str)), `source`, `tenant`, `session` and `client`, each `null` if it is not
/// known. No line holds a secret.
///
/// A thread of its own writes. If it falls behind by 10,000 lines, further ones are lost, and the next line says how many:
/// `{"at":…,"event":"lost","lines":…}`. No request waits for it. If a line cannot be written, an error is logged (feature
/// `tracing`), and the line is lost. When the last handle is dropped, what waits is written first.
///
/// ```
/// use std::sync::Arc;
///
/// use counterfoil::axum::{AuditLog, Routes, StaticAccess, StaticTokens, Store};
///
/// let store: Store = Store::builder().build()?;
/// let log = Arc::new(AuditLog::new(std::io::stdout())?);
/// let routes = Routes::new(store, StaticAccess::new(), StaticTokens::new()).events(log);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AuditLog {
    lines: Option<SyncSender<Value>>,
    lost: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

impl AuditLog {
    /// Writes to the end of a file, which is created if there is none. A line is written as a whole, so that the file may
    /// be copied and truncated meanwhile.
    ///
    /// # Errors
    /// Fails if the file cannot be opened, or if the operating system refuses a thread.
    ///
    /// ```
    /// use counterfoil::axum::AuditLog;
    ///
    /// let path = std::env::temp_dir().join("counterfoil-audit-log-example.jsonl");
    /// let log = AuditLog::append(&path)?;
    /// # drop(log);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new(OpenOptions::new().create(true).append(true).open(path)?)
    }

    /// Writes to this.
    ///
    /// # Errors
    /// Fails if the operating system refuses a thread.
    pub fn new(to: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, waiting) = sync_channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        let thread = Builder::new().name("counterfoil-audit".to_owned());
        let writer = thread.spawn(move || write(to, &waiting, &counted))?;
        Ok(Self { lines: Some(lines), lost, writer: Some(writer) })
    }
}

impl Events for AuditLog {
    fn note(&self, event: &Event<'_>) {
        let line = json!({
            "at": Timestamp::now().to_string(),
            "event": event.kind.as_str(),
            "source": event.source.to_string(),
            "tenant": event.tenant,
            "session": event.session.map(|session| session.to_string()),
            "client": event.client,
        });
        if self.lines.as_ref().is_some_and(|lines| lines.try_send(line).is_err()) {
            // ORDERING: Relaxed: a count, and nothing depends on it.
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditLog")
    }
}

/// Writes until there will be no further line. What waits is written together.
fn write(to: impl Write, waiting: &Receiver<Value>, lost: &AtomicU64) {
    let mut to = BufWriter::new(to);
    while let Ok(first) = waiting.recv() {
        let written = std::iter::once(first).chain(waiting.try_iter()).try_for_each(|line| writeln!(to, "{line}"));
        // ORDERING: Relaxed: see above.
        let written = written.and_then(|()| match lost.swap(0, Ordering::Relaxed) {
            0 => Ok(()),
            lines => writeln!(to, "{}", json!({ "at": Timestamp::now().to_string(), "event": "lost", "lines": lines })),
        });
        if let Err(reason) = written.and_then(|()| to.flush()) {
            #[cfg(feature = "tracing")]
            tracing::error!(%reason, "the audit log cannot be written");
            #[cfg(not(feature = "tracing"))]
            drop(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};

    use super::super::EventKind;
    use super::*;
    use crate::{SessionId, Source};

    /// Keeps what is written. The first write waits for a sign.
    struct Slow {
        written: Arc<Mutex<Vec<u8>>>,
        began: Sender<()>,
        go: Receiver<()>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.began.send(());
            let _ = self.go.recv();
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_writer_makes_nobody_wait_and_the_lost_lines_are_counted() {
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let ((began, has_begun), (go, gone)) = (channel(), channel());
        let log = AuditLog::new(Slow { written: written.clone(), began, go: gone }).unwrap();
        let event = Event::new(EventKind::Begun, Source::UNKNOWN).tenant("internal").session(SessionId::new(7));
        log.note(&event.client("acme"));
        has_begun.recv().unwrap();
        for _ in 0..WAITING + 3 {
            log.note(&event);
        }
        drop(go);
        drop(log);
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 1 + WAITING + 1);
        let first = &lines[0];
        assert_eq!(
            (&first["event"], &first["client"], &first["tenant"]),
            (&"begun".into(), &"acme".into(), &"internal".into())
        );
        let last = lines.last().unwrap();
        assert_eq!((&last["event"], &last["lines"]), (&"lost".into(), &3.into()));
    }
}
