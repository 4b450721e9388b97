//! The door for fuzzing: an answer of a hostile server, read as the client reads it.

use hyper::http;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::answer::Answer;
use super::base::Base;
use super::begin;
use super::dialect::{Dialect, Verdict};
use super::error::LoginError;
use super::http::Http;
use super::key::Key;
use super::options::Options;
use super::options::device::Device;
use super::options::documented::Documented;
use super::wait;

const NEAR: &str = "http://127.0.0.1:1";
const FAR: &str = "https://login.example.com";

thread_local! {
    /// Servers that the answer may be of. Making one takes a thousand times as long as reading an answer.
    static SERVERS: Vec<Http> = [NEAR, FAR].into_iter().filter_map(server).collect();
}

/// What a person would see of an answer.
#[derive(Debug, Default)]
pub struct Read {
    /// The links that they would be sent to.
    pub links: Vec<String>,
    /// The texts that they would be shown.
    pub texts: Vec<String>,
}

/// Reads an answer as each dialect reads one: to the request that begins a login, and to a poll.
pub async fn read_answer(status: u16, retry_after: &[u8], date: &[u8], body: &[u8]) -> Read {
    let mut read = Read::default();
    let Ok(answer) = Answer::read(response(status, retry_after, date, body)).await else { return read };
    let Options { dialect: documented, .. } = Options::documented(NEAR, "internal", Key::PublishableClient("k".into()));
    let Options { dialect: device, .. } = Options::device(NEAR, "internal");
    SERVERS.with(|servers| {
        for http in servers {
            look::<Documented>(http, &documented, &answer, &mut read);
            look::<Device>(http, &device, &answer, &mut read);
        }
    });
    read
}

fn server(base: &str) -> Option<Http> {
    let Options { settings, .. } = Options::device(base, "internal");
    Http::new(Base::new(base, false).ok()?, HeaderMap::new(), &settings).ok()
}

fn response(status: u16, retry_after: &[u8], date: &[u8], body: &[u8]) -> reqwest::Response {
    let mut response = http::Response::new(body.to_vec());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in [(RETRY_AFTER, retry_after), (DATE, date)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response.into()
}

fn look<D: Dialect>(http: &Http, dialect: &D, answer: &Answer, read: &mut Read) {
    match begin::read(http, dialect, answer) {
        Ok(begun) => {
            let prompt = &begun.prompt;
            read.links.extend([prompt.link(), prompt.complete_link()].map(str::to_owned));
            read.texts.extend(
                [prompt.user_code(), prompt.other_host(), prompt.unopened(), prompt.check_word()]
                    .into_iter()
                    .flatten()
                    .map(str::to_owned),
            );
            read.texts.push(format!("{prompt:?}"));
        }
        Err(error) => read.texts.extend(told(&error)),
    }
    for faulted in [false, true] {
        match wait::read::<D>(answer, faulted) {
            Ok(Verdict::Failed(error)) => read.texts.extend(told(&error)),
            Ok(Verdict::Done(tokens)) => read.texts.push(format!("{tokens:?}")),
            Ok(Verdict::Pending | Verdict::SlowDown | Verdict::Used) => {}
            Err(failed) => read.texts.extend(told(&failed.error)),
        }
    }
}

fn told(error: &LoginError) -> [String; 2] {
    [error.to_string(), format!("{error:?}")]
}
