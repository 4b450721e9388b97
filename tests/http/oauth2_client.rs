//! The crate `oauth2`, as it is published, against the router on a loopback address.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails that way")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterfoil::SessionStore;
use counterfoil::axum::{Pages, Routes, StaticAccess, StaticTokens, Store};
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse};
use oauth2::reqwest;
use oauth2::{
    AsyncHttpClient, ClientId, DeviceAuthorizationUrl, DeviceCodeErrorResponse, DeviceCodeErrorResponseType,
    EndpointNotSet, EndpointSet, HttpClientError, HttpRequest, RefreshToken, RequestTokenError, RevocationUrl, Scope,
    StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
};
use tokio::net::TcpListener;
use tokio::time::sleep;

const USER_TOKEN: &str = "rt_of_a_signed_in_user";

type Client = BasicClient<EndpointNotSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;
type Error = RequestTokenError<HttpClientError<reqwest::Error>, DeviceCodeErrorResponse>;

struct Server {
    url: String,
    http: reqwest::Client,
}

impl Server {
    async fn start(ttl: Duration) -> Self {
        let store: Store = SessionStore::builder().ttl(ttl).poll_interval(Duration::from_secs(1)).build().unwrap();
        let access = StaticAccess::new().project("internal", "ssk", "pck");
        let tokens = Arc::new(StaticTokens::new().signed_in(USER_TOKEN).revocable());
        let pages = Pages::new(store.clone(), tokens.clone());
        let app = Routes::new(store, access, tokens).router().merge(pages.router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
        });
        Self { url, http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap() }
    }

    fn client(&self, id: &str) -> Client {
        BasicClient::new(ClientId::new(id.into()))
            .set_device_authorization_url(
                DeviceAuthorizationUrl::new(format!("{}/oauth/device_authorization", self.url)).unwrap(),
            )
            .set_token_uri(TokenUrl::new(format!("{}/oauth/token", self.url)).unwrap())
    }

    async fn begin(&self) -> StandardDeviceAuthorizationResponse {
        let request = self.client("internal");
        let request = request.exchange_device_code().add_scope(Scope::new("cli".into()));
        request.request_async(&self.http).await.unwrap()
    }

    /// Polls until the end, and returns it with the pauses that the client made.
    async fn poll(
        &self,
        device: &StandardDeviceAuthorizationResponse,
    ) -> (Result<BasicTokenResponse, Error>, Vec<u64>) {
        let pauses = Arc::new(Mutex::new(Vec::new()));
        let log = pauses.clone();
        let pause = move |time: Duration| {
            log.lock().unwrap().push(time.as_secs());
            sleep(time)
        };
        let client = self.client("internal");
        let result = client.exchange_device_access_token(device).request_async(&self.http, pause, None).await;
        let pauses = pauses.lock().unwrap().clone();
        (result, pauses)
    }

    /// Answers in the browser's stead.
    async fn decide(&self, device: &StandardDeviceAuthorizationResponse, decision: &str) {
        let form = [
            ("user_code", device.user_code().secret().as_str()),
            ("decision", decision),
            ("refresh_token", USER_TOKEN),
        ];
        let response = self.http.post(format!("{}/device", self.url)).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    }
}

fn refused(error: Error) -> DeviceCodeErrorResponseType {
    match error {
        RequestTokenError::ServerResponse(response) => response.error().clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_approval_brings_the_tokens() {
    let server = Server::start(Duration::from_secs(60)).await;
    let device = server.begin().await;
    assert_eq!(device.verification_uri().as_str(), format!("{}/device", server.url));
    let begins = format!("{}/device?user_code={}&login_code=", server.url, device.user_code().secret());
    assert!(device.verification_uri_complete().unwrap().secret().starts_with(&begins));
    assert_eq!(device.interval(), Duration::from_secs(1));

    let (polled, ()) = tokio::join!(server.poll(&device), async {
        sleep(Duration::from_millis(500)).await;
        server.decide(&device, "approve").await;
    });
    let (tokens, pauses) = polled;
    let tokens = tokens.unwrap();
    assert_eq!(tokens.refresh_token().unwrap().secret(), USER_TOKEN);
    assert!(!tokens.access_token().secret().is_empty());
    assert_eq!(pauses, [1], "a client that keeps the interval is never told to slow down");
}

#[tokio::test]
async fn a_refresh_token_is_used_and_given_back() {
    let server = Server::start(Duration::from_secs(60)).await;
    let client = server.client("internal");
    // This client gives a token back over TLS alone.
    let revocation = RevocationUrl::new("https://login.example/oauth/revoke".into()).unwrap();
    let client = client.set_revocation_url(revocation);
    let token = RefreshToken::new(USER_TOKEN.into());
    let tokens = client.exchange_refresh_token(&token).request_async(&server.http).await.unwrap();
    assert_eq!(tokens.refresh_token().unwrap().secret(), USER_TOKEN);
    let terminated = |mut request: HttpRequest| {
        *request.uri_mut() = format!("{}{}", server.url, request.uri().path()).parse().unwrap();
        server.http.call(request)
    };
    client.revoke_token(token.into()).unwrap().request_async(&terminated).await.unwrap();
    let token = RefreshToken::new(USER_TOKEN.into());
    let again = client.exchange_refresh_token(&token).request_async(&server.http).await;
    let Err(RequestTokenError::ServerResponse(refused)) = again else { panic!("{again:?}") };
    assert_eq!(refused.error(), &BasicErrorResponseType::InvalidGrant);
}

#[tokio::test]
async fn a_denial_is_access_denied() {
    let server = Server::start(Duration::from_secs(60)).await;
    let device = server.begin().await;
    server.decide(&device, "deny").await;
    let error = server.poll(&device).await.0.unwrap_err();
    assert_eq!(refused(error), DeviceCodeErrorResponseType::AccessDenied);
}

#[tokio::test]
async fn an_impatient_client_slows_down_and_gets_there() {
    let server = Server::start(Duration::from_secs(60)).await;
    let device = server.begin().await;
    let impatient = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device.device_code().secret().as_str()),
        ("client_id", "internal"),
    ];
    let first = server.http.post(format!("{}/oauth/token", server.url)).form(&impatient).send().await.unwrap();
    assert_eq!(first.status(), 400);
    // Sooner, it would be the same poll again.
    sleep(Duration::from_millis(300)).await;
    let (polled, ()) = tokio::join!(server.poll(&device), async {
        sleep(Duration::from_millis(500)).await;
        server.decide(&device, "approve").await;
    });
    assert!(polled.0.is_ok(), "{:?}", polled.0);
    assert_eq!(polled.1, [6]);
}

#[tokio::test]
async fn a_login_that_nobody_approves_is_expired_token() {
    let server = Server::start(Duration::from_secs(1)).await;
    let device = server.begin().await;
    // The client asks for at least one interval longer than the server remembers to wait.
    sleep(Duration::from_millis(1200)).await;
    let error = server.poll(&device).await.0.unwrap_err();
    assert_eq!(refused(error), DeviceCodeErrorResponseType::ExpiredToken);
}

#[tokio::test]
async fn an_unknown_client_is_refused_by_its_name() {
    let server = Server::start(Duration::from_secs(60)).await;
    let client = server.client("somebody-else");
    let request = client.exchange_device_code();
    let result: Result<StandardDeviceAuthorizationResponse, RequestTokenError<_, BasicErrorResponse>> =
        request.request_async(&server.http).await;
    let Err(RequestTokenError::ServerResponse(response)) = result else { panic!("{result:?}") };
    assert_eq!(response.error(), &BasicErrorResponseType::InvalidClient);
}
