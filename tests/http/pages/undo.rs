//! After an approval: *This was not me*, and the way back to the tool.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::browser::{Begun, Browser, CONFIRM, Cookies, DEVICE, DIRECT};
use crate::support::{ANONYMOUS, Answer, SIGNED_IN, Server};
use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil::axum::{Asked, Holder, Issued, Pages, Revocation, Tokens, Why};
use counterfoil::{Binding, Details, LoginOptions, PollOptions, Polled, Secret, State, Unavailable};

const ALICE: [(&str, &str); 2] = [("cookie", "session=alice"), ("sec-fetch-site", "same-origin")];

/// Tokens that remember what was revoked.
#[derive(Default)]
struct Revoked(Mutex<Vec<Revocation>>);

impl Tokens for Revoked {
    async fn holder(&self, _: &str, token: &Secret) -> Result<Option<Holder>, Unavailable> {
        Ok((token.expose() == SIGNED_IN).then_some(Holder::SignedIn))
    }

    async fn issue(&self, _: &str, refresh_token: Secret, _: &Asked) -> Result<Option<Issued>, Unavailable> {
        Ok(Some(Issued::new(Secret::new("at"), refresh_token)))
    }

    fn revokes_logins(&self) -> bool {
        true
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), Unavailable> {
        self.0.lock().unwrap().push(revocation);
        Ok(())
    }
}

fn revoking() -> (Browser, Arc<Revoked>) {
    let server = Server::new();
    let tokens = Arc::new(Revoked::default());
    let router: Router = Pages::new(server.store.clone(), tokens.clone()).sign_in(Cookies).router();
    (Browser { server: Server { router, ..server } }, tokens)
}

async fn approve(browser: &Browser, login: &Begun) -> Answer {
    let done = browser.approve_by(CONFIRM, &ALICE, ("login_code", &login.login)).await;
    done.expect_page(200, "Approved");
    done
}

async fn take_back(browser: &Browser, done: &Answer) -> Answer {
    let fields = ["login_code", "proof"].map(|name| (name, done.field(name).unwrap()));
    let form = [(fields[0].0, &*fields[0].1), (fields[1].0, &fields[1].1), ("decision", "withdraw")];
    browser.post_with(CONFIRM, &ALICE, &form).await
}

#[tokio::test]
async fn an_approval_is_taken_back_before_the_tool_collects_it() {
    let (browser, tokens) = revoking();
    let login = browser.begin();
    let done = approve(&browser, &login).await;
    done.expect_words("This was not me");
    take_back(&browser, &done).await.expect_page(200, "Taken back");
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Denied));
    let revocation = Revocation::new("internal", Why::NotMe).session(login.codes.id);
    assert_eq!(*tokens.0.lock().unwrap(), [revocation.clone().token(Secret::new(SIGNED_IN))]);
    // A second click says the same, and revokes once more what may be left.
    take_back(&browser, &done).await.expect_page(200, "Taken back");
    assert_eq!(tokens.0.lock().unwrap()[1], revocation);
}

#[tokio::test]
async fn what_the_tool_has_collected_is_revoked() {
    let (browser, tokens) = revoking();
    let login = browser.begin();
    let done = approve(&browser, &login).await;
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Completed(_)));
    let late = take_back(&browser, &done).await;
    late.expect_page(200, "Taken back");
    late.expect_words("had already signed in to <strong><bdi>internal</bdi></strong>");
    assert_eq!(*tokens.0.lock().unwrap(), [Revocation::new("internal", Why::NotMe).session(login.codes.id)]);
}

/// The proof was good for an hour, and the store had forgotten the login after ten minutes: nothing was revoked.
#[tokio::test]
async fn what_the_store_has_forgotten_is_revoked_all_the_same() {
    let (browser, tokens) = revoking();
    let login = browser.begin();
    let done = approve(&browser, &login).await;
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Completed(_)));
    browser.server.clock.advance(Duration::from_secs(601));
    browser.server.store.sweep();
    assert!(store.inspect(login.code()).is_none());
    let late = take_back(&browser, &done).await;
    late.expect_page(200, "Taken back");
    late.expect_words("had already signed in to <strong><bdi>internal</bdi></strong>");
    assert_eq!(*tokens.0.lock().unwrap(), [Revocation::new("internal", Why::NotMe).session(login.codes.id)]);
}

/// Nor was what no tool had come for, and what had been made for it all the same.
#[tokio::test]
async fn what_has_expired_is_revoked_all_the_same() {
    let (browser, tokens) = revoking();
    let login = browser.begin();
    let done = approve(&browser, &login).await;
    browser.server.clock.advance(Duration::from_secs(600));
    let late = take_back(&browser, &done).await;
    late.expect_page(200, "Taken back");
    late.expect_words("was not signed in to <strong><bdi>internal</bdi></strong>");
    assert_eq!(*tokens.0.lock().unwrap(), [Revocation::new("internal", Why::NotMe).session(login.codes.id)]);
}

/// The page said that the service was told to sign the tool out, whether anything came of it or not.
#[tokio::test]
async fn a_server_that_revokes_nothing_says_so() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
    let login = browser.begin();
    let done = approve(&browser, &login).await;
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Completed(_)));
    let late = take_back(&browser, &done).await;
    late.expect_page(200, "Taken back too late");
    late.expect_words("and this page cannot sign it out");
}

#[tokio::test]
async fn a_typed_token_is_the_users_own_and_not_revoked() {
    let (browser, tokens) = revoking();
    let login = browser.begin();
    let done = browser.approve(CONFIRM, ("login_code", &login.login)).await;
    take_back(&browser, &done).await.expect_page(200, "Taken back");
    assert!(tokens.0.lock().unwrap().is_empty());
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Denied));
}

/// Whoever has the link cannot take an approval back, nor can another site.
#[tokio::test]
async fn only_the_browser_that_approved_takes_it_back() {
    let (browser, tokens) = revoking();
    let (login, other) = (browser.begin(), browser.begin());
    let shown = browser.proof(&ALICE, ("login_code", &login.login)).await.unwrap();
    let done = approve(&browser, &login).await;
    let of_another = approve(&browser, &other).await.field("proof").unwrap();
    let proof = done.field("proof").unwrap();
    for proof in [None, Some(""), Some("0.made.AAAA"), Some(&*shown), Some(&*of_another)] {
        let mut form = vec![("login_code", &*login.login), ("decision", "withdraw")];
        form.extend(proof.map(|proof| ("proof", proof)));
        browser.post_with(CONFIRM, &ALICE, &form).await.expect_page(400, "That did not work");
    }
    let form = [("login_code", &*login.login), ("decision", "withdraw"), ("proof", &proof)];
    browser
        .post_with(CONFIRM, &[("sec-fetch-site", "cross-site")], &form)
        .await
        .expect_page(400, "Request from another site");
    // Nor does the proof approve anything.
    let form = [("login_code", &*other.login), ("decision", "approve"), ("proof", &of_another)];
    browser.post_with(CONFIRM, &ALICE, &form).await.expect_page(400, "Already approved");
    assert!(tokens.0.lock().unwrap().is_empty());
    let state = browser.server.store.for_tenant("internal").inspect(login.code()).unwrap().state;
    assert_eq!(state, State::Completed);
}

/// A token that was made for an approval, and that another decision forestalled.
#[tokio::test]
async fn the_loser_of_a_race_is_revoked() {
    use counterfoil::axum::pages::{SignIn, Visitor};

    /// While the token is made, somebody else denies the login.
    struct Slow(counterfoil::axum::Store, counterfoil::LoginCode, counterfoil::SessionId);

    impl SignIn for Slow {
        async fn visitor(&self, _: &axum::http::request::Parts, _: &str) -> Result<Visitor, Unavailable> {
            Ok(Visitor::signed_in("alice"))
        }

        async fn refresh_token(
            &self,
            _: &axum::http::request::Parts,
            _: &str,
            asked: &Asked,
        ) -> Result<Option<Secret>, Unavailable> {
            assert_eq!(asked.session, Some(self.2));
            assert_eq!((asked.client.as_deref(), asked.scope.as_deref()), (Some("acme"), Some("read")));
            self.0.deny(&self.1).unwrap();
            Ok(Some(Secret::new(SIGNED_IN)))
        }
    }

    let plain = Browser::new();
    let login = plain.begin_with("internal", LoginOptions::new().details(Details::new().client("acme").scope("read")));
    let tokens = Arc::new(Revoked::default());
    let slow = Slow(plain.server.store.for_tenant("internal"), login.codes.login_code.clone(), login.codes.id);
    let router = Pages::new(plain.server.store.clone(), tokens.clone()).sign_in(slow).router();
    let browser = Browser { server: Server { router, ..plain.server } };
    let answer = browser.approve_by(CONFIRM, &[ALICE[1]], ("login_code", &login.login)).await;
    answer.expect_page(400, "Already denied");
    let revocation = Revocation::new("internal", Why::LostRace).session(login.codes.id).token(Secret::new(SIGNED_IN));
    assert_eq!(*tokens.0.lock().unwrap(), [revocation]);
}

/// A token that was made for an approval, and that the server's own `Tokens` did not take, was dropped and stayed good.
#[tokio::test]
async fn a_token_that_is_refused_is_revoked() {
    let (browser, tokens) = revoking();
    let login = browser.begin();
    // Of an anonymous user, who may not approve.
    let visitor = [("cookie", "session=visitor"), ALICE[1]];
    let refused = browser.approve_by(CONFIRM, &visitor, ("login_code", &login.login)).await;
    refused.expect_page(400, "Let a command-line tool sign in?");
    refused.expect_words("your account may not approve logins here");
    let revocation = Revocation::new("internal", Why::LostRace).session(login.codes.id);
    assert_eq!(*tokens.0.lock().unwrap(), [revocation.token(Secret::new(ANONYMOUS))]);
    // One that a user has typed is the user's own.
    let form = [("login_code", &*login.login), ("decision", "approve"), ("refresh_token", ANONYMOUS)];
    browser.post_with(CONFIRM, &visitor, &form).await.expect_page(400, "Let a command-line tool sign in?");
    assert_eq!(tokens.0.lock().unwrap().len(), 1);
}

/// The tool listens on this machine: the browser brings it the proof that its poll needs. A phisher's poll has none.
#[tokio::test]
async fn the_browser_brings_the_proof_to_the_tool() {
    let (browser, _) = revoking();
    let details = Details::new().hand_back("http://127.0.0.1:4711/back");
    let login = browser.begin_with("internal", LoginOptions::new().details(details));
    let store = browser.server.store.for_tenant("internal").unpaced();
    let done = approve(&browser, &login).await;
    let refresh = done.header("refresh").unwrap();
    let proof = refresh.strip_prefix("3; url=http://127.0.0.1:4711/back?proof=").unwrap();
    done.expect_words(&format!("<a class=\"button approve\" href=\"http://127.0.0.1:4711/back?proof={proof}\">"));
    // There is time to read whom the tool signs in as, and that the page must not be closed yet.
    done.expect_words("as <strong><bdi>alice</bdi></strong>");
    done.expect_words("In a moment this page leads back to your tool");
    done.expect_words("This was not me");
    assert!(!done.text.contains("You can close this page"), "{done:?}");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Pending { .. }), "it approved before");
    let proof: [u8; 32] = URL_SAFE_NO_PAD.decode(proof).unwrap().try_into().unwrap();
    let options = |proof: [u8; 32]| PollOptions::new().hand_back(Binding::new(proof));
    assert!(matches!(store.poll_with(&login.codes.polling_code, &options([0; 32])), Polled::Pending { .. }));
    assert!(matches!(store.poll_with(&login.codes.polling_code, &options(proof)), Polled::Completed(_)));
}

/// Without an address nothing changes, and to no other than a loopback address does a page lead.
#[tokio::test]
async fn no_other_address_is_led_to() {
    let (browser, _) = revoking();
    for details in [Details::new(), Details::new().hand_back("https://evil.example/")] {
        let login = browser.begin_with("internal", LoginOptions::new().details(details));
        let done = approve(&browser, &login).await;
        assert!(done.header("refresh").is_none() && !done.text.contains("evil"), "{done:?}");
        let store = browser.server.store.for_tenant("internal");
        assert!(matches!(store.poll(&login.codes.polling_code), Polled::Completed(_)));
        browser.get_with(&format!("{DEVICE}?login_code={}", login.login), &[DIRECT]).await;
    }
}
