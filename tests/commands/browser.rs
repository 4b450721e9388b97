//! What a person does in the browser: opens a link, signs in if the page says so, and presses *Approve*.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Server;

/// Opens the first link of the text that has a code, and approves that login.
pub(crate) async fn approves(text: &str, server: &Server) {
    let link = text.split(['"', ' ', '\n']).find(|word| word.starts_with("http") && word.contains("_code="));
    let link = link.unwrap_or_else(|| panic!("no link in {text}"));
    let (host, path) = link.trim_start_matches("http://").split_once('/').unwrap();
    assert_eq!(host, server.address);
    let mut browser = Browser { server, cookies: BTreeMap::new(), at: format!("/{path}") };

    // An opened link comes from no page.
    let mut page = browser.get("none").await;
    if page.contains("/sign-in") {
        let confirm = browser.at.clone();
        let sign_in = page.split("href=\"").map(|rest| rest.split('"').next().unwrap());
        let sign_in = sign_in.into_iter().find(|link| link.contains("/sign-in")).unwrap();
        browser.at = sign_in.replace("&amp;", "&").replace("&#38;", "&");
        assert!(browser.get("same-origin").await.contains("demonstration"), "its sign-in says what it is");
        page = browser.post("user=Alice").await;
        assert_eq!(browser.at, confirm, "it leads back");
        assert!(page.contains("Alice"), "{page}");
    }
    let mut form = hidden(&page);
    form.push(("decision".into(), "approve".into()));
    if page.contains("name=\"refresh_token\"") {
        form.push(("refresh_token".into(), server.user_token.clone()));
    }
    let form: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    browser.at = browser.at.split('?').next().unwrap().to_owned();
    let page = browser.post(&form).await;
    assert!(page.contains("class=\"good\""), "it is not approved: {page}");
}

struct Browser<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
    /// Path and query.
    at: String,
}

impl Browser<'_> {
    async fn get(&mut self, from: &str) -> String {
        self.ask("GET", from, "").await
    }

    /// Sends a form to the page that is shown, and follows where it leads.
    async fn post(&mut self, form: &str) -> String {
        self.ask("POST", "same-origin", form).await
    }

    async fn ask(&mut self, method: &str, from: &str, form: &str) -> String {
        let (mut method, mut form) = (method, form);
        loop {
            let answer = self.request(method, from, form).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            let mut location = None;
            for (name, value) in headers {
                match &*name.to_ascii_lowercase() {
                    "set-cookie" => {
                        let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                        self.cookies.insert(name.to_owned(), value.to_owned());
                    }
                    "location" => location = Some(value.to_owned()),
                    _ => {}
                }
            }
            match location {
                Some(location) => (self.at, method, form) = (location, "GET", ""),
                None => return body.to_owned(),
            }
        }
    }

    async fn request(&self, method: &str, from: &str, form: &str) -> String {
        let mut stream = TcpStream::connect(&self.server.address).await.unwrap();
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!(
            "{method} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nsec-fetch-site: {from}\r\norigin: http://{host}\r\n\
             cookie: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.at,
            cookies.join("; "),
            form.len(),
            host = self.server.address,
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// The hidden fields of a page's first form.
fn hidden(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
    let form = form.split("</form>").next().unwrap();
    let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap());
    let value = |input: &str, name: &str| {
        let (_, rest) = input.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let hidden = inputs.filter(|input| value(input, "type").as_deref() == Some("hidden"));
    hidden.map(|input| (value(input, "name").unwrap(), value(input, "value").unwrap())).collect()
}
