//! Calls: a script or a command is sent, again if that failed in passing, until the time for it is over.

use std::pin::Pin;
use std::sync::Mutex as Lock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use redis::{Cmd, RedisError, Value};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::connect::{Connection, PATIENCE};
use super::every::Every;
use super::outage::RedisOutage;
use super::script::Script;
use super::servers::RedisServers;
use super::sight::Sight;
use super::verdict::{Held, Verdict};
use super::warning::{RedisWarning, Warn};
use crate::error::Unavailable;

/// When to try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// A verb of several calls is given up so long after its limit: a single call that fails says more of why.
const SLACK: Duration = Duration::from_millis(100);
/// Calls under way at once; others wait for them, within their own limits. Without a bound, a burst would be told that the
/// server is silent, while it works on those before.
const ROOM: usize = 1024;
/// After so many replies in a row that did not come, the connection is made anew.
const SILENCES: u32 = 3;
/// A connection to a server that takes no writes for want of others is made anew so often.
const RENEWAL: Duration = Duration::from_secs(1);

/// The way to the servers.
pub(super) struct Link {
    servers: RedisServers,
    limit: Duration,
    current: Lock<Option<(u64, Connection)>>,
    connecting: Mutex<()>,
    /// Connections that were begun; each is known by its number.
    tried: AtomicU64,
    silences: AtomicU32,
    /// Calls that may be under way at once.
    room: Semaphore,
    sight: Sight,
    /// When a connection is made anew that may lead to a server that was replaced.
    renewal: Every,
    pub(super) warn: Warn,
}

/// A reply, and the number of the connection that it came over.
pub(super) struct Told {
    pub(super) value: Value,
    pub(super) by: u64,
}

/// What went wrong with one try.
enum Failed {
    /// Another try may succeed. Whether this one may have been applied.
    Passing { maybe_applied: bool },
    /// The server does not know the script.
    NoScript,
    /// No other try would succeed. Whether a part of it may have been applied.
    ForGood { maybe_applied: bool },
}

impl Link {
    pub(super) fn new(servers: RedisServers, limit: Duration, warn: Warn) -> Self {
        Self {
            servers,
            limit,
            current: Lock::new(None),
            connecting: Mutex::new(()),
            tried: AtomicU64::new(0),
            silences: AtomicU32::new(0),
            room: Semaphore::new(ROOM),
            sight: Sight::default(),
            renewal: Every::new(RENEWAL),
            warn,
        }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn servers(&self) -> &RedisServers {
        &self.servers
    }

    fn current(&self) -> Option<(u64, Connection)> {
        self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Gives the connection of that number up, unless another has taken its place.
    pub(super) fn drop_connection(&self, number: u64) {
        let mut current = self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if current.as_ref().is_some_and(|(made, _)| *made == number) {
            *current = None;
        }
    }

    async fn connection(&self) -> Result<(u64, Connection), RedisError> {
        if let Some(found) = self.current() {
            return Ok(found);
        }
        let _turn = self.connecting.lock().await;
        if let Some(found) = self.current() {
            return Ok(found);
        }
        // ORDERING: Relaxed: counted under the lock of those who connect.
        let number = self.tried.fetch_add(1, Ordering::Relaxed);
        let connection = self.servers.connect(number as usize).await?;
        self.silences.store(0, Ordering::Relaxed);
        let made = (number, connection);
        *self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(made.clone());
        self.look_at_policy(made.1.clone());
        Ok(made)
    }

    /// Warns if live logins may be evicted. Some providers hide the setting.
    fn look_at_policy(&self, mut connection: Connection) {
        let warn = self.warn.clone();
        tokio::spawn(async move {
            let mut command = redis::cmd("INFO");
            command.arg("memory");
            let Ok(reply) = connection.ask(&command).await else { return };
            // A cluster answers for each of its nodes.
            let text = format!("{reply:?}");
            let mut policies: Vec<&str> = text.split("maxmemory_policy:").skip(1).map(first_word).collect();
            policies.sort_unstable();
            policies.dedup();
            for policy in policies.into_iter().filter(|policy| *policy != "noeviction") {
                warn.say(&RedisWarning::Eviction { policy: policy.to_owned() });
            }
        });
    }

    /// Holds a verb of several calls to the limit of one, counted from `began`.
    pub(super) async fn within<R, E: From<Unavailable>>(
        &self,
        began: Instant,
        verb: impl Future<Output = Result<R, E>> + Send,
    ) -> Result<R, E> {
        let given_up = |_| Err(Unavailable::new(RETRY_AFTER).maybe_applied().into());
        timeout_at(began + self.limit + SLACK, verb).await.unwrap_or_else(given_up)
    }

    /// Sends a script. The same bytes are sent each time, so that the script recognises a repetition.
    pub(super) async fn run(&self, script: &Script, keys: &[String], args: &[&[u8]]) -> Result<Told, Unavailable> {
        let command = |verb: &str, name: &str| {
            let mut command = redis::cmd(verb);
            command.arg(name).arg(keys.len());
            for key in keys {
                command.arg(key);
            }
            for arg in args {
                command.arg(*arg);
            }
            command
        };
        let until = Instant::now() + self.limit;
        self.send(&command("EVALSHA", &script.sha), || Some(command("EVAL", script.text)), until, self.limit).await
    }

    /// Sends a command. The limit counts from `began`, which is now.
    pub(super) async fn ask(&self, command: &Cmd, began: Instant) -> Result<Told, Unavailable> {
        self.send(command, || None, began + self.limit, self.limit).await
    }

    /// Sends a command for a call that has waited for it.
    pub(super) async fn ask_until(&self, command: &Cmd, until: Instant) -> Result<Told, Unavailable> {
        self.send(command, || None, until, until.saturating_duration_since(Instant::now())).await
    }

    /// What a call is told whose time is over, and that was never sent.
    pub(super) fn too_late() -> Unavailable {
        Unavailable::new(RETRY_AFTER)
    }

    async fn send(
        &self,
        command: &Cmd,
        in_full: impl Fn() -> Option<Cmd>,
        until: Instant,
        mut left: Duration,
    ) -> Result<Told, Unavailable> {
        let mut pause = Duration::from_millis(10);
        let mut maybe = false;
        let mut full = None;
        while !left.is_zero() {
            match self.once(full.as_ref().unwrap_or(command), left).await {
                Ok(told) => return Ok(told),
                Err(Failed::NoScript) if full.is_none() => {
                    full = in_full();
                    if full.is_some() {
                        continue;
                    }
                    break;
                }
                Err(Failed::Passing { maybe_applied }) => maybe |= maybe_applied,
                Err(Failed::ForGood { maybe_applied }) => {
                    maybe |= maybe_applied;
                    break;
                }
                Err(Failed::NoScript) => break,
            }
            sleep(pause.min(until.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 2).min(Duration::from_millis(200));
            left = until.saturating_duration_since(Instant::now());
        }
        let failed = Unavailable::new(RETRY_AFTER);
        Err(if maybe { failed.maybe_applied() } else { failed })
    }

    async fn once(&self, command: &Cmd, mut left: Duration) -> Result<Told, Failed> {
        let passing = Failed::Passing { maybe_applied: false };
        let _room = if let Ok(room) = self.room.try_acquire() {
            room
        } else {
            let until = Instant::now() + left;
            let Ok(Ok(room)) = timeout_at(until, self.room.acquire()).await else { return Err(passing) };
            left = until.saturating_duration_since(Instant::now());
            room
        };
        let (number, mut connection) = if let Some(found) = self.current() {
            found
        } else {
            // Boxed, or the compilers of programs reach the limit on how deep futures may be nested.
            let connecting: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(self.connection());
            let why = match timeout(left.min(self.servers.patience()), connecting).await {
                Ok(Ok(made)) => Ok(made),
                Ok(Err(error)) => Err(RedisOutage::of(&error)),
                Err(_) => Err(RedisOutage::TimedOut),
            };
            match why {
                Ok(made) => made,
                Err(why) => {
                    self.sight.failed(why, Instant::now(), &self.warn);
                    return Err(passing);
                }
            }
        };
        // A connection keeps to limits of its own, and a timer costs as much as the rest of a call.
        let longest = if self.servers.is_cluster() { PATIENCE * 3 } else { PATIENCE };
        let asked = if left > longest {
            Ok(connection.ask(command).await)
        } else {
            timeout(left, connection.ask(command)).await
        };
        match asked {
            Ok(Ok(value)) => {
                // ORDERING: Relaxed: a count, and a lost update costs one more try.
                if self.silences.load(Ordering::Relaxed) != 0 {
                    self.silences.store(0, Ordering::Relaxed);
                }
                self.sight.answered(&self.warn);
                Ok(Told { value, by: number })
            }
            Ok(Err(error)) => Err(self.judge(Verdict::of(&error), Some(&error), number)),
            Err(_) => Err(self.judge(Verdict::SILENCE, None, number)),
        }
    }

    /// What an error means for the connection, for the operator and for the call.
    fn judge(&self, verdict: Verdict, error: Option<&RedisError>, number: u64) -> Failed {
        match verdict {
            Verdict::NoScript => Failed::NoScript,
            Verdict::ForGood { maybe_applied, code } => {
                let message = error.map(ToString::to_string).unwrap_or_default();
                self.warn.say(&RedisWarning::Refused { code, message });
                Failed::ForGood { maybe_applied }
            }
            Verdict::Passing { maybe_applied, connection, why } => {
                let lost = match connection {
                    Held::Good => false,
                    Held::Lost => true,
                    // ORDERING: Relaxed: a count, and a lost update costs one more try.
                    Held::Silent => self.silences.fetch_add(1, Ordering::Relaxed) + 1 >= SILENCES,
                    Held::Doubtful => self.renewal.due(Instant::now()),
                };
                if lost {
                    self.drop_connection(number);
                }
                self.sight.failed(why, Instant::now(), &self.warn);
                Failed::Passing { maybe_applied }
            }
        }
    }

    /// A reply over the connection of that number was to another request: says so, and makes the connection anew.
    pub(super) fn disordered(&self, by: u64) -> Unavailable {
        self.drop_connection(by);
        self.warn.say(&RedisWarning::Disordered);
        Unavailable::new(RETRY_AFTER).maybe_applied()
    }

    pub(super) fn foreign(&self, key: String, why: &'static str) -> Unavailable {
        self.warn.say(&RedisWarning::Foreign { key, why });
        Unavailable::new(RETRY_AFTER)
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(text.len());
    &text[..end]
}
