//! Reads that come at once go as one: a pending poll is one `GET`, and many of them together are one `MGET`.
//!
//! Up to [`FLYING`] commands are on their way at a time. Who comes then waits for the first of them to come back, and goes
//! with all others that wait. A task that polls alone asks at once; under load a poll costs a part of a command.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::link::{Link, Told};
use super::primary::Primary;
use crate::error::Unavailable;

/// Commands on their way at once, before others wait for them.
const FLYING: usize = 4;
/// Keys of one command: it must not keep the server from others for long.
const MOST: usize = 128;

/// The value of a key, if it has one, and the connection that told.
pub(super) type Read = Result<(Option<Vec<u8>>, u64), Unavailable>;

/// The way to values that are read.
pub(super) struct Reads {
    link: Arc<Link>,
    primary: Primary,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    flying: usize,
    waiting: Vec<Asked>,
}

struct Asked {
    key: String,
    began: Instant,
    tell: oneshot::Sender<Read>,
}

impl Reads {
    pub(super) fn new(link: Arc<Link>, primary: Primary) -> Self {
        Self { link, primary, queue: Mutex::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a string. The limit counts from `began`.
    pub(super) async fn get(reads: &Arc<Self>, key: &str, began: Instant) -> Read {
        reads.primary.look(&reads.link, began);
        // The keys of one command would have to be on one node.
        if reads.link.servers().is_cluster() {
            return one(&reads.link, key, began).await;
        }
        let told = {
            let mut queue = reads.queue();
            if queue.flying < FLYING {
                queue.flying += 1;
                None
            } else {
                let (tell, told) = oneshot::channel();
                queue.waiting.push(Asked { key: key.to_owned(), began, tell });
                Some(told)
            }
        };
        let Some(told) = told else {
            let _flight = Flight(reads.clone());
            return one(&reads.link, key, began).await;
        };
        match timeout_at(began + reads.link.limit(), told).await {
            // A value of another type is none to `MGET`, and an error to `GET`.
            // Or the runtime that was to ask for it has ended.
            Ok(Ok(Ok((None, _))) | Err(_)) => one(&reads.link, key, began).await,
            Ok(Ok(read)) => read,
            Err(_) => Err(Link::too_late()),
        }
    }
}

/// A command on its way. When it is over, its place goes to those who wait.
struct Flight(Arc<Reads>);

impl Drop for Flight {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        if queue.waiting.is_empty() {
            queue.flying -= 1;
            return;
        }
        // Without a runtime nobody can ask for them: they do so themselves.
        let Ok(runtime) = Handle::try_current() else {
            queue.flying -= 1;
            queue.waiting.clear();
            return;
        };
        let count = queue.waiting.len().min(MOST);
        let asked: Vec<_> = queue.waiting.drain(..count).collect();
        drop(queue);
        runtime.spawn(fly(Self(self.0.clone()), asked));
    }
}

async fn one(link: &Link, key: &str, began: Instant) -> Read {
    let mut command = redis::cmd("GET");
    command.arg(key);
    let Told { value, by } = link.ask(&command, began).await?;
    match value {
        Value::BulkString(bytes) => Ok((Some(bytes), by)),
        Value::Nil => Ok((None, by)),
        _ => Err(link.disordered(by)),
    }
}

async fn fly(flight: Flight, mut asked: Vec<Asked>) {
    asked.retain(|asked| !asked.tell.is_closed());
    let link = &flight.0.link;
    // The first has waited longest.
    let Some(until) = asked.first().map(|first| first.began + link.limit()) else { return };
    let mut command = redis::cmd("MGET");
    for asked in &asked {
        command.arg(&asked.key);
    }
    let told = match link.ask_until(&command, until).await {
        Ok(Told { value: Value::Array(values), by }) if values.len() == asked.len() => Ok((values, by)),
        Ok(Told { by, .. }) => Err(link.disordered(by)),
        Err(unavailable) => Err(unavailable),
    };
    let (values, by) = match told {
        Ok(told) => told,
        Err(unavailable) => {
            for asked in asked {
                let _ = asked.tell.send(Err(unavailable));
            }
            return;
        }
    };
    for (asked, value) in asked.into_iter().zip(values) {
        let read = match value {
            Value::BulkString(bytes) => Ok((Some(bytes), by)),
            Value::Nil => Ok((None, by)),
            _ => Err(link.disordered(by)),
        };
        let _ = asked.tell.send(read);
    }
}
