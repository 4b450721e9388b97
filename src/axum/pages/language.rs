//! Chooses the language of a page by `Accept-Language` (RFC 9110, section 12.5.4).
//!
//! Among five languages the first part of a tag decides, so nothing is negotiated: a library for locales would bring more
//! data than all of our texts.

use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

use super::words::{ALL, Words};

/// The longest header that is read. Browsers send less than a hundred bytes.
const LONGEST: usize = 1024;

/// Returns the language that the reader likes best: the highest quality, and of several the first.
pub(super) fn words(request: &Parts) -> &'static Words {
    let mut best = (0, ALL[0]);
    let lines = request.headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    for range in lines.take(4).filter(|line| line.len() <= LONGEST).flat_map(|line| line.split(',')) {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let language = tag.split('-').next().unwrap_or_default().trim();
        let Some(words) = ALL.into_iter().find(|words| words.lang.eq_ignore_ascii_case(language)) else { continue };
        let quality = quality(parameters);
        if quality > best.0 {
            best = (quality, words);
        }
    }
    best.1
}

/// Returns a quality in thousandths; zero, if it cannot be read.
fn quality(parameters: &str) -> u32 {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return 1000;
    }
    let value = parameters.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let value = value.and_then(|(_, value)| value.trim().parse::<f32>().ok()).filter(|q| (0.0..=1.0).contains(q));
    #[expect(clippy::cast_sign_loss, reason = "it is between zero and one")]
    value.map_or(0, |q| (q * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn lang(lines: &[&str]) -> &'static str {
        let mut request = Request::get("/device");
        for line in lines {
            request = request.header("accept-language", *line);
        }
        words(&request.body(()).unwrap().into_parts().0).lang
    }

    #[test]
    fn the_reader_chooses() {
        for (header, expected) in [
            ("de", "de"),
            ("DE-at", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("it-IT,it;q=0.9,fr;q=0.5,es;q=0.4", "fr"),
            ("en;q=0.2, ar;q=0.9", "ar"),
            ("fr;q=0.5,es;q=0.5", "fr"),
            (" es ; q = 0.7 , de;q=0.6", "es"),
            ("nl, de;q=0", "en"),
            ("*", "en"),
            ("", "en"),
            ("ja,zh;q=0.9", "en"),
            ("de;q=nan, fr;q=0.001", "fr"),
            ("de;q=-1, fr;q=2", "en"),
            ("deu", "en"),
            (";;;,,,=;q=", "en"),
        ] {
            assert_eq!(lang(&[header]), expected, "{header:?}");
        }
        assert_eq!(lang(&[]), "en");
        assert_eq!(lang(&["ja", "de"]), "de");
        assert_eq!(lang(&[&"x,".repeat(1000), "de"]), "de", "a header that is too long is not read");
    }
}
