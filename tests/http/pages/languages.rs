//! Pages in the reader's language.

use crate::browser::{Browser, CONFIRM, Cookies, DEVICE};
use crate::support::SIGNED_IN;

const LANGUAGES: [(&str, &str, &str, &str); 5] = [
    ("en-GB,en;q=0.9", "en", "ltr", "Let a command-line tool sign in?"),
    ("de-CH", "de", "ltr", "Soll sich ein Terminal-Programm anmelden?"),
    ("fr;q=0.9,en;q=0.8", "fr", "ltr", "Autoriser un outil en ligne de commande à se connecter ?"),
    ("ca,es;q=0.9", "es", "ltr", "¿Permitir que una herramienta de línea de comandos inicie sesión?"),
    ("ar-EG", "ar", "rtl", "هل تسمح لأداة سطر أوامر بتسجيل الدخول؟"),
];

#[tokio::test]
async fn each_page_is_in_the_readers_language() {
    for (header, lang, dir, heading) in LANGUAGES {
        let browser = Browser::with(|pages| pages.sign_in(Cookies).router());
        let accept = ("accept-language", header);
        let alice = ("cookie", "session=alice");
        let login = browser.begin();
        let html = format!("<html lang=\"{lang}\" dir=\"{dir}\">");
        let page = browser.get_with(&format!("{CONFIRM}?login_code={}", login.login), &[accept, alice]).await;
        page.expect_page(200, heading);
        page.expect_words(&html);
        page.expect_words("name=\"check_word\"");
        page.expect_words("<bdi>internal</bdi>");
        assert_eq!(page.text.contains("Check word"), lang == "en");
        for (path, status) in [
            (DEVICE, 200),
            ("/device?user_code=AEIO", 400),
            ("/device?user_code=BBBB-BBBB", 400),
            ("/device?login_code=x", 400),
        ] {
            let page = browser.get_with(path, &[accept]).await;
            assert_eq!(page.status, status);
            page.expect_words(&html);
            assert_eq!(page.text.contains(" the "), lang == "en", "{}", page.text);
        }
        let form = [("login_code", &*login.login), ("decision", "approve"), ("refresh_token", SIGNED_IN)];
        let done = browser.post_with(CONFIRM, &[accept], &form).await;
        assert_eq!(done.status, 200);
        done.expect_words(&html);
        assert_eq!(done.text.contains("This was not me"), lang == "en");
    }
}
