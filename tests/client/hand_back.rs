//! A browser on this machine that hands the login back (RFC 8252 section 7.3).

use counterfoil::client::{Documented, Options, login};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::server::{Request, Server, Step, completed, initiated, json, options, pending};

const PROOF: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn agreed() -> Step {
    json(200, r#"{"polling_code":"pc_secret","login_code":"lc_secret","hand_back":true}"#)
}

/// As a server does: the token is for the poll with the proof, and others are told to wait.
fn by_proof(seen: &[Request]) -> Step {
    match seen.last().unwrap().member("hand_back_proof").as_deref() {
        Some(PROOF) => completed(),
        _ => Step::Silence,
    }
}

/// Options that open a browser, which does nothing but tell that it was opened.
fn opening(url: &str) -> (Options<Documented>, oneshot::Receiver<()>) {
    let (open, opened) = oneshot::channel();
    let options = options(url).open_browser(true).hand_back(true);
    (options.browser(move |_| open.send(()).map_err(|()| std::io::ErrorKind::Other.into())), opened)
}

/// One request of a browser, as bytes. Returns the answer.
async fn visit(address: &str, target: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_poll_with_the_browsers_proof_gets_the_token() {
    let server = Server::start([agreed(), Step::By(by_proof), Step::By(by_proof)]).await;
    let (options, opened) = opening(&server.url);
    let (shown, prompt) = oneshot::channel();
    let options =
        options.present(move |prompt| shown.send(prompt.hand_back()).map_err(|_| std::io::ErrorKind::Other.into()));
    let browser = async {
        opened.await.unwrap();
        // The first poll is held by now, and will never be answered.
        server.requests(2).await;
        let url = server.seen()[0].member("hand_back").unwrap();
        let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        assert!(address.starts_with("127.0.0.1:") && path.len() >= 22, "{url}");
        // Idle connections, such as browsers open ahead, keep no one waiting.
        let idle = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        for (target, host) in [
            ("/favicon.ico".to_owned(), address),
            (format!("/{path}"), address),
            (format!("/?proof={PROOF}"), address),
            (format!("/{path}?proof={PROOF}"), "evil.example"),
        ] {
            let answer = visit(address, &target, host).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
        }
        let answer = visit(address, &format!("/{path}?proof={PROOF}"), address).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("You can close this tab"), "{answer}");
        assert!(answer.contains("referrer-policy: no-referrer") && !answer.contains(PROOF), "{answer}");
        drop(idle);
    };
    let (tokens, ()) = tokio::join!(login(options), browser);
    assert_eq!(tokens.unwrap().token().expose(), "rt_secret");
    assert!(prompt.await.unwrap());
    let seen = server.seen();
    assert_eq!(seen[1].member("hand_back_proof"), None);
    assert!(seen[2].member("code_verifier").is_some());
    // The listener has ended with the login.
    let url = seen[0].member("hand_back").unwrap();
    let address = url.strip_prefix("http://").unwrap().split_once('/').unwrap().0.to_owned();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_wrong_proof_can_be_followed_by_the_right_one() {
    let wrong = || Step::By(|seen| if seen.last().unwrap().body.contains("proof") { pending() } else { Step::Silence });
    let server = Server::start([agreed(), wrong(), wrong(), Step::By(by_proof), Step::By(by_proof)]).await;
    let (options, opened) = opening(&server.url);
    let options = options.poll_interval(std::time::Duration::from_millis(500));
    let browser = async {
        opened.await.unwrap();
        server.requests(2).await;
        let url = server.seen()[0].member("hand_back").unwrap();
        let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        visit(address, &format!("/{path}?proof={}", PROOF.replace('d', "e")), address).await;
        server.requests(3).await;
        visit(address, &format!("/{path}?proof={PROOF}"), address).await;
    };
    let (tokens, ()) = tokio::join!(login(options), browser);
    assert_eq!(tokens.unwrap().token().expose(), "rt_secret");
}

#[tokio::test]
async fn a_server_that_does_not_know_it_is_not_waited_for() {
    let server = Server::start([initiated(), pending(), completed()]).await;
    let (options, _opened) = opening(&server.url);
    let options = options.present(|prompt| {
        assert!(!prompt.hand_back());
        Ok(())
    });
    login(options).await.unwrap();
    assert!(server.seen()[0].member("hand_back").is_some());
    assert!(server.seen()[1..].iter().all(|poll| poll.member("hand_back_proof").is_none()));
}

#[tokio::test]
async fn nothing_is_asked_for_where_no_browser_is_opened_or_none_is_wanted() {
    for options in [(|url: &str| options(url).hand_back(true)) as fn(&str) -> Options<Documented>, |url| {
        options(url).open_browser(true).browser(|_| Ok(()))
    }] {
        let server = Server::start([agreed(), completed()]).await;
        let options = options(&server.url).present(|prompt| {
            assert!(!prompt.hand_back());
            Ok(())
        });
        login(options).await.unwrap();
        assert_eq!(server.seen()[0].member("hand_back"), None);
    }
}
