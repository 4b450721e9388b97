//! What this process is told by others: one channel, on a connection of its own, for all that wait here.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use rand::Rng;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::keys::Keys;
use super::link::Link;
use super::locator::Locator;
use super::seal::hex;
use crate::code::random::generator;

/// How often a process tells itself that its subscription is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);

/// Those who wait in this process, by session.
pub(super) struct Listener {
    node: String,
    channel: String,
    waiting: Mutex<HashMap<u64, Arc<Notify>>>,
    started: AtomicBool,
}

impl Listener {
    /// Returns `None` if there is no randomness.
    pub(super) fn new(keys: &Keys) -> Option<Self> {
        let mut bytes = [0; 8];
        generator().ok()?.fill_bytes(&mut bytes);
        let node = hex(&bytes);
        let channel = format!("{}{node}", keys.channels());
        Some(Self { node, channel, waiting: Mutex::default(), started: AtomicBool::new(false) })
    }

    pub(super) fn node(&self) -> &[u8] {
        self.node.as_bytes()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Notify>>> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Enters one who waits; it leaves when the guard is dropped.
    pub(super) fn enter(listener: &Arc<Self>, link: &Arc<Link>, loc: Locator) -> Waiting {
        let notify = listener.waiting().entry(loc.0).or_default().clone();
        // ORDERING: Relaxed: whoever is first starts the one task; nothing else is handed over.
        if !listener.started.swap(true, Ordering::Relaxed) {
            tokio::spawn(listen(Arc::downgrade(listener), Arc::downgrade(link), listener.channel.clone()));
        }
        Waiting { listener: listener.clone(), loc, notify }
    }

    fn tell(&self, loc: Locator) {
        if let Some(notify) = self.waiting().get(&loc.0) {
            notify.notify_waiters();
        }
    }

    /// A message may have been lost: all look for themselves.
    fn tell_all(&self) {
        self.waiting().values().for_each(|notify| notify.notify_waiters());
    }
}

/// One who waits.
pub(super) struct Waiting {
    listener: Arc<Listener>,
    loc: Locator,
    pub(super) notify: Arc<Notify>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.listener.waiting();
        // The map's and this one's: nobody else waits for the session.
        if Arc::strong_count(&self.notify) <= 2 {
            waiting.remove(&self.loc.0);
        }
    }
}

async fn listen(listener: Weak<Listener>, link: Weak<Link>, channel: String) {
    for turn in 0.. {
        let Some(servers) = link.upgrade().map(|link| link.servers().clone()) else { return };
        let attempt = timeout(Duration::from_secs(2), async {
            let mut subscription = servers.subscriber(turn).await?;
            subscription.subscribe(channel.as_str()).await?;
            Ok::<_, redis::RedisError>(subscription)
        });
        if let Ok(Ok(mut subscription)) = attempt.await {
            if let Some(listener) = listener.upgrade() {
                listener.tell_all();
            }
            let mut messages = subscription.on_message();
            let mut heard = Instant::now();
            // Two heartbeats that were not heard: the subscription is dead.
            while heard.elapsed() < HEARTBEAT * 2 + PAUSE {
                match timeout(HEARTBEAT, messages.next()).await {
                    Ok(None) => break,
                    Ok(Some(message)) => {
                        heard = Instant::now();
                        let Some(listener) = listener.upgrade() else { return };
                        if let Some(loc) = Locator::read(message.get_payload_bytes()) {
                            listener.tell(loc);
                        }
                    }
                    Err(_) => {
                        let Some(link) = link.upgrade() else { return };
                        let channel = channel.clone();
                        tokio::spawn(async move {
                            let mut beat = redis::cmd("PUBLISH");
                            beat.arg(channel).arg("");
                            let _ = link.ask(&beat).await;
                        });
                    }
                }
            }
        }
        sleep(PAUSE).await;
    }
}
