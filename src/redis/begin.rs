//! `initiate`: a login begins, on the accounts of all bounds at once or not at all.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use super::locator::Locator;
use super::look::id_of;
use super::places::Places;
use super::record;
use super::script;
use super::seal::{self, Account};
use super::stored::Stored;
use super::value::{Status, Stub};
use super::{RedisStore, Shared};
use crate::code::random::{NoRandomness, generator};
use crate::code::user::UserCode;
use crate::code::{Code, LoginCode, PollingCode, Proof};
use crate::error::{BackendError, InitiateError, Unavailable};
use crate::session::{Initiated, LoginOptions, MAX_TTL};
use crate::source::Source;

/// Other buckets that are tried when one is full.
const BUCKETS: usize = 3;
/// How often a locator or a user code is drawn again if it is taken.
const DRAWS: usize = 8;
/// The longest that a source is told to wait.
const A_MINUTE: Duration = Duration::from_secs(60);

type Refusal = BackendError<InitiateError>;

/// A new login's secrets.
struct Drawn {
    polling: Code,
    login: Code,
    loc: Locator,
}

fn draw() -> Result<Drawn, Refusal> {
    let mut rng = generator().map_err(|NoRandomness| BackendError::Refused(InitiateError::NoRandomness))?;
    let place = rng.next_u64() & ((1 << 40) - 1);
    let code = |proof| Code { proof, place };
    let (polling, login) = (code(Proof::draw(&mut rng)), code(Proof::draw(&mut rng)));
    Ok(Drawn { polling, login, loc: Locator(place) })
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    pub(super) async fn begin(&self, options: LoginOptions<C>) -> Result<Initiated, Refusal> {
        let shared = &*self.shared;
        let ttl = options.ttl.unwrap_or(shared.ttl);
        let refused = |error| Err(BackendError::Refused(error));
        if ttl.is_zero() {
            return refused(InitiateError::ZeroTtl);
        }
        if ttl > MAX_TTL {
            return refused(InitiateError::TtlTooLong);
        }
        let context = options.context.as_ref().map(Stored::to_bytes);
        let mut first: Option<Duration> = None;
        let (mut full, mut taken) = (0, 0);
        while full < BUCKETS && taken < DRAWS {
            let drawn = draw()?;
            match self.try_begin(&drawn, &options, context.as_deref().map(Vec::as_slice), ttl).await? {
                Begun::Now(user_code) => {
                    let id = id_of(drawn.loc, &seal::polling_digest(&self.tenant, &drawn.polling));
                    let mut begun = Initiated::new(id, PollingCode(drawn.polling), LoginCode(drawn.login), ttl);
                    begun.user_code = user_code;
                    return Ok(begun);
                }
                Begun::Taken => taken += 1,
                Begun::Full(after) => {
                    first = Some(first.map_or(after, |first| first.min(after)));
                    full += 1;
                    if shared.keys.buckets == 1 {
                        break;
                    }
                }
            }
        }
        refused(InitiateError::Full { retry_after: first.unwrap_or(Duration::from_secs(1)) })
    }

    async fn try_begin(
        &self,
        drawn: &Drawn,
        options: &LoginOptions<C>,
        context: Option<&[u8]>,
        ttl: Duration,
    ) -> Result<Begun, Refusal> {
        let shared = &*self.shared;
        let millis = shared.millis(ttl);
        let mut places = Places::new(self.shared.clone(), drawn.loc);
        let sources = options.source.map(|source| shared.rungs(source)).unwrap_or_default();
        for (account, bound) in &sources {
            if let Some(due) = places.take(shared.source_account(*account), &millis, Some(*bound)).await? {
                places.give_back().await;
                return Err(BackendError::Refused(InitiateError::SourceFull { retry_after: due.min(A_MINUTE) }));
            }
        }
        let sources: Vec<_> = sources.into_iter().map(|(account, _)| account).collect();
        let account = shared.tenant_account(&self.tenant);
        if let Some(retry_after) = places.take(account, &millis, shared.tenant_bound.map(u64::from)).await? {
            places.give_back().await;
            return Err(BackendError::Refused(InitiateError::TenantFull { retry_after }));
        }
        // What fails here is given back when the places are dropped.
        let begun = self.on_accounts(drawn, options, context, ttl, sources, &mut places).await?;
        match begun {
            Begun::Now(_) => places.keep(),
            // At once: the next try counts on the same accounts.
            Begun::Full(_) | Begun::Taken => places.give_back().await,
        }
        Ok(begun)
    }

    async fn on_accounts(
        &self,
        drawn: &Drawn,
        options: &LoginOptions<C>,
        context: Option<&[u8]>,
        ttl: Duration,
        accounts: Vec<Account>,
        places: &mut Places,
    ) -> Result<Begun, Refusal> {
        let shared = &*self.shared;
        let loc = drawn.loc;
        let (millis, known) = (shared.millis(ttl), shared.millis(ttl.saturating_add(shared.retention)));
        let unavailable = Unavailable::new(Duration::from_secs(1));
        let store_key = shared.store_keys.first().ok_or(unavailable)?;
        let sealed = |purpose, text: &[u8]| store_key.seal(&drawn.login, purpose, text, loc).ok_or(unavailable);
        let hand_back = options.details.as_ref().is_some_and(|details| details.hand_back.is_some());
        let details = options.details.as_deref().map(record::write);
        let details = details.as_ref().map(|bytes| bytes.as_slice());
        let mut stub = Stub {
            polling: seal::polling_digest(&self.tenant, &drawn.polling),
            login: seal::login_digest(&drawn.login),
            binding: options.binding.as_ref().map(|binding| seal::shown("binding", binding)),
            public: seal::public_key(&drawn.polling),
            hand_back,
            accounts,
            tenant: self.tenant.to_string(),
            details: details.map(|bytes| sealed("details", bytes)).transpose()?.unwrap_or_default(),
            tag: Default::default(),
            began: 0,
        };
        stub.tag = store_key.tag(&drawn.login, &stub.tagged(loc));
        let context = context.map(|context| sealed("context", context)).transpose()?.unwrap_or_default();
        let state = Status::begin(loc, stub.polling, stub.binding, hand_back);
        let user_code = if options.user_code { Some(self.name(drawn, &known, places).await?) } else { None };
        let bucket = shared.keys.bucket(loc);
        let mut keys = shared.session_keys(['s', 'm', 'c'], loc);
        keys.extend(shared.indexes(['n', 'a', 'r', 'k'], bucket));
        let (buckets, max) = (usize::from(shared.keys.buckets), shared.max_sessions);
        let bound = max / buckets + usize::from(usize::from(bucket) < max % buckets);
        let (stub, retention, bound) = (stub.write(loc), shared.millis(shared.retention), bound.to_string());
        let args: [&[u8]; 7] =
            [&state, &stub, &context, millis.as_bytes(), known.as_bytes(), retention.as_bytes(), bound.as_bytes()];
        let reply = shared.run(&script::BEGIN, &keys, &loc.bytes(), &args).await?;
        Ok(match reply.letter {
            b'O' => Begun::Now(user_code),
            b'F' => Begun::Full(shared.read_time(&reply.rest)),
            _ => Begun::Taken,
        })
    }

    /// Draws a user code that no login has, and gives it to this one.
    async fn name(&self, drawn: &Drawn, known: &str, places: &mut Places) -> Result<UserCode, Refusal> {
        let shared = &*self.shared;
        let long = shared.wants_long_codes().await?;
        let unavailable = Unavailable::new(Duration::from_secs(1));
        for _ in 0..DRAWS {
            let (code, name, key, sealed) = {
                let mut rng = generator().map_err(|_| BackendError::Refused(InitiateError::NoRandomness))?;
                let code = UserCode::draw(&mut rng, long);
                let store_key = shared.store_keys.first().ok_or(unavailable)?;
                let name = store_key.name("user code", &code.number().to_le_bytes());
                let sealed = store_key.seal_login(&name, &drawn.login, &mut rng).ok_or(unavailable)?;
                let key = shared.keys.named('u', &name);
                (code, name, key, sealed)
            };
            let keys = [key];
            let reply = shared.run(&script::NAME, &keys, name.as_bytes(), &[&sealed, known.as_bytes()]).await?;
            if reply.letter == b'O' {
                let [key] = keys;
                places.name(key);
                return Ok(code);
            }
        }
        Err(unavailable.into())
    }
}

enum Begun {
    Now(Option<UserCode>),
    Full(Duration),
    Taken,
}

impl Shared {
    /// The accounts of a source and of the networks that it is in, the narrowest first, with their bounds.
    fn rungs(&self, source: Source) -> Vec<(Account, u64)> {
        let Some(key) = self.store_keys.first() else { return Vec::new() };
        source.ladder().map(|rung| (key.account(&rung.bytes()), rung.budget(self.source_bound).into())).collect()
    }

    /// Drops a value that expires by itself, if that is possible now.
    pub(super) async fn forget(&self, key: String) {
        let mut command = redis::cmd("UNLINK");
        command.arg(key);
        let _ = self.link.ask(&command, Instant::now()).await;
    }
}
