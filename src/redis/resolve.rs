//! `resolve`: from the code that a person typed to the login that it names.

use tokio::time::Instant;

use super::locator::Locator;
use super::reads::Reads;
use super::stored::Stored;
use super::value::same;
use super::{RedisStore, Shared, script, seal};
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{BackendError, ResolveError, Unavailable};
use crate::guess_limits::WINDOW;
use crate::source::{Rung, Source};

/// A count of guesses, and its limit.
struct Count {
    key: [String; 1],
    limit: u64,
}

impl Shared {
    fn counts(&self, source: Source) -> Vec<Count> {
        let count = |name: String, limit: u64| Count { key: [self.keys.named('q', &name)], limit };
        let rung = |rung: Rung| {
            // Under the store's key: there are few addresses, and a digest would show them.
            let name = self.store_keys.first().map(|key| key.name("guesses", &rung.bytes())).unwrap_or_default();
            count(name, rung.budget(self.guesses.per_source).into())
        };
        let mut counts: Vec<_> = source.ladder().take(1).map(rung).collect();
        counts.push(count("all".to_owned(), self.guesses.total.into()));
        counts
    }

    /// Pays on all counts, or on none.
    async fn pay(&self, counts: &[Count]) -> Result<(), BackendError<ResolveError>> {
        let window = self.millis(WINDOW);
        for (at, count) in counts.iter().enumerate() {
            let limit = count.limit.to_string();
            let paid = self
                .run(&script::PAY, &count.key, count.key[0].as_bytes(), &[limit.as_bytes(), window.as_bytes()])
                .await;
            let refused = match paid {
                Ok(reply) if reply.letter == b'O' => continue,
                Ok(reply) => {
                    BackendError::Refused(ResolveError::TooManyGuesses { retry_after: self.read_time(&reply.rest) })
                }
                Err(unavailable) => unavailable.into(),
            };
            self.refund(&counts[..at]).await;
            return Err(refused);
        }
        Ok(())
    }

    /// What cannot be given back now is over in a minute.
    async fn refund(&self, counts: &[Count]) {
        for count in counts {
            let _ = self.run(&script::REFUND, &count.key, count.key[0].as_bytes(), &[]).await;
        }
    }

    /// The login of a user code, under whichever store key it was named.
    pub(super) async fn named(&self, code: &UserCode) -> Result<Option<LoginCode>, Unavailable> {
        for store_key in &self.store_keys {
            let name = store_key.name("user code", &code.number().to_le_bytes());
            let key = self.keys.named('u', &name);
            let (Some(sealed), by) = Reads::get(&self.reads, &key, Instant::now()).await? else { continue };
            let Some(login) = store_key.open_login(&name, &sealed) else {
                // Or it is the reply to another request.
                self.link.drop_connection(by);
                return Err(self.link.foreign(key, "not the name of a login"));
            };
            let seen = self.look(Locator(login.place)).await?;
            let digest = seal::login_digest(&login);
            return Ok(seen.filter(|seen| same(&seen.stub.login, &digest)).map(|_| LoginCode(login)));
        }
        Ok(None)
    }
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    pub(super) async fn find(&self, code: &UserCode, source: Source) -> Result<LoginCode, BackendError<ResolveError>> {
        let shared = &*self.shared;
        let counts = shared.counts(source);
        shared.pay(&counts).await?;
        let found = shared.named(code).await;
        if !matches!(found, Ok(None)) {
            shared.refund(&counts).await;
        }
        found?.ok_or(BackendError::Refused(ResolveError::Unknown))
    }
}
