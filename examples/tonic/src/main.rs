//! Command-line logins over gRPC: a tonic service on the store, with a held poll and a stream.
//!
//! ```sh
//! cargo run --manifest-path examples/tonic/Cargo.toml
//! ```

mod service;

use std::time::Duration;

use counterfoil::SessionStore;
use tonic::transport::Server;

use service::Service;
use service::proto::login_server::LoginServer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = SessionStore::builder().ttl(Duration::from_secs(600)).build()?;
    let _sweeper = store.spawn_sweeper(Duration::from_secs(1))?;
    println!("listening on http://127.0.0.1:8104");
    Server::builder().add_service(LoginServer::new(Service::new(store))).serve("127.0.0.1:8104".parse()?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio_stream::StreamExt;
    use tokio_stream::wrappers::TcpListenerStream;
    use tonic::transport::Channel;
    use tonic::{Code, Request};

    use super::*;
    use crate::service::proto::login_client::LoginClient;
    use crate::service::proto::poll_reply::State;
    use crate::service::proto::{ApproveRequest, BeginRequest, PollRequest};

    /// A client of a server on a free port.
    async fn client() -> LoginClient<Channel> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = LoginServer::new(Service::new(SessionStore::builder().build().unwrap()));
        let server = Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        LoginClient::connect(url).await.unwrap()
    }

    fn approval(login_code: &str) -> Request<ApproveRequest> {
        let mut request = Request::new(ApproveRequest { login_code: login_code.to_owned() });
        request.metadata_mut().insert("authorization", "Bearer alice".parse().unwrap());
        request
    }

    #[tokio::test]
    async fn a_held_poll_ends_with_the_approval() {
        let mut client = client().await;
        let begun = client.begin(BeginRequest {}).await.unwrap().into_inner();
        let ask = |wait_seconds| PollRequest { polling_code: begun.polling_code.clone(), wait_seconds };
        assert_eq!(client.poll(ask(0)).await.unwrap().into_inner().state(), State::Pending);

        let mut tool = client.clone();
        let held = tokio::spawn({
            let ask = ask(60);
            async move { tool.poll(ask).await.unwrap().into_inner() }
        });
        let stranger = ApproveRequest { login_code: begun.login_code.clone() };
        assert_eq!(client.approve(stranger).await.unwrap_err().code(), Code::Unauthenticated);
        client.approve(approval(&begun.login_code)).await.unwrap();
        let got = held.await.unwrap();
        assert_eq!((got.state(), &*got.token), (State::Completed, "token-of-alice"));
        assert_eq!(client.poll(ask(0)).await.unwrap().into_inner().state(), State::Over);
    }

    #[tokio::test]
    async fn a_stream_tells_of_each_state_and_ends() {
        let mut client = client().await;
        let begun = client.begin(BeginRequest {}).await.unwrap().into_inner();
        let ask = PollRequest { polling_code: begun.polling_code.clone(), wait_seconds: 60 };
        let mut states = client.watch(ask).await.unwrap().into_inner();
        assert_eq!(states.next().await.unwrap().unwrap().state(), State::Pending);
        client.approve(approval(&begun.login_code)).await.unwrap();
        let got = states.next().await.unwrap().unwrap();
        assert_eq!((got.state(), &*got.token), (State::Completed, "token-of-alice"));
        assert!(states.next().await.is_none());
    }

    #[tokio::test]
    async fn codes_that_nobody_has_and_texts_that_are_none_are_answered_alike() {
        let mut client = client().await;
        for code in ["a".repeat(40), "no code".to_owned()] {
            let answer = client.poll(PollRequest { polling_code: code, wait_seconds: 0 }).await.unwrap_err();
            assert_eq!((answer.code(), answer.message()), (Code::NotFound, "there is no such login"));
        }
    }
}
