//! `Audit`: what happens to logins, one JSON object a line, appended to a file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use counterfoil::axum::{Event, Events};
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::error;

/// The most lines that wait to be written. A disk that is slower than that loses lines, and says how many.
const WAITING: usize = 10_000;

/// Hands lines over to a thread that writes them. When it is dropped, what waits is written first.
pub(crate) struct Audit {
    lines: Option<SyncSender<Value>>,
    lost: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

impl Audit {
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let (lines, waiting) = sync_channel(WAITING);
        let lost = Arc::<AtomicU64>::default();
        let counted = lost.clone();
        let writer =
            std::thread::Builder::new().name("audit".to_owned()).spawn(move || write(file, &waiting, &counted))?;
        Ok(Self { lines: Some(lines), lost, writer: Some(writer) })
    }
}

impl Events for Audit {
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

impl Drop for Audit {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Writes until there will be no further line. What waits is written together.
fn write(file: File, waiting: &Receiver<Value>, lost: &AtomicU64) {
    let mut file = BufWriter::new(file);
    while let Ok(first) = waiting.recv() {
        let written = std::iter::once(first).chain(waiting.try_iter()).try_for_each(|line| writeln!(file, "{line}"));
        // ORDERING: Relaxed: see above.
        let written = written.and_then(|()| match lost.swap(0, Ordering::Relaxed) {
            0 => Ok(()),
            lines => {
                writeln!(file, "{}", json!({ "at": Timestamp::now().to_string(), "event": "lost", "lines": lines }))
            }
        });
        if let Err(reason) = written.and_then(|()| file.flush()) {
            error!(%reason, "the audit log cannot be written");
        }
    }
}
