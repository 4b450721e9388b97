//! `complete`: the signed-in user approves, and the grant is sealed to the tool.

use std::time::Duration;

use super::locator::Locator;
use super::look::Seen;
use super::seal::Purpose;
use super::stored::Stored;
use super::{RedisStore, draw_attempt, script, seal};
use crate::binding::Binding;
use crate::code::LoginCode;
use crate::code::random::generator;
use crate::error::{BackendError, SettleError, Unavailable};

/// What a letter says to those who came too late.
pub(super) fn reason(letter: u8) -> Option<SettleError> {
    Some(match letter {
        b'C' => SettleError::Completed,
        b'R' => SettleError::Redeemed,
        b'D' => SettleError::Denied,
        b'Q' => SettleError::Cancelled,
        b'E' => SettleError::Expired,
        b'U' => SettleError::Unknown,
        _ => return None,
    })
}

impl<T: Stored, C: Stored> RedisStore<T, C> {
    /// The session of a login code, if it is this tenant's.
    pub(super) async fn ours(&self, code: &LoginCode) -> Result<Option<Seen>, Unavailable> {
        Ok(self.shared.look_by(code).await?.filter(|seen| self.is_ours(&seen.stub)))
    }

    pub(super) async fn approve(
        &self,
        code: &LoginCode,
        grant: &[u8],
        proof: Option<&Binding>,
    ) -> Result<(), BackendError<SettleError>> {
        let shared = &*self.shared;
        let loc = Locator(code.0.place);
        let keys = {
            let mut keys = shared.session_keys(['s', 'm', 'g', 'c'], loc);
            keys.extend(shared.indexes(['n', 'a', 'k'], shared.keys.bucket(loc)));
            keys
        };
        let Some(Seen { stub, .. }) = self.ours(code).await? else {
            return Err(BackendError::Refused(SettleError::Unknown));
        };
        // A proof counts where the login said that it takes one.
        let proof = proof.filter(|_| stub.hand_back).map(|proof| seal::shown("proof", proof));
        let sealed = {
            let unavailable = Unavailable::new(Duration::from_secs(1));
            let mut rng = generator().map_err(|_| unavailable)?;
            let store_key = shared.store_keys.first().ok_or(unavailable)?;
            let purpose = Purpose { loc, tenant: &self.tenant, binding: stub.binding, proof };
            let sealed = store_key.seal_grant(&stub.public, &purpose, grant, &mut rng);
            let sealed = sealed.ok_or_else(|| shared.foreign(&keys[1..], "no public key"))?;
            let copy = store_key.seal_copy(&code.0, grant, loc, &mut rng).ok_or(unavailable)?;
            // `length:sealed copy`; `halves` takes them apart.
            [sealed.len().to_string().as_bytes(), b":", &sealed, &copy].concat()
        };
        let (attempt, channels) = (draw_attempt()?, shared.keys.channels());
        let proof = proof.as_ref().map_or(&[][..], |proof| proof);
        let args: [&[u8]; 5] = [&stub.login, &attempt, proof, &sealed, channels.as_bytes()];
        let reply = shared.run(&script::COMPLETE, &keys, &loc.bytes(), &args).await?;
        match reply.letter {
            b'O' => Ok(()),
            letter => Err(match reason(letter) {
                Some(reason) => BackendError::Refused(reason),
                None => shared.foreign(&keys, "not a state of this program").into(),
            }),
        }
    }
}
