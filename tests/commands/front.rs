//! The example server's own pages: what the first one links and prints, and the demonstration's sign-in.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Server;
use crate::{Folder, browser, tool};

#[tokio::test]
async fn all_that_the_first_page_links_is_there_and_its_command_begins_a_login() {
    crate::build().await;
    let server = Server::start(&[]).await;
    let page = server.get("/").await;
    // The page's own attributes have no quotes.
    let links: Vec<&str> = page.split("href=").skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()).collect();
    for linked in ["metrics", "healthz", "readyz", "device", "api/v1/openapi.json"] {
        assert!(links.contains(&linked), "{linked} is not among {links:?}");
    }
    for link in links {
        let answer = server.get(&format!("/{link}")).await;
        assert!(answer.split_once("\r\n\r\n").is_some_and(|(_, body)| !body.is_empty()), "{link}: {answer}");
    }
    let command = page.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next()).unwrap();
    let command = command.replace("&#39;", "'").replace("&amp;", "&").replace("&quot;", "\"");
    let folder = Folder::new();
    let begun = tool::curl(&command, &server, &folder.0).await;
    assert!(begun.contains("\"device_code\""), "{begun}");
    browser::approves(&begun, &server).await;
}

#[tokio::test]
async fn the_demonstrations_sign_in_leads_back_to_the_pages_and_nowhere_else() {
    crate::build().await;
    let server = Server::start(&[]).await;
    let page = server.get("/demo/sign-in").await;
    for shown in ["demonstration", "Sign in as Alice", "Sign in as Bob", "no-store"] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    let sign_in = async |query: &str, site: &str, user: &str| {
        let body = format!("user={user}");
        let head = format!(
            "POST /demo/sign-in{query} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nsec-fetch-site: {site}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        );
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let header = |name: &str| {
            let line = answer.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.to_owned())
        };
        (answer[9..12].to_owned(), header("location"), header("set-cookie"))
    };
    for (query, back) in [
        ("", "/"),
        ("?back=/device?user_code=BCDF-GHJK", "/device?user_code=BCDF-GHJK"),
        ("?back=https://evil.example/", "/"),
        ("?back=//evil.example/device?", "/"),
        ("?back=/metrics", "/"),
    ] {
        let (status, location, cookie) = sign_in(query, "same-origin", "Alice").await;
        assert_eq!((&*status, location.as_deref()), ("303", Some(back)), "{query}");
        let cookie = cookie.expect("it is a sign-in");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    }
    for (site, user) in [("cross-site", "Alice"), ("same-origin", "Mallory")] {
        let (status, _, cookie) = sign_in("", site, user).await;
        assert_eq!((&*status, cookie), ("400", None), "{site} {user}");
    }
}
