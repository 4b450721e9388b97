//! The tool's side: begin, poll.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{Data, Json};
use counterfoil::{InitiateError, Polled, PollingCode};
use serde::{Deserialize, Serialize};

use crate::Store;

/// What the tool is told. The polling code is its own secret; the link is for the browser.
#[derive(Serialize, Deserialize)]
pub struct Begun {
    pub polling_code: String,
    pub link: String,
    pub expires_in: u64,
}

/// What a poll sends.
#[derive(Serialize, Deserialize)]
pub struct Poll {
    pub polling_code: String,
}

/// `POST /login`. No verb of the store blocks, so it may be called here as it is.
pub async fn begin(store: Data<Store>) -> HttpResponse {
    match store.initiate() {
        Ok(login) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Begun {
            polling_code: login.polling_code.expose().to_string(),
            link: format!("http://127.0.0.1:8103/approve?login_code={}", &*login.login_code.expose()),
            expires_in: login.expires_in.as_secs(),
        }),
        Err(InitiateError::Full { retry_after }) => HttpResponse::ServiceUnavailable()
            .insert_header((RETRY_AFTER, retry_after.as_secs().max(1)))
            .body("too many logins are under way"),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// `POST /poll`. A text that is no code is answered as an unknown code.
pub async fn poll(store: Data<Store>, poll: Json<Poll>) -> HttpResponse {
    let polled = PollingCode::parse(&poll.polling_code).map_or(Polled::Unknown, |code| store.poll(&code));
    let mut answer = match polled {
        Polled::Completed(token) => {
            return HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body(token.expose().to_owned());
        }
        Polled::Pending { .. } | Polled::SlowDown { .. } => HttpResponse::Accepted(),
        Polled::Denied => HttpResponse::Forbidden(),
        Polled::Redeemed | Polled::Cancelled | Polled::Expired => HttpResponse::Gone(),
        _ => HttpResponse::NotFound(),
    };
    answer.insert_header((CACHE_CONTROL, "no-store")).finish()
}
