//! `Beyond`: what a login asks for that its dialect does not prescribe.

use super::answer::Answer;
use super::verifier::Verifier;
use crate::Secret;

/// A member of a request, beside those of its dialect.
pub(super) type Member<'a> = (&'static str, &'a str);

/// The members of a login's requests that its dialect does not prescribe: PKCE, the tool's name, the address that a
/// browser hands the login back to. Servers ignore what they do not know (RFC 6749 sections 3.1 and 3.2). Some do not:
/// they refuse the request, and get it again without them.
pub(super) struct Beyond {
    verifier: Verifier,
    challenge: String,
    client_name: Option<String>,
    hand_back: Option<String>,
    /// The proof that a browser handed over.
    proof: Option<Secret>,
    /// The server has not refused them.
    sent: bool,
}

impl Beyond {
    pub(super) fn new(client_name: Option<String>, hand_back: Option<String>) -> Self {
        let verifier = Verifier::new();
        Self { challenge: verifier.challenge(), verifier, client_name, hand_back, proof: None, sent: true }
    }

    /// Returns the members of the request that begins the login.
    pub(super) fn begin(&self) -> Vec<Member<'_>> {
        if !self.sent {
            return Vec::new();
        }
        let mut members = vec![("code_challenge", self.challenge.as_str()), ("code_challenge_method", "S256")];
        members.extend(self.client_name.as_deref().map(|name| ("client_name", name)));
        members.extend(self.hand_back.as_deref().map(|address| ("hand_back", address)));
        members
    }

    /// Returns the members of a poll.
    pub(super) fn poll(&self) -> Vec<Member<'_>> {
        if !self.sent {
            return Vec::new();
        }
        let mut members = vec![("code_verifier", self.verifier.expose())];
        members.extend(self.proof.as_ref().map(|proof| ("hand_back_proof", proof.expose())));
        members
    }

    pub(super) fn prove(&mut self, proof: Secret) {
        self.proof = Some(proof);
    }

    /// Returns `true` once if the answer may be the refusal of these members, and leaves them out from then on. The
    /// request is then sent again: if it was refused for another reason, it is refused again.
    pub(super) fn refused(&mut self, answer: &Answer) -> bool {
        let refused = self.sent && answer.refuses_members();
        self.sent &= !refused;
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_left_out_once_a_server_refuses_them() {
        let mut beyond = Beyond::new(Some("acme".into()), Some("http://127.0.0.1:1/x".into()));
        beyond.prove(Secret::new("proof"));
        let names = |members: Vec<Member<'_>>| members.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(beyond.begin()), ["code_challenge", "code_challenge_method", "client_name", "hand_back"]);
        assert_eq!(names(beyond.poll()), ["code_verifier", "hand_back_proof"]);
        for other in [
            Answer::of(200, r#"{"error":"invalid_request"}"#),
            Answer::of(400, r#"{"error":"invalid_grant"}"#),
            Answer::of(400, r#"{"code":"INVALID_POLLING_CODE"}"#),
            Answer::of(400, "SCHEMA_ERROR"),
        ] {
            assert!(!beyond.refused(&other));
        }
        assert!(beyond.refused(&Answer::of(400, r#"{"code":"SCHEMA_ERROR","error":"unknown properties"}"#)));
        assert!(beyond.begin().is_empty() && beyond.poll().is_empty());
        assert!(!beyond.refused(&Answer::of(400, r#"{"error":"invalid_request"}"#)), "it would be sent for ever");
    }
}
