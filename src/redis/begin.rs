//! `initiate`: a login begins, on the accounts of all bounds at once or not at all.

use rand::Rng;
use std::time::Duration;

use super::locator::Locator;
use super::look::id_of;
use super::script;
use super::seal;
use super::stored::Stored;
use super::value::{Status, Stub};
use super::{RedisStore, Shared};
use crate::code::random::{NoRandomness, generator};
use crate::code::user::UserCode;
use crate::code::{Code, LoginCode, PollingCode, Proof};
use crate::error::{BackendError, InitiateError, Unavailable};
use crate::session::{Initiated, LoginOptions, MAX_TTL};

/// Other buckets that are tried when one is full.
const BUCKETS: usize = 3;
/// How often a locator or a user code is drawn again if it is taken.
const DRAWS: usize = 8;

type Refusal = BackendError<InitiateError>;

/// Places that a login has on accounts; given back if it does not begin.
struct Places<'a> {
    shared: &'a Shared,
    loc: Locator,
    taken: Vec<String>,
}

impl Places<'_> {
    /// Returns when to try again, if there is no place.
    async fn take(&mut self, key: String, ttl: &str, bound: Option<u32>) -> Result<Option<Duration>, Unavailable> {
        let bound = bound.map(|bound| bound.to_string()).unwrap_or_default();
        let keys = [key];
        let args = [ttl.as_bytes(), bound.as_bytes()];
        let reply = self.shared.run(&script::RESERVE, &keys, &self.loc.bytes(), &args).await?;
        if reply.letter == b'F' {
            return Ok(Some(self.shared.read_time(&reply.rest)));
        }
        self.taken.extend(keys);
        Ok(None)
    }

    async fn give_back(&self) {
        for key in &self.taken {
            let keys = std::slice::from_ref(key);
            // What cannot be given back now falls due by its score.
            let _ = self.shared.run(&script::RELEASE, keys, &self.loc.bytes(), &[]).await;
        }
    }
}

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
        let mut places = Places { shared, loc: drawn.loc, taken: Vec::new() };
        let account = shared.tenant_account(&self.tenant);
        if let Some(retry_after) = places.take(account, &millis, shared.tenant_bound).await? {
            return Err(BackendError::Refused(InitiateError::TenantFull { retry_after }));
        }
        let begun = self.on_accounts(drawn, options, context, ttl, &mut places).await;
        if !matches!(begun, Ok(Begun::Now(_))) {
            places.give_back().await;
        }
        begun
    }

    async fn on_accounts(
        &self,
        drawn: &Drawn,
        options: &LoginOptions<C>,
        context: Option<&[u8]>,
        ttl: Duration,
        places: &mut Places<'_>,
    ) -> Result<Begun, Refusal> {
        let shared = &*self.shared;
        let loc = drawn.loc;
        let (millis, known) = (shared.millis(ttl), shared.millis(ttl.saturating_add(shared.retention)));
        let sealed = |purpose, text| {
            seal::seal(&drawn.login, purpose, text, loc).ok_or(Unavailable::new(Duration::from_secs(1)))
        };
        let public = seal::public_key(&drawn.polling);
        let stub = Stub {
            polling: seal::polling_digest(&self.tenant, &drawn.polling),
            login: seal::login_digest(&drawn.login),
            binding: None,
            public,
            tag: seal::key_tag(&drawn.login, &public, loc, &self.tenant),
            accounts: Vec::new(),
            tenant: self.tenant.to_string(),
            details: Vec::new(),
        };
        let context = context.map(|context| sealed("context", context)).transpose()?.unwrap_or_default();
        let state = Status::begin(loc, stub.polling, stub.binding, false);
        let user_code = if options.user_code { Some(self.name(drawn, &known).await?) } else { None };
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
            b'O' => Begun::Now(user_code.map(|(code, _)| code)),
            letter => {
                if let Some((_, key)) = user_code {
                    places.shared.forget(key).await;
                }
                if letter == b'F' { Begun::Full(shared.read_time(&reply.rest)) } else { Begun::Taken }
            }
        })
    }

    /// Draws a user code that no login has, and gives it to this one.
    async fn name(&self, drawn: &Drawn, known: &str) -> Result<(UserCode, String), Refusal> {
        let shared = &*self.shared;
        let unavailable = Unavailable::new(Duration::from_secs(1));
        for _ in 0..DRAWS {
            let (code, name, key, sealed) = {
                let mut rng = generator().map_err(|_| BackendError::Refused(InitiateError::NoRandomness))?;
                let code = UserCode::draw(&mut rng);
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
                return Ok((code, key));
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
    /// Drops a value that expires by itself, if that is possible now.
    pub(super) async fn forget(&self, key: String) {
        let mut command = redis::cmd("UNLINK");
        command.arg(key);
        let _ = self.link.ask(&command).await;
    }
}
