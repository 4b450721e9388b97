//! An HTTP client of the caller's, and certificate authorities of the caller's.

use std::time::Duration;

use counterfoil::client::reqwest::redirect::Policy;
use counterfoil::client::reqwest::{Client, Proxy};
use counterfoil::client::{Cause, Certificate, LoginError, Options, login};

use crate::server::{Server, Step, completed, device, initiated, options};
use crate::tls;

#[tokio::test]
async fn it_sends_what_the_dialect_needs() {
    let server = Server::start([initiated(), completed()]).await;
    let client = Client::builder().user_agent("acme/1").redirect(Policy::none()).build().unwrap();
    login(options(&server.url).http_client(client)).await.unwrap();
    for request in server.seen() {
        assert_eq!(request.header("user-agent"), Some("acme/1"));
        assert_eq!(request.header("x-stack-publishable-client-key"), Some("pck_secret"));
    }
}

#[tokio::test]
async fn its_proxy_is_used() {
    let proxy = Server::start([initiated(), completed()]).await;
    let client = Client::builder().proxy(Proxy::http(&proxy.url).unwrap()).redirect(Policy::none()).build().unwrap();
    let options = options("http://login.example").insecure_http(true).http_client(client);
    login(options).await.unwrap();
    assert_eq!(proxy.paths(), ["http://login.example/api/v1/auth/cli", "http://login.example/api/v1/auth/cli/poll"]);
}

#[tokio::test]
async fn a_redirect_that_it_follows_ends_the_login() {
    for begun in [false, true] {
        let elsewhere = Server::start([completed(), completed()]).await;
        let location = Box::leak(format!("location: {}/x\r\n", elsewhere.url).into_boxed_str());
        let redirect = Step::Answer(307, location, String::new());
        let script = if begun { vec![initiated(), redirect] } else { vec![redirect] };
        let server = Server::start(script).await;
        let error = login(options(&server.url).http_client(Client::new())).await.unwrap_err();
        assert!(matches!(error, LoginError::Options { .. }), "{error:?}");
        assert!(error.to_string().contains("redirect(Policy::none())"), "{error}");
    }
}

#[tokio::test]
async fn an_authority_of_the_callers_is_trusted_beside_the_systems() {
    let authority = tls::Authority::new("own_authority");
    let other = tls::Authority::new("other_authority");
    let (port, _) = tls::serve(authority.sign(&tls::params("localhost", (2020, 2100)))).await;
    let url = format!("https://localhost:{port}");
    let pem = |authority: &tls::Authority| std::fs::read_to_string(&authority.file).unwrap();

    let options = || device(&url).patience(Duration::ZERO);
    let Err(LoginError::Network(error)) = login(options()).await else { panic!("trusted") };
    assert_eq!(error.cause(), Cause::Certificate(Certificate::Untrusted));
    let both = options().root_certificates(pem(&other).trim_end()).root_certificates(pem(&authority));
    assert_eq!(login(both).await.unwrap().token().expose(), "at");
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_before_anything_is_sent() {
    let server = Server::start([]).await;
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no", "-----BEGIN CERTIFICATE-----\n!", bad] {
        let options: Options<_> = device(&server.url).root_certificates(pem);
        let error = login(options).await.unwrap_err();
        assert!(matches!(error, LoginError::Options { .. }), "{pem}: {error:?}");
    }
    let both = device(&server.url).root_certificates(bad).http_client(Client::new());
    assert!(matches!(login(both).await, Err(LoginError::Options { .. })));
    assert!(server.seen().is_empty());
}
