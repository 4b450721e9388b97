//! `POST` with `withdraw`: takes an approval back, by the form on the page after it.

use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::approved::Undo;
use super::keys::{FormKeys, Signed, now};
use super::page::{Page, Refusal};
use super::pasted::Code;
use super::site::Site;
use crate::axum::server::{Event, EventKind, Revocation, Sessions, Tokens, Why};
use crate::code::LoginCode;
use crate::error::{BackendError, SettleError};
use crate::{Secret, SessionId, Withdrawn};

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

/// The approval that is taken back: what is still known of it when the store has forgotten its login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Approval {
    pub(super) tenant: String,
    pub(super) session: SessionId,
    pub(super) token: Token,
}

impl Approval {
    /// Returns a proof of it for the browser that has approved: the time, the source of the token, the session, the
    /// tenant, and a signature of these and the login code.
    fn prove(&self, keys: &FormKeys, login_code: &LoginCode, at: u64) -> Option<Secret> {
        let (token, session) = (self.token.text(), self.session.to_string());
        let parts: &[&str] = &[&login_code.expose(), token, &session, &self.tenant];
        let tag = keys.sign(Signed { purpose: "undo", at, parts })?;
        let tenant = URL_SAFE_NO_PAD.encode(&self.tenant);
        Some(Secret::new(format!("{at:x}.{token}.{session}.{tenant}.{tag}")))
    }

    /// Reads a proof. `None` if it is not of this login, not ours, or too old.
    fn proven(keys: &FormKeys, login_code: &LoginCode, proof: &str, now: u64) -> Option<Self> {
        let mut parts = proof.splitn(5, '.');
        let mut next = || parts.next();
        let (at, token, session, tenant, tag) = (next()?, next()?, next()?, next()?, next()?);
        let at = u64::from_str_radix(at, 16).ok()?;
        let tenant = String::from_utf8(URL_SAFE_NO_PAD.decode(tenant).ok()?).ok()?;
        let parts: &[&str] = &[&login_code.expose(), token, session, &tenant];
        if !keys.check(tag, Signed { purpose: "undo", at, parts }, now, LONGEST) {
            return None;
        }
        let token = [Token::Made, Token::Typed].into_iter().find(|made| made.text() == token)?;
        Some(Self { tenant, session: session.parse().ok()?, token })
    }
}

impl Undo {
    /// Returns the fields of the form, for the browser that has approved. `None` without keys.
    pub(super) fn new(keys: &FormKeys, login_code: LoginCode, approval: &Approval) -> Option<Self> {
        let proof = approval.prove(keys, &login_code, now())?;
        Some(Self { login_code, proof })
    }
}

/// What has become of an approval that is taken back.
enum Back {
    /// The login was pending, and is denied now.
    Denied,
    /// The grant never reached a tool. This one is to be revoked, if there is one.
    Kept(Option<Revocation>),
    /// The tool has its token, or nobody knows any more.
    Gone(Revocation),
}

/// Takes the approval back, no matter which account is signed in now: only the browser that approved has the proof. A
/// token that the tool has collected is revoked, and so is one of a login that the store has forgotten.
pub(super) async fn undo<B: Sessions, K: Tokens, S, R>(
    site: &Site<B, K, S, R>,
    head: &Parts,
    code: Code,
    proof: Option<Secret>,
) -> Result<Page, Page> {
    let Code::Login(code) = code else { return Err(Refusal::BadForm.into()) };
    let proven = proof.and_then(|proof| Approval::proven(&site.form_keys, &code, proof.expose(), now()));
    let approval = proven.ok_or(Refusal::BadForm)?;
    let (back, client) = take_back(&site.store, &code, &approval).await?;
    let kind = if matches!(back, Back::Denied) { EventKind::Denied } else { EventKind::Withdrawn };
    let event = Event::new(kind, site.address.source(head)).tenant(&approval.tenant).session(approval.session);
    site.events.note(&event.client(client.as_deref()));
    let (revocation, collected) = match back {
        Back::Denied => return Ok(Page::Denied { tenant: approval.tenant }),
        Back::Kept(revocation) => (revocation, false),
        Back::Gone(revocation) => (Some(revocation), true),
    };
    if let Some(revocation) = revocation {
        site.tokens.revoke(revocation).await?;
    }
    Ok(Page::Withdrawn { tenant: approval.tenant, collected, revoked: site.tokens.revokes_logins() })
}

/// Returns also the client of the login, if the store knows one.
async fn take_back<B: Sessions>(
    store: &B,
    code: &LoginCode,
    approval: &Approval,
) -> Result<(Back, Option<Box<str>>), Page> {
    let revocation = Revocation::new(&approval.tenant, Why::NotMe).session(approval.session);
    let Some((store, login)) = store.locate(code).await? else { return Ok((Back::Gone(revocation), None)) };
    let back = match store.withdraw(code).await {
        Ok(Withdrawn::TakenBack(grant)) if approval.token == Token::Made => Back::Kept(Some(revocation.token(grant))),
        Ok(Withdrawn::TakenBack(_)) => Back::Kept(None),
        Ok(Withdrawn::Denied) => Back::Denied,
        // A second click, after a first that may not have got as far as the revocation; or no tool has come in time, and
        // the store has wiped what is to be revoked.
        Err(BackendError::Refused(SettleError::Denied | SettleError::Expired)) => Back::Kept(Some(revocation)),
        Err(BackendError::Refused(SettleError::Redeemed | SettleError::Unknown)) => Back::Gone(revocation),
        Err(error) => return Err(error.into()),
    };
    Ok((back, login.details.and_then(|details| details.client)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionStore;

    #[test]
    fn only_the_page_after_an_approval_can_take_it_back_within_an_hour() {
        let store = SessionStore::<u8>::builder().build().unwrap();
        let [one, other] = [(); 2].map(|()| store.initiate().unwrap());
        let (session, code, other) = (one.id, one.login_code, other.login_code);
        let keys = FormKeys::random();
        for token in [Token::Made, Token::Typed] {
            for tenant in ["", "internal", "a.b\u{e4}"] {
                let approval = Approval { tenant: tenant.to_owned(), session, token };
                let undo = Undo::new(&keys, code.clone(), &approval).unwrap();
                let proof = undo.proof.expose();
                assert_eq!(Approval::proven(&keys, &code, proof, now()), Some(approval));
                assert_eq!(Approval::proven(&keys, &code, proof, now() + LONGEST + 2), None);
                assert_eq!(Approval::proven(&keys, &other, proof, now()), None);
                assert_eq!(Approval::proven(&FormKeys::random(), &code, proof, now()), None);
                let changed =
                    if token == Token::Made { proof.replace("made", "typed") } else { proof.replace("typed", "made") };
                let elsewhere = proof.replacen(&format!(".{session}."), &format!(".{}.", SessionId::new(7)), 1);
                let mut parts: Vec<_> = proof.split('.').collect();
                parts[3] = "b3RoZXI";
                let other_tenant = parts.join(".");
                for wrong in ["", ".", "..", "....", "0.made.", &changed, &elsewhere, &other_tenant, &proof[1..]] {
                    assert_eq!(Approval::proven(&keys, &code, wrong, now()), None, "{wrong}");
                }
            }
        }
    }
}
