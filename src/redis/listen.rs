//! What this process is told by others: one channel, on a connection of its own, for all that wait here.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use rand::{Rng, RngExt};
use redis::RedisError;
use redis::aio::PubSub;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::keys::Keys;
use super::link::Link;
use super::locator::Locator;
use super::outage::RedisOutage;
use super::seal::hex;
use super::servers::RedisServers;
use super::warning::RedisWarning;
use crate::code::random::generator;

/// How often a process tells itself that its subscription is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long making a subscription may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Before the subscription is made again, half less or more; each time that it fails twice as long as before.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Sessions that tasks of this process may wait for at once.
pub(super) const MOST: usize = 100_000;
/// When all look for themselves, they do so in so many parts, each a moment after the other.
const PARTS: usize = 20;
const BETWEEN_PARTS: Duration = Duration::from_millis(100);

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

    /// Enters one who waits; it leaves when the guard is dropped. `None` if as many wait as may.
    pub(super) fn enter(listener: &Arc<Self>, link: &Arc<Link>, loc: Locator) -> Option<Waiting> {
        let waiting = Self::register(listener, loc, MOST)?;
        // ORDERING: Relaxed: the first caller starts the one task; the flag publishes nothing else.
        if !listener.started.swap(true, Ordering::Relaxed) {
            tokio::spawn(listen(Arc::downgrade(listener), Arc::downgrade(link), listener.channel.clone()));
        }
        Some(waiting)
    }

    fn register(listener: &Arc<Self>, loc: Locator, most: usize) -> Option<Waiting> {
        let mut waiting = listener.waiting();
        if waiting.len() >= most && !waiting.contains_key(&loc.0) {
            return None;
        }
        let notify = waiting.entry(loc.0).or_default().clone();
        Some(Waiting { listener: listener.clone(), loc, notify })
    }

    fn tell(&self, loc: Locator) {
        if let Some(notify) = self.waiting().get(&loc.0) {
            notify.notify_waiters();
        }
    }

    /// A message may have been lost: all look for themselves, spread over two seconds, so that the server is not asked
    /// by all at once.
    async fn tell_all(listener: Weak<Self>) {
        let all = |listener: Arc<Self>| listener.waiting().keys().copied().map(Locator).collect::<Vec<_>>();
        let waiting = listener.upgrade().map(all).unwrap_or_default();
        for part in waiting.chunks(waiting.len().div_ceil(PARTS).max(1)) {
            let Some(listener) = listener.upgrade() else { return };
            for loc in part {
                listener.tell(*loc);
            }
            drop(listener);
            sleep(BETWEEN_PARTS).await;
        }
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
        // The map's and this one's: no other task waits for the session.
        if Arc::strong_count(&self.notify) <= 2 {
            waiting.remove(&self.loc.0);
        }
    }
}

async fn listen(listener: Weak<Listener>, link: Weak<Link>, channel: String) {
    let mut pause = PAUSE;
    let mut told = None;
    for turn in 0.. {
        let Some(servers) = link.upgrade().map(|link| link.servers().clone()) else { return };
        match subscribe(&servers, turn, &channel).await {
            Ok(subscription) => {
                (pause, told) = (PAUSE, None);
                tokio::spawn(Listener::tell_all(listener.clone()));
                hear(subscription, &listener, &link, &channel).await;
            }
            Err(why) => {
                let Some(link) = link.upgrade() else { return };
                if told.replace(why) != Some(why) {
                    link.warn.say(&RedisWarning::Unsubscribed { why });
                }
            }
        }
        // Not all processes at the same moment.
        sleep(pause.mul_f64(generator().map_or(1.0, |mut rng| rng.random_range(0.5..1.0)))).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn subscribe(servers: &RedisServers, turn: usize, channel: &str) -> Result<PubSub, RedisOutage> {
    let attempt = timeout(PATIENCE, async {
        let mut subscription = servers.subscriber(turn).await?;
        subscription.subscribe(channel).await?;
        Ok::<_, RedisError>(subscription)
    });
    match attempt.await {
        Ok(Ok(subscription)) => Ok(subscription),
        Ok(Err(error)) => Err(RedisOutage::of(&error)),
        Err(_) => Err(RedisOutage::TimedOut),
    }
}

/// Until the subscription is over, or dead, or nobody needs it any more.
async fn hear(mut subscription: PubSub, listener: &Weak<Listener>, link: &Weak<Link>, channel: &str) {
    let mut messages = subscription.on_message();
    let mut heard = Instant::now();
    // Two heartbeats that were not heard: the subscription is dead.
    while heard.elapsed() < HEARTBEAT * 2 + PAUSE {
        match timeout(HEARTBEAT, messages.next()).await {
            Ok(None) => return,
            Ok(Some(message)) => {
                heard = Instant::now();
                let Some(listener) = listener.upgrade() else { return };
                if let Some(loc) = Locator::read(message.get_payload_bytes()) {
                    listener.tell(loc);
                }
            }
            Err(_) => {
                let Some(link) = link.upgrade() else { return };
                let channel = channel.to_owned();
                tokio::spawn(async move {
                    let mut beat = redis::cmd("PUBLISH");
                    beat.arg(channel).arg("");
                    let _ = link.ask(&beat, Instant::now()).await;
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    fn listener() -> Arc<Listener> {
        Arc::new(Listener::new(&Keys::new("t".to_owned(), 1)).unwrap())
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let listener = listener();
        let [one, other] = [1, 2].map(|loc| Listener::register(&listener, Locator(loc), 2).unwrap());
        assert!(Listener::register(&listener, Locator(3), 2).is_none());
        assert!(Listener::register(&listener, Locator(1), 2).is_some(), "another task of the same session");
        drop(one);
        assert!(Listener::register(&listener, Locator(3), 2).is_some());
        drop(other);
        assert!(listener.waiting().is_empty());
    }

    #[tokio::test]
    async fn all_are_told_in_parts_and_nobody_is_kept() {
        let listener = listener();
        let waiting: Vec<_> = (0..50).map(|loc| Listener::register(&listener, Locator(loc), 50).unwrap()).collect();
        let mut woken: Vec<_> = waiting.iter().map(|waiting| Box::pin(waiting.notify.notified())).collect();
        for woken in &mut woken {
            woken.as_mut().enable();
        }
        let mut telling = pin!(Listener::tell_all(Arc::downgrade(&listener)));
        assert!(telling.as_mut().now_or_never().is_none());
        woken.retain_mut(|woken| woken.now_or_never().is_none());
        assert_eq!(woken.len(), 47, "the first part of twenty");
        telling.await;
        woken.retain_mut(|woken| woken.now_or_never().is_none());
        assert_eq!(woken.len(), 0);
        drop(woken);
        drop(waiting);
        assert!(listener.waiting().is_empty());
    }
}
