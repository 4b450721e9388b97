//! `hand_back`: the address on the user's own machine that the browser is led to (RFC 8252, section 7.3).

use super::pkce::Malformed;
use crate::Secret;
use crate::details::MAX_HAND_BACK;

/// The error of a login that must be handed back, and cannot be.
pub(crate) const HAND_BACK_REQUIRED: &str = "hand_back is required: listen on 127.0.0.1, and send \
                                            hand_back=http://127.0.0.1:PORT/PATH; log in on the machine where the browser is.";

/// Returns the address, if it is of the loopback interface: `http`, an address of it and no name, and a port. Another one
/// would lead the browser, and the proof with it, to somebody else.
///
/// # Errors
/// A text, if it is another address.
pub(crate) fn hand_back(url: &Secret) -> Result<&str, Malformed> {
    let url = url.expose();
    let rest = ["http://127.0.0.1:", "http://[::1]:"].into_iter().find_map(|start| url.strip_prefix(start));
    let port = rest.and_then(|rest| rest.split(['/', '?']).next());
    // As it is written, without a sign or zeros before it.
    let port = port.filter(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == *port));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?:[]-._~%=&".contains(&byte);
    if port.is_none() || url.len() > MAX_HAND_BACK || !url.bytes().all(plain) {
        return Err("hand_back must be http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH, at most 256 characters.");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_an_address() {
        for url in ["http://127.0.0.1:1", "http://127.0.0.1:65535/a-b_c~d.e/f%20?g=h&i=j", "http://[::1]:8080/"] {
            assert_eq!(hand_back(&Secret::new(url)), Ok(url));
        }
        let long = format!("http://127.0.0.1:1/{}", "x".repeat(240));
        for url in [
            "",
            "http://127.0.0.1/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:+80/",
            "http://127.0.0.1:080/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:80@evil.example/",
            "http://127.0.0.1:80.evil.example/",
            "http://127.0.0.1.evil.example:80/",
            "http://127.0.0.2:80/",
            "http://localhost:80/",
            "http://[::1%25eth0]:80/",
            "https://127.0.0.1:80/",
            "HTTP://127.0.0.1:80/",
            "http://127.0.0.1:80/#fragment",
            "http://127.0.0.1:80\\@evil.example/",
            "http://127.0.0.1:80/\r\nset-cookie: a=b",
            "http://127.0.0.1:80/<script>",
            "http://127.0.0.1:80/'",
            "http://127.0.0.1:80/;url=x",
            "javascript:alert(1)//127.0.0.1:80/",
            "http://127.0.0.1:80/\u{202e}",
            &long,
        ] {
            assert!(hand_back(&Secret::new(url)).is_err(), "{url}");
        }
    }
}
