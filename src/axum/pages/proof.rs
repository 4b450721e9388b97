//! A form shows that it is of a page that this server wrote, for this login and this visitor.

use super::arrival::Arrival;
use super::keys::{FormKeys, Signed, now};
use crate::Secret;
use crate::code::LoginCode;

/// For how long a page can be sent, in seconds. Later it is shown once more.
const LONGEST: u64 = 60 * 60;

/// What a page has named: the login, and who would approve it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) login: &'a LoginCode,
    pub(super) tenant: &'a str,
    pub(super) account: &'a str,
    /// What tells the account from others of that name.
    pub(super) id: &'a str,
}

/// What a page knows of its visitor, carried from form to page to form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// A form always comes from this site; this is how its page was reached.
    pub(super) arrival: Arrival,
    /// How many wrong check words it was sent with.
    pub(super) wrong_words: u8,
}

impl Standing {
    /// That of a page that a request has just reached.
    pub(super) fn new(arrival: Arrival) -> Self {
        Self { arrival, wrong_words: 0 }
    }

    fn text(self) -> String {
        let arrival = if self.arrival == Arrival::Direct { 'd' } else { 'i' };
        format!("{arrival}{}", self.wrong_words)
    }

    fn read(text: &str) -> Option<Self> {
        let arrival = match text.get(..1)? {
            "d" => Arrival::Direct,
            "i" => Arrival::Indirect,
            _ => return None,
        };
        Some(Self { arrival, wrong_words: text.get(1..)?.parse().ok()? })
    }
}

impl FormKeys {
    /// Returns the proof for a page's form: text for a hidden field.
    pub(super) fn prove(&self, shown: Shown<'_>, standing: Standing) -> Option<Secret> {
        self.prove_at(shown, standing, now())
    }

    /// Returns the standing of the page that a form is of, if that page showed the same.
    pub(super) fn proven(&self, proof: &str, shown: Shown<'_>) -> Option<Standing> {
        self.proven_at(proof, shown, now())
    }

    fn prove_at(&self, shown: Shown<'_>, standing: Standing, at: u64) -> Option<Secret> {
        let standing = standing.text();
        let tag = self.sign(signed(&parts(&shown.login.expose(), shown, &standing), at))?;
        Some(Secret::new(format!("{at:x}.{standing}.{tag}")))
    }

    fn proven_at(&self, proof: &str, shown: Shown<'_>, now: u64) -> Option<Standing> {
        let (at, rest) = proof.split_once('.')?;
        let (standing, tag) = rest.split_once('.')?;
        let at = u64::from_str_radix(at, 16).ok()?;
        let good = self.check(tag, signed(&parts(&shown.login.expose(), shown, standing), at), now, LONGEST);
        if good { Standing::read(standing) } else { None }
    }
}

fn parts<'a>(login: &'a str, shown: Shown<'a>, standing: &'a str) -> [&'a str; 5] {
    [login, shown.tenant, shown.account, shown.id, standing]
}

fn signed<'a>(parts: &'a [&'a str; 5], at: u64) -> Signed<'a> {
    Signed { purpose: "form", at, parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionStore;

    const DIRECT: Standing = Standing { arrival: Arrival::Direct, wrong_words: 0 };

    fn codes() -> [LoginCode; 2] {
        let store = SessionStore::<u8>::builder().build().unwrap();
        [(); 2].map(|()| store.initiate().unwrap().login_code)
    }

    #[test]
    fn a_proof_is_of_one_login_and_one_account() {
        let [login, other] = codes();
        let shown = Shown { login: &login, tenant: "internal", account: "alice", id: "1" };
        let keys = FormKeys::random();
        let proof = keys.prove_at(shown, DIRECT, 1_000_000).unwrap();
        let proof = proof.expose();
        assert_eq!(keys.proven_at(proof, shown, 1_000_000), Some(DIRECT));
        for wrong in [
            Shown { login: &other, ..shown },
            Shown { tenant: "internal2", ..shown },
            Shown { account: "mallory", ..shown },
            Shown { id: "2", ..shown },
            Shown { account: "alice1", id: "", ..shown },
            Shown { tenant: "internala", account: "lice", ..shown },
        ] {
            assert_eq!(keys.proven_at(proof, wrong, 1_000_000), None);
        }
        for wrong in [
            "",
            ".",
            "..",
            "f4240",
            "f4240.",
            "f4240.d0",
            "f4240.d0.",
            &proof[1..],
            &proof[..proof.len() - 1],
            "f4241.d0.AAAA",
            &format!("{proof}A"),
        ] {
            assert_eq!(keys.proven_at(wrong, shown, 1_000_000), None, "{wrong}");
        }
    }

    /// Who has come from another site cannot write into the form that the visitor has not.
    #[test]
    fn how_a_page_was_reached_is_part_of_its_proof() {
        let [login, _] = codes();
        let shown = Shown { login: &login, tenant: "t", account: "a", id: "a" };
        let keys = FormKeys::random();
        for arrival in [Arrival::Direct, Arrival::Indirect] {
            for wrong_words in [0, 1, 2, 255] {
                let standing = Standing { arrival, wrong_words };
                let proof = keys.prove_at(shown, standing, 1).unwrap();
                assert_eq!(keys.proven_at(proof.expose(), shown, 1), Some(standing));
            }
        }
        let proof = keys.prove_at(shown, Standing::new(Arrival::Indirect), 1).unwrap();
        for (from, to) in [(".i0.", ".d0."), (".i0.", ".i1."), (".i0.", ".i00."), (".i0.", "..")] {
            assert_eq!(keys.proven_at(&proof.expose().replace(from, to), shown, 1), None, "{to}");
        }
    }

    #[test]
    fn a_proof_is_good_for_an_hour() {
        let [login, _] = codes();
        let shown = Shown { login: &login, tenant: "t", account: "a", id: "a" };
        let keys = FormKeys::random();
        let proof = keys.prove_at(shown, DIRECT, 1_000_000).unwrap();
        let proof = proof.expose();
        for (now, good) in [(996_400, true), (996_399, false), (1_003_600, true), (1_003_601, false), (0, false)] {
            assert_eq!(keys.proven_at(proof, shown, now).is_some(), good, "{now}");
        }
        let later = proof.replacen("f4240", "f4241", 1);
        assert!(keys.proven_at(&later, shown, 1_000_001).is_none(), "the time is part of it");
    }

    #[test]
    fn the_first_key_makes_proofs_and_all_keys_check_them() {
        let [login, _] = codes();
        let shown = Shown { login: &login, tenant: "t", account: "a", id: "a" };
        let (old, mut new) = (FormKeys::given([1; 32]), FormKeys::given([2; 32]));
        let proof = old.prove(shown, DIRECT).unwrap();
        let proof = proof.expose();
        assert!(new.proven(proof, shown).is_none());
        new.add([1; 32]);
        let newer = new.prove(shown, DIRECT).unwrap();
        assert!(new.proven(proof, shown).is_some() && old.proven(newer.expose(), shown).is_none());
        assert!(FormKeys::random().proven(proof, shown).is_none(), "each process draws its own");
    }
}
