//! The client's reading of a hostile server's answers, in both dialects.

use std::cell::LazyCell;

use counterfoil::fuzzing::{Read, read_answer};
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: LazyCell<Runtime> =
        LazyCell::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));
}

/// Panics if an answer leads to a link that is not the web's, or to a text that can steer a terminal.
///
/// The input: a byte for the status, two header values that end with a line feed, and the body.
pub fn run(data: &[u8]) {
    let Some((status, rest)) = data.split_first() else { return };
    let status = [200, 200, 400, 401, 403, 404, 429, 500, 503, 201, 302][usize::from(*status) % 11];
    let mut parts = rest.splitn(3, |byte| *byte == b'\n');
    let (retry_after, date) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let body = parts.next().unwrap_or_default();
    let Read { links, texts } = RUNTIME.with(|runtime| runtime.block_on(read_answer(status, retry_after, date, body)));
    for link in links {
        assert!(link.starts_with("https://") || link.starts_with("http://"), "{link:?} is no link of the web");
        assert!(link.len() <= 2048 && link.bytes().all(|byte| byte.is_ascii_graphic()), "{link:?}");
    }
    for text in texts {
        assert!(!text.chars().any(char::is_control), "{text:?} can steer a terminal");
    }
}
