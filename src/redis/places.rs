//! Places on the accounts of bounds: taken before a login begins, and given back if it does not.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::locator::Locator;
use super::script;
use super::store::Shared;
use crate::error::Unavailable;

/// How often a place is given back that could not be at first; each time the pause before it is twice as long.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);

/// What a login has that has not begun: places on accounts, and a user code. Whatever becomes of the call (its limit
/// strikes, its caller goes away), they are given back, unless they are [kept](Self::keep).
pub(super) struct Places {
    shared: Arc<Shared>,
    loc: Locator,
    taken: Vec<String>,
    name: Option<String>,
}

impl Places {
    pub(super) fn new(shared: Arc<Shared>, loc: Locator) -> Self {
        Self { shared, loc, taken: Vec::new(), name: None }
    }

    /// Takes a place on an account. Returns when to try again, if there is none.
    pub(super) async fn take(
        &mut self,
        account: String,
        ttl: &str,
        bound: Option<u64>,
    ) -> Result<Option<Duration>, Unavailable> {
        let bound = bound.map(|bound| bound.to_string()).unwrap_or_default();
        // Entered first: when no reply comes, the place may be taken all the same.
        self.taken.push(account);
        let keys = &self.taken[self.taken.len() - 1..];
        let args = [ttl.as_bytes(), bound.as_bytes()];
        let reply = self.shared.run(&script::RESERVE, keys, &self.loc.bytes(), &args).await?;
        if reply.letter == b'F' {
            self.taken.pop();
            return Ok(Some(self.shared.read_time(&reply.rest)));
        }
        Ok(None)
    }

    /// The user code that is to go if the login does not begin.
    pub(super) fn name(&mut self, key: String) {
        self.name = Some(key);
    }

    /// The login has begun.
    pub(super) fn keep(mut self) {
        self.taken.clear();
        self.name = None;
    }

    /// Gives everything back now.
    pub(super) async fn give_back(mut self) {
        while let Some(account) = self.taken.last() {
            if release(&self.shared, self.loc, account).await.is_err() {
                // The rest is given back when the server is there again.
                return;
            }
            self.taken.pop();
        }
        if let Some(key) = self.name.take() {
            self.shared.forget(key).await;
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        let (accounts, name) = (mem::take(&mut self.taken), self.name.take());
        if accounts.is_empty() && name.is_none() {
            return;
        }
        // Without a runtime they fall due by their scores.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(give_back_later(self.shared.clone(), self.loc, accounts, name));
        }
    }
}

async fn give_back_later(shared: Arc<Shared>, loc: Locator, mut accounts: Vec<String>, name: Option<String>) {
    if let Some(key) = name {
        shared.forget(key).await;
    }
    for turn in 0..TRIES {
        let mut left = Vec::new();
        for account in accounts {
            if release(&shared, loc, &account).await.is_err() {
                left.push(account);
            }
        }
        accounts = left;
        if accounts.is_empty() {
            return;
        }
        sleep(PAUSE * 2_u32.pow(turn)).await;
    }
}

/// Takes a session off an account.
pub(super) async fn release(shared: &Shared, loc: Locator, account: &String) -> Result<(), Unavailable> {
    shared.run(&script::RELEASE, std::slice::from_ref(account), &loc.bytes(), &[]).await.map(drop)
}
