//! `resolve`: from the code that a person typed to the login that it names.

use tokio::time::Instant;

use super::reads::Reads;
use super::seal::hex;
use super::stored::Stored;
use super::{RedisStore, Shared, draw_attempt, script};
use crate::attempt::Attempt;
use crate::code::LoginCode;
use crate::code::user::UserCode;
use crate::error::{BackendError, ResolveError, Unavailable};
use crate::guess_limits::WINDOW;
use crate::source::{Rung, Source};

impl Shared {
    /// Judges a guess, and counts it on each rung and in total if it was wrong: in one script, so that guesses in
    /// parallel buy nothing. One that is sent again, since its answer was lost, counts once.
    async fn judge(&self, source: Source, right: bool) -> Result<(), BackendError<ResolveError>> {
        // Under the store's key: there are few addresses, and a digest would show them.
        let named =
            |rung: Rung| self.store_keys.first().map(|key| key.name("guesses", &rung.bytes())).unwrap_or_default();
        let mut keys: Vec<String> = source.known_ladder().map(|rung| self.keys.guesses(&named(rung))).collect();
        let counted = format!("a:{}", hex(&draw_attempt()?));
        keys.extend([self.keys.guesses("all"), self.long_codes(), self.keys.guesses(&counted)]);
        let mut args = vec![
            u8::from(right).to_string(),
            self.millis(WINDOW),
            self.millis(self.ttl),
            self.guesses.total.to_string(),
            self.millis(Attempt::GRACE),
        ];
        for rung in source.known_ladder() {
            args.extend([rung.budget(self.guesses.per_source), rung.budget(1)].map(|number| number.to_string()));
        }
        let args: Vec<&[u8]> = args.iter().map(String::as_bytes).collect();
        let reply = self.run(&script::JUDGE, &keys, keys[0].as_bytes(), &args).await?;
        if reply.letter == b'F' {
            let retry_after = self.read_time(&reply.rest);
            return Err(BackendError::Refused(ResolveError::TooManyGuesses { retry_after }));
        }
        Ok(())
    }

    fn long_codes(&self) -> String {
        self.keys.guesses("long")
    }

    /// Whether a user code that is drawn now has to be a long one.
    pub(super) async fn wants_long_codes(&self) -> Result<bool, Unavailable> {
        let (mark, _) = Reads::get(&self.reads, &self.long_codes(), Instant::now()).await?;
        Ok(mark.is_some())
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
            let login = LoginCode(login);
            return Ok(self.look_by(&login).await?.map(|_| login));
        }
        Ok(None)
    }
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    pub(super) async fn find(&self, code: &UserCode, source: Source) -> Result<LoginCode, BackendError<ResolveError>> {
        let found = self.shared.named(code).await?;
        self.shared.judge(source, found.is_some()).await?;
        found.ok_or(BackendError::Refused(ResolveError::Unknown))
    }
}
