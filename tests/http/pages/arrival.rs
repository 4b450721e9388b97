//! Who has not come straight from the terminal is asked for what it shows.

use crate::browser::{Begun, Browser, CONFIRM, Cookies, DEVICE, DIRECT};
use crate::support::{Answer, SIGNED_IN};
use counterfoil::{Polled, State};

const QUESTION: &str = "Let a command-line tool sign in?";
const ENTER: &str = "Enter the code from your terminal";
const ALICE: (&str, &str) = ("cookie", "session=alice");
const HERE: (&str, &str) = ("sec-fetch-site", "same-origin");
/// What a browser sends with a link on another site's page.
const LINK: [(&str, &str); 3] =
    [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

fn signing_in() -> Browser {
    Browser::with(|pages| pages.sign_in(Cookies).router())
}

/// The addresses of a login's page: by each code, and by both.
fn pages(login: &Begun) -> [String; 3] {
    let Begun { login, user, .. } = login;
    [
        format!("{CONFIRM}?login_code={login}"),
        format!("{DEVICE}?user_code={user}"),
        format!("{DEVICE}?user_code={user}&login_code={login}"),
    ]
}

/// Sends a page's form with one more field.
async fn press(browser: &Browser, page: &Answer, cookie: (&str, &str), more: &[(&str, &str)]) -> Answer {
    let hidden = ["login_code", "user_code", "proof"].map(|name| (name, page.field(name).unwrap_or_default()));
    let mut form: Vec<_> =
        hidden.iter().filter(|field| !field.1.is_empty()).map(|field| (field.0, &*field.1)).collect();
    form.push(("decision", "approve"));
    form.extend(more);
    browser.post_with(DEVICE, &[cookie, HERE], &form).await
}

fn state(browser: &Browser, login: &Begun) -> State {
    browser.server.store.for_tenant("internal").inspect(login.code()).unwrap().state
}

/// A link in web mail or a chat, and a double click on a hostile page whose second click meets the button: the form comes
/// from this site, with the page's proof. It approved before.
#[tokio::test]
async fn a_click_on_another_site_and_one_on_the_page_approve_nothing() {
    let browser = signing_in();
    let unknown: [&[(&str, &str)]; 4] = [&LINK, &[("sec-fetch-site", "same-site")], &[HERE], &[]];
    for arrival in unknown {
        let login = browser.begin();
        for path in pages(&login) {
            let page = browser.get_with(&path, &[&[ALICE], arrival].concat()).await;
            if page.field("proof").is_none() {
                // A user code from another site is not even looked up.
                page.expect_page(200, ENTER);
                continue;
            }
            page.expect_page(200, QUESTION);
            page.expect_words("<label for=\"check_word\">");
            let answer = press(&browser, &page, ALICE, &[]).await;
            answer.expect_page(400, QUESTION);
            answer.expect_words("the check word is missing");
            // However often the form is sent, on whichever page.
            press(&browser, &answer, ALICE, &[]).await.expect_words("the check word is missing");
            assert_eq!(state(&browser, &login), State::Pending);
        }
    }
}

#[tokio::test]
async fn the_terminals_word_approves_however_it_is_typed() {
    let browser = signing_in();
    for (at, by_user_code) in [(0, false), (1, true), (2, true), (2, false)] {
        let login = browser.begin();
        let word = login.codes.login_code.check_word().to_string();
        let word = if by_user_code { login.user[5..].to_lowercase() } else { format!(" {}.", word.to_lowercase()) };
        let page = browser.get_with(&pages(&login)[at], &[ALICE, HERE]).await;
        page.expect_page(200, QUESTION);
        // The code is on the terminal, and nowhere on the page.
        assert!(!page.text.contains("Compare the code above") && !page.text.contains("<code"), "{}", page.text);
        press(&browser, &page, ALICE, &[("check_word", &word)]).await.expect_page(200, "Approved");
    }
}

#[tokio::test]
async fn after_three_wrong_words_the_login_is_denied() {
    let browser = signing_in();
    let login = browser.begin();
    let right = login.codes.login_code.check_word().to_string();
    let mut page = browser.get_with(&pages(&login)[0], &[ALICE, LINK[0]]).await;
    for wrong in ["twice more", "once more"] {
        page = press(&browser, &page, ALICE, &[("check_word", "aeio")]).await;
        page.expect_page(400, QUESTION);
        page.expect_words(wrong);
        press(&browser, &page, ALICE, &[]).await.expect_words("the check word is missing");
        assert_eq!(state(&browser, &login), State::Pending);
    }
    let page = press(&browser, &page, ALICE, &[("check_word", "")]).await;
    page.expect_words("the check word is missing");
    press(&browser, &page, ALICE, &[("check_word", "BCDF-GHJK")]).await.expect_page(400, "Wrong check word");
    assert_eq!(state(&browser, &login), State::Denied);
    press(&browser, &page, ALICE, &[("check_word", &right)]).await.expect_page(400, "Already denied");
    let store = browser.server.store.for_tenant("internal");
    assert!(matches!(store.poll(&login.codes.polling_code), Polled::Denied));
}

#[tokio::test]
async fn who_has_come_directly_types_no_word() {
    let browser = signing_in();
    for at in 0..3 {
        let login = browser.begin();
        let page = browser.get_with(&pages(&login)[at], &[ALICE, DIRECT]).await;
        page.expect_page(200, QUESTION);
        assert!(!page.text.contains("check_word"), "{}", page.text);
        assert_eq!(page.text.contains("Compare the code above"), at > 0);
        press(&browser, &page, ALICE, &[]).await.expect_page(200, "Approved");
    }
}

/// Neither does denying need a word, or a typed token: that is proof by itself.
#[tokio::test]
async fn a_typed_token_needs_no_word() {
    let browser = signing_in();
    let login = browser.begin();
    let form = [("login_code", &*login.login), ("decision", "approve"), ("refresh_token", SIGNED_IN)];
    browser.post_with(CONFIRM, &[ALICE, HERE], &form).await.expect_page(200, "Approved");
    let login = browser.begin();
    let page = browser.get_with(&pages(&login)[0], &LINK).await;
    page.expect_page(200, QUESTION);
    assert!(!page.text.contains("check_word") && page.text.contains("Sign in first"), "{}", page.text);
    let form = [("login_code", &*login.login), ("decision", "deny")];
    browser.post_with(CONFIRM, &[ALICE, HERE], &form).await.expect_page(200, "Denied");
}

fn cookie(answer: &Answer) -> Option<String> {
    let line = answer.header("set-cookie")?;
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=900"] {
        assert!(line.contains(attribute), "{line}");
    }
    line.split_once(';').map(|(cookie, _)| cookie.to_owned())
}

/// A link is opened, the visitor signs in, and comes back from the sign-in page.
#[tokio::test]
async fn a_direct_arrival_survives_the_sign_in() {
    let browser = signing_in();
    for at in 0..3 {
        let (login, other) = (browser.begin(), browser.begin());
        let (path, elsewhere) = (&pages(&login)[at], &pages(&other)[at]);
        let first = browser.get_with(path, &[DIRECT]).await;
        first.expect_page(200, QUESTION);
        first.expect_words("Sign in first");
        let mark = cookie(&first).unwrap();
        assert!(!mark.contains(&login.login) && !mark.contains(&login.user));
        let cookies = format!("session=alice; {mark}");
        for site in ["same-origin", "cross-site"] {
            let back = browser.get_with(path, &[("cookie", &cookies), ("sec-fetch-site", site)]).await;
            // A user code of another site's page is not looked up, mark or not.
            let looked_up = site == "same-origin" || path.contains("login_code");
            assert_eq!(back.field("proof").is_some(), looked_up);
            assert!(!back.text.contains("check_word"), "{}", back.text);
        }
        // It is this login's alone, and nobody but the server can make one.
        let page = browser.get_with(elsewhere, &[("cookie", &cookies), HERE]).await;
        page.expect_words("name=\"check_word\"");
        let (name, value) = mark.split_once('=').unwrap();
        for forged in ["0.a.b".to_owned(), format!("1{value}"), value.replace('.', ""), String::new()] {
            let cookies = format!("session=alice; {name}={forged}");
            let page = browser.get_with(elsewhere, &[("cookie", &cookies), HERE]).await;
            page.expect_words("name=\"check_word\"");
        }
        let back = browser.get_with(path, &[("cookie", &cookies), HERE]).await;
        press(&browser, &back, ("cookie", &cookies), &[]).await.expect_page(200, "Approved");
    }
}

#[tokio::test]
async fn over_https_the_mark_is_secure_and_of_this_host_alone() {
    let browser =
        Browser::with(|pages| pages.public_url("https://login.example".parse().unwrap()).sign_in(Cookies).router());
    let login = browser.begin();
    let page = browser.get_with(&pages(&login)[0], &[DIRECT]).await;
    assert!(page.header("set-cookie").unwrap().starts_with("__Host-counterfoil="));
    assert!(page.header("set-cookie").unwrap().contains("; Secure"));
    let cookies = format!("session=alice; {}", cookie(&page).unwrap());
    let page = browser.get_with(&pages(&login)[0], &[("cookie", &cookies), HERE]).await;
    page.expect_page(200, QUESTION);
    assert!(!page.text.contains("check_word"), "{}", page.text);
}

/// A user code that is typed into a form that was opened by itself has been read off the terminal.
#[tokio::test]
async fn a_code_typed_into_an_opened_form_counts_as_brought_directly() {
    let browser = signing_in();
    let login = browser.begin();
    let form = browser.get_with(DEVICE, &[ALICE, DIRECT]).await;
    form.expect_page(200, ENTER);
    let (field, mark) = (form.field("arrival").unwrap(), cookie(&form).unwrap());
    let cookies = format!("session=alice; {mark}");
    let path = |field: &str| format!("{DEVICE}?arrival={field}&user_code={}", login.user);
    let direct = |page: &Answer| page.field("proof").is_some() && !page.text.contains("check_word");
    let page = browser.get_with(&path(&field), &[("cookie", &cookies), HERE]).await;
    assert!(direct(&page), "{}", page.text);
    // After a mistake, too.
    let wrong = format!("{DEVICE}?arrival={field}&user_code=AEIO");
    let again = browser.get_with(&wrong, &[("cookie", &cookies), HERE]).await;
    again.expect_page(400, ENTER);
    let cookies = format!("session=alice; {}", cookie(&again).unwrap());
    let again = again.field("arrival").unwrap();
    let page = browser.get_with(&path(&again), &[("cookie", &cookies), HERE]).await;
    assert!(direct(&page), "{}", page.text);

    // The attacker's own form does not fit the visitor's cookie, and the visitor's field is not in the attacker's link.
    let theirs = browser.get_with(DEVICE, &[DIRECT]).await.field("arrival").unwrap();
    for (field, cookies, site) in [
        (&*theirs, &*cookies, "same-origin"),
        ("", &*cookies, "same-origin"),
        (&*again, "session=alice", "same-origin"),
        (&*field, &*cookies, "same-origin"),
        (&*again, &*cookies, "same-site"),
    ] {
        let page = browser.get_with(&path(field), &[("cookie", cookies), ("sec-fetch-site", site)]).await;
        assert!(!direct(&page), "{field} {cookies} {site}");
    }
    // Neither is the form that a link of another site has filled in.
    let filled = browser.get_with(&format!("{DEVICE}?user_code={}", login.user), &[&[ALICE][..], &LINK].concat()).await;
    filled.expect_page(200, ENTER);
    assert!(filled.field("arrival").is_none() && filled.header("set-cookie").is_none());
}

#[tokio::test]
async fn no_cookie_is_set_without_need() {
    for (browser, identifies) in [(Browser::new(), false), (signing_in(), true)] {
        let login = browser.begin();
        for path in pages(&login).iter().map(String::as_str).chain([DEVICE, CONFIRM]) {
            for headers in [&[DIRECT][..], &[HERE], &LINK, &[]] {
                let answer = browser.get_with(path, headers).await;
                let marked = answer.header("set-cookie").is_some();
                assert_eq!(marked, identifies && headers == [DIRECT], "{path} {headers:?}");
                assert!(!answer.text.contains("check_word"), "nobody is signed in");
            }
        }
    }
}

/// `verification_uri_complete` has both codes: a link that opens its login without a guess, and shows the code for
/// comparison.
#[tokio::test]
async fn a_link_with_both_codes_spends_no_guess() {
    let browser = signing_in();
    let login = browser.begin();
    for _ in 0..20 {
        browser.get("/device?user_code=BBBB-BBBB").await;
    }
    browser.get(&pages(&login)[1]).await.expect_page(429, ENTER);
    for headers in [&[ALICE, DIRECT][..], &[ALICE, HERE], &[&[ALICE][..], &LINK].concat(), &[]] {
        let page = browser.get_with(&pages(&login)[2], headers).await;
        page.expect_page(200, QUESTION);
        assert_eq!(page.field("login_code").as_ref(), Some(&login.login));
        assert_eq!(page.field("user_code").as_ref(), Some(&login.user));
    }
    let page = browser.get_with(&pages(&login)[2], &[ALICE, DIRECT]).await;
    page.expect_words(&format!("<code dir=\"ltr\">{}</code>", login.user));
    press(&browser, &page, ALICE, &[]).await.expect_page(200, "Approved");
}

/// Otherwise a link could show the code on the victim's terminal above the attacker's login.
#[tokio::test]
async fn codes_of_two_logins_open_neither() {
    let browser = signing_in();
    let (mine, theirs) = (browser.begin(), browser.begin());
    for (user, login) in [(&*mine.user, &*theirs.login), ("BBBB-BBBB", &*theirs.login)] {
        for path in [DEVICE, CONFIRM] {
            let page = browser.get_with(&format!("{path}?user_code={user}&login_code={login}"), &[ALICE, DIRECT]).await;
            page.expect_page(400, "That did not work");
            for decision in ["approve", "deny"] {
                let form =
                    [("user_code", user), ("login_code", login), ("decision", decision), ("refresh_token", SIGNED_IN)];
                browser.post_with(path, &[HERE], &form).await.expect_page(400, "That did not work");
            }
        }
    }
    for login in [&mine, &theirs] {
        assert_eq!(state(&browser, login), State::Pending);
    }
    // One that was cut off, as mailers do, is as good as none.
    let cut = format!("{DEVICE}?user_code={}&login_code={}", mine.user, &mine.login[..30]);
    let page = browser.get_with(&cut, &[ALICE, DIRECT]).await;
    page.expect_page(200, QUESTION);
    page.expect_words("Compare the code above");
    let forgotten = format!("{DEVICE}?user_code=BBBB-BBBB&login_code={}", "a".repeat(40));
    browser.get(&forgotten).await.expect_page(400, "No such login");
}

/// Where only users may look, a stranger cannot spend a guess, and learns of no login.
#[tokio::test]
async fn nothing_is_looked_up_before_the_visitor_has_signed_in() {
    let browser = Browser::with(|pages| pages.sign_in(Cookies).sign_in_first().router());
    let login = browser.begin();
    for path in pages(&login).iter().map(String::as_str).chain(["/device?user_code=BBBB-BBBB"]) {
        for _ in 0..20 {
            let page = browser.get_with(path, &[DIRECT]).await;
            page.expect_page(200, "Sign in first");
            page.expect_words("href=\"/sign-in?a=1&#38;b=&#34;\"");
            assert!(!page.text.contains("internal"), "{}", page.text);
        }
    }
    for (code, decision) in [(&*login.user, "approve"), (&*login.user, "deny"), ("BBBB-BBBB", "deny")] {
        for _ in 0..20 {
            let form = [("user_code", code), ("decision", decision), ("refresh_token", SIGNED_IN)];
            let page = browser.post_with(DEVICE, &[HERE], &form).await;
            page.expect_page(400, "Sign in first");
            page.expect_words("you are not signed in");
        }
    }
    browser.get(DEVICE).await.expect_page(200, ENTER);
    browser
        .get_with(&pages(&login)[0], &[("cookie", "session=down")])
        .await
        .expect_page(503, "Temporarily unavailable");
    // The way through the sign-in is remembered here, too.
    let mark = cookie(&browser.get_with(&pages(&login)[1], &[DIRECT]).await).unwrap();
    let cookies = format!("session=alice; {mark}");
    let page = browser.get_with(&pages(&login)[1], &[("cookie", &cookies), HERE]).await;
    page.expect_page(200, QUESTION);
    press(&browser, &page, ("cookie", &cookies), &[]).await.expect_page(200, "Approved");
}
