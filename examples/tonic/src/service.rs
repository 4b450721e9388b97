//! `Service`: the calls of `login.proto`, each a verb of the store.

use std::time::Duration;

use counterfoil::{LoginCode, Polled, PollingCode, Secret, SessionStore};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use proto::login_server::Login;
use proto::poll_reply::State;
use proto::{ApproveReply, ApproveRequest, BeginReply, BeginRequest, PollReply, PollRequest};

/// What tonic makes of the description.
pub mod proto {
    tonic::include_proto!("login");
}

/// The longest that a poll is held. A proxy in front must wait longer.
const LONGEST: Duration = Duration::from_secs(60);

pub struct Service {
    store: SessionStore<Secret>,
}

impl Service {
    pub fn new(store: SessionStore<Secret>) -> Self {
        Self { store }
    }
}

#[tonic::async_trait]
impl Login for Service {
    async fn begin(&self, _: Request<BeginRequest>) -> Result<Response<BeginReply>, Status> {
        let login = self.store.initiate().map_err(|error| Status::resource_exhausted(error.to_string()))?;
        Ok(Response::new(BeginReply {
            polling_code: login.polling_code.expose().to_string(),
            login_code: login.login_code.expose().to_string(),
            expires_in_seconds: login.expires_in.as_secs(),
        }))
    }

    async fn poll(&self, request: Request<PollRequest>) -> Result<Response<PollReply>, Status> {
        let request = request.into_inner();
        let code = code(&request)?;
        let wait = Duration::from_secs(request.wait_seconds.into()).min(LONGEST);
        // Dropping this future, because the tool has gone, loses no token.
        reply(self.store.wait(&code, wait).await).map(Response::new)
    }

    type WatchStream = ReceiverStream<Result<PollReply, Status>>;

    async fn watch(&self, request: Request<PollRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let code = code(request.get_ref())?;
        let store = self.store.clone();
        let (sender, states) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut first = true;
            loop {
                // A poll that redeems must have somebody to give the token to: the room in the channel comes first.
                let Ok(room) = sender.reserve().await else { return };
                let polled = tokio::select! {
                    polled = store.wait(&code, if first { Duration::ZERO } else { LONGEST }) => polled,
                    () = sender.closed() => return,
                };
                let pending = matches!(polled, Polled::Pending { .. } | Polled::SlowDown { .. });
                if pending && !std::mem::take(&mut first) {
                    continue;
                }
                room.send(reply(polled));
                if !pending {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(states)))
    }

    async fn approve(&self, request: Request<ApproveRequest>) -> Result<Response<ApproveReply>, Status> {
        let user = user(&request)?;
        let code = LoginCode::parse(&request.get_ref().login_code).map_err(|_| unknown())?;
        // A real server makes a new refresh token here, and revokes it if it comes back in the error.
        let done = self.store.complete(&code, Secret::new(format!("token-of-{user}")));
        done.map_err(|refused| Status::failed_precondition(refused.reason.to_string()))?;
        Ok(Response::new(ApproveReply {}))
    }
}

/// Who calls. A real server checks a token; this believes `Bearer NAME`.
fn user<T>(request: &Request<T>) -> Result<String, Status> {
    let value = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    let name = value.and_then(|value| value.strip_prefix("Bearer "));
    name.map(str::to_owned).ok_or_else(|| Status::unauthenticated("sign in first"))
}

fn code(request: &PollRequest) -> Result<PollingCode, Status> {
    PollingCode::parse(&request.polling_code).map_err(|_| unknown())
}

fn unknown() -> Status {
    Status::not_found("there is no such login")
}

fn reply(polled: Polled<Secret>) -> Result<PollReply, Status> {
    let (state, token) = match polled {
        Polled::Pending { .. } | Polled::SlowDown { .. } => (State::Pending, String::new()),
        Polled::Completed(token) => (State::Completed, token.expose().to_owned()),
        Polled::Denied => (State::Denied, String::new()),
        Polled::Redeemed | Polled::Cancelled | Polled::Expired => (State::Over, String::new()),
        _ => return Err(unknown()),
    };
    Ok(PollReply { state: state.into(), token })
}
