//! `withdraw`: an approval is taken back, with its grant.

use super::locator::Locator;
use super::settle::reason;
use super::stored::Stored;
use super::take::halves;
use super::{RedisStore, draw_attempt, script};
use crate::code::LoginCode;
use crate::error::{BackendError, SettleError};
use crate::session::Withdrawn;

impl<T: Stored, C: Stored> RedisStore<T, C> {
    pub(super) async fn take_back(&self, code: &LoginCode) -> Result<Withdrawn<T>, BackendError<SettleError>> {
        let shared = &*self.shared;
        let loc = Locator(code.0.place);
        // The login digest does not tell the tenant; the stub does.
        let Some(seen) = self.ours(code).await? else { return Err(BackendError::Refused(SettleError::Unknown)) };
        let mut keys = shared.session_keys(['s', 'm', 'g', 'c'], loc);
        keys.extend(shared.indexes(['n', 'a', 'r', 'k'], shared.keys.bucket(loc)));
        let attempt = draw_attempt()?;
        let [retention, grace] =
            [shared.retention, crate::Attempt::GRACE.min(shared.retention)].map(|time| shared.millis(time));
        let channels = shared.keys.channels();
        let args: [&[u8]; 5] =
            [&seen.stub.login, &attempt, retention.as_bytes(), grace.as_bytes(), channels.as_bytes()];
        let reply = shared.run(&script::WITHDRAW, &keys, &loc.bytes(), &args).await?;
        match reply.letter {
            b'O' => {
                self.release(loc, &reply.rest).await;
                Ok(Withdrawn::Denied)
            }
            b'T' => {
                let Some((stub, kept)) = halves(&reply.rest) else {
                    return Err(shared.link.disordered(reply.by).into());
                };
                self.release(loc, stub).await;
                let copy = halves(kept).map(|(_, copy)| copy).unwrap_or_default();
                let mut opened = shared.store_keys.iter().filter_map(|key| key.open_copy(&code.0, copy, loc));
                let grant = opened.next().and_then(|bytes| T::from_bytes(&bytes).ok());
                let grant = grant.ok_or_else(|| shared.foreign(&keys[2..], "not a grant of this program"))?;
                // No other call has this attempt, so none will repeat it.
                let (shared, key) = (self.shared.clone(), keys.swap_remove(2));
                tokio::spawn(async move { shared.forget(key).await });
                Ok(Withdrawn::TakenBack(grant))
            }
            b'X' => Err(shared.foreign(&keys[2..], "missing").into()),
            letter => Err(match reason(letter) {
                Some(reason) => BackendError::Refused(reason),
                None => shared.foreign(&keys, "not a state of this program").into(),
            }),
        }
    }
}
