//! `wait`: a poll that answers when there is something to say.

use std::pin::pin;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, timeout_at};

use super::listen::Listener;
use super::locator::Locator;
use super::stored::Stored;
use super::take::Carried;
use super::{RedisStore, script, seal};
use crate::code::PollingCode;
use crate::code::random::generator;
use crate::error::Unavailable;
use crate::session::Polled;

/// How often one who waits looks for itself, half more or less.
const NET: Duration = Duration::from_secs(15);
/// When to poll again if too many wait.
const CROWDED: Duration = Duration::from_secs(1);

impl<T: Stored, C: Stored> RedisStore<T, C> {
    pub(super) async fn ask_and_wait(
        &self,
        code: &PollingCode,
        limit: Duration,
        carried: &Carried,
    ) -> Result<Polled<T>, Unavailable> {
        let first = self.ask(code, carried).await?;
        let Polled::Pending { retry_after } = first else { return Ok(first) };
        let until = Instant::now().checked_add(limit).unwrap_or_else(|| Instant::now() + crate::MAX_TTL);
        let Some(waiting) = Listener::enter(&self.shared.listener, &self.shared.link, Locator(code.0.place)) else {
            return Ok(Polled::Pending { retry_after: retry_after.max(CROWDED) });
        };
        loop {
            if Instant::now() >= until {
                return Ok(Polled::Pending { retry_after });
            }
            let mut woken = pin!(waiting.notify.notified());
            // From here on a call to wake is not missed.
            woken.as_mut().enable();
            if let Some(left) = self.watch(code, carried).await? {
                let net = NET.mul_f64(generator().map_or(1.0, |mut rng| rng.random_range(0.5..1.5)));
                let look = Instant::now() + net.min(left);
                let _ = timeout_at(look.min(until), woken).await;
            }
            match self.ask_unpaced(code, carried).await? {
                // It was looked at again in time; or it was approved, and the proof is not there.
                Polled::Pending { .. } => {}
                told => return Ok(told),
            }
        }
    }

    /// Asks to be told. Returns how long the session lives, or `None` if there is something to look at.
    async fn watch(&self, code: &PollingCode, carried: &Carried) -> Result<Option<Duration>, Unavailable> {
        let shared = &*self.shared;
        let loc = Locator(code.0.place);
        let digest = seal::polling_digest(&self.tenant, &code.0);
        let keys = [shared.keys.of('s', loc)];
        let args = [&digest[..], shared.listener.node(), carried.proof()];
        let reply = shared.run(&script::WATCH, &keys, &loc.bytes(), &args).await?;
        Ok((reply.letter == b'P').then(|| shared.read_time(&reply.rest)))
    }
}
