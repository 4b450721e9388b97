//! `POST` with `withdraw`: takes an approval back, by the form on the page after it.

use axum::http::request::Parts;

use super::approved::Undo;
use super::keys::{FormKeys, Signed, now};
use super::page::{Page, Refusal};
use super::pasted::Code;
use super::site::Site;
use crate::axum::server::{EventKind, Revocation, Sessions, Tokens, Why};
use crate::code::LoginCode;
use crate::error::{BackendError, SettleError};
use crate::{Secret, Withdrawn};

/// For how long an approval can be taken back, in seconds.
const LONGEST: u64 = 60 * 60;

/// Where the token of an approval came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// It was made for this login, and is revoked with it.
    Made,
    /// The user has typed it, and may use it elsewhere.
    Typed,
}

impl Token {
    fn text(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Typed => "typed",
        }
    }
}

impl Undo {
    /// Returns the fields of the form, for the browser that has approved. `None` without keys.
    pub(super) fn new(keys: &FormKeys, login_code: LoginCode, token: Token) -> Option<Self> {
        let (at, token) = (now(), token.text());
        let tag = keys.sign(Signed { purpose: "undo", at, parts: &[&login_code.expose(), token] })?;
        Some(Self { login_code, proof: Secret::new(format!("{at:x}.{token}.{tag}")) })
    }
}

/// Takes the approval back, no matter which account is signed in now: only the browser that approved has the proof. A token that the tool
/// has collected is revoked.
pub(super) async fn undo<B: Sessions, K: Tokens, S, R>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    code: Code,
    proof: Option<Secret>,
) -> Result<Page, Page> {
    let Code::Login(code) = code else { return Err(Refusal::BadForm.into()) };
    let proven = proof.and_then(|proof| proven(&site.form_keys, &code, proof.expose(), now()));
    let token = proven.ok_or(Refusal::BadForm)?;
    let (store, login) = site.store.locate(&code).await?.ok_or(Page::Over(SettleError::Unknown))?;
    let revocation = Revocation::new(&login.tenant, Why::NotMe).session(login.id);
    let (revocation, collected) = match store.withdraw(&code).await {
        Ok(Withdrawn::TakenBack(grant)) if token == Token::Made => (Some(revocation.token(grant)), false),
        Ok(Withdrawn::TakenBack(_)) => (None, false),
        // A second click, after a first that may not have got as far as the revocation.
        Err(BackendError::Refused(SettleError::Denied)) => (Some(revocation), false),
        Err(BackendError::Refused(SettleError::Redeemed)) => (Some(revocation), true),
        Ok(Withdrawn::Denied) => {
            site.note(EventKind::Denied, head, &login);
            return Ok(Page::Denied { tenant: login.tenant });
        }
        Err(error) => return Err(error.into()),
    };
    site.note(EventKind::Withdrawn, head, &login);
    if let Some(revocation) = revocation {
        site.tokens.revoke(revocation).await?;
    }
    Ok(Page::Withdrawn { tenant: login.tenant, collected })
}

fn proven(keys: &FormKeys, code: &LoginCode, proof: &str, now: u64) -> Option<Token> {
    let (at, rest) = proof.split_once('.')?;
    let (token, tag) = rest.split_once('.')?;
    let at = u64::from_str_radix(at, 16).ok()?;
    let good = keys.check(tag, Signed { purpose: "undo", at, parts: &[&code.expose(), token] }, now, LONGEST);
    [Token::Made, Token::Typed].into_iter().find(|made| good && made.text() == token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionStore;

    #[test]
    fn only_the_page_after_an_approval_can_take_it_back_within_an_hour() {
        let store = SessionStore::<u8>::builder().build().unwrap();
        let [code, other] = [(); 2].map(|()| store.initiate().unwrap().login_code);
        let keys = FormKeys::random();
        for token in [Token::Made, Token::Typed] {
            let undo = Undo::new(&keys, code.clone(), token).unwrap();
            let proof = undo.proof.expose();
            assert_eq!(proven(&keys, &code, proof, now()), Some(token));
            assert_eq!(proven(&keys, &code, proof, now() + LONGEST + 2), None);
            assert_eq!(proven(&keys, &other, proof, now()), None);
            assert_eq!(proven(&FormKeys::random(), &code, proof, now()), None);
            let changed =
                if token == Token::Made { proof.replace("made", "typed") } else { proof.replace("typed", "made") };
            for wrong in ["", ".", "..", "0.made.", &changed, &proof[1..]] {
                assert_eq!(proven(&keys, &code, wrong, now()), None, "{wrong}");
            }
        }
    }
}
