//! Who began a login and what it asks for, as the page may show it.

use std::net::IpAddr;

/// The most bytes of [`Details::scope`].
pub const MAX_SCOPE: usize = 256;
/// The most bytes of [`Details::client`].
pub const MAX_CLIENT: usize = 128;
/// The most bytes of [`Details::hand_back`].
pub const MAX_HAND_BACK: usize = 256;
const MAX_AGENT: usize = 200;
const MAX_NAME: usize = 64;

/// Who began a login and what it asks for. It is set once, may be read as often as one likes while the session is
/// remembered, and nothing in it is secret; it comes from a stranger, so a page that shows it must escape it.
///
/// The setters cut a text that is too long at a character's boundary: [`MAX_SCOPE`], [`MAX_CLIENT`] and
/// [`MAX_HAND_BACK`] bytes. A scope or a client that was cut names something else, so refuse those first.
///
/// A session with details costs one allocation; one without costs nothing.
///
/// ```
/// use counterfoil::{Details, LoginOptions, Requester, SessionStore};
///
/// let store = SessionStore::<&str>::builder().build()?;
/// let details = Details::new().client("acme").scope("read").requester(Requester::new().name("acme-cli"));
/// let login = store.initiate_with(LoginOptions::new().details(details.clone()))?;
/// let shown = store.inspect(&login.login_code).and_then(|seen| seen.details);
/// assert_eq!(shown.as_deref(), Some(&details));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Details {
    /// The OAuth client that asks (`client_id` of RFC 6749).
    pub client: Option<Box<str>>,
    /// What is asked for (`scope` of RFC 6749, section 3.3).
    pub scope: Option<Box<str>>,
    /// The program and the machine that ask, as far as the server saw them.
    pub requester: Requester,
    /// Where the browser is led after an approval, on the person's own machine (RFC 8252, section 7.3). If it is set, the
    /// poll that redeems has to carry the proof that `complete` was given.
    pub hand_back: Option<Box<str>>,
}

impl Details {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the OAuth client.
    #[must_use]
    pub fn client(mut self, client: &str) -> Self {
        self.client = Some(cut(client, MAX_CLIENT));
        self
    }

    /// Sets what is asked for.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = Some(cut(scope, MAX_SCOPE));
        self
    }

    /// Sets who asks.
    #[must_use]
    pub fn requester(mut self, requester: Requester) -> Self {
        self.requester = requester;
        self
    }

    /// Sets where the browser is led after an approval.
    ///
    /// ```
    /// use counterfoil::Details;
    ///
    /// let details = Details::new().hand_back("http://127.0.0.1:49152/done");
    /// assert_eq!(details.hand_back.as_deref(), Some("http://127.0.0.1:49152/done"));
    /// ```
    #[must_use]
    pub fn hand_back(mut self, url: &str) -> Self {
        self.hand_back = Some(cut(url, MAX_HAND_BACK));
        self
    }
}

/// The program and the machine that began a login. All of it but the address is what the program says of itself.
///
/// ```
/// use counterfoil::Requester;
/// use std::net::Ipv4Addr;
///
/// let requester = Requester::new().address(Ipv4Addr::new(203, 0, 113, 9).into()).name("acme-cli");
/// let requester = requester.agent("acme-cli/1.0");
/// assert_eq!(requester.name.as_deref(), Some("acme-cli"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requester {
    /// The address that the request came from.
    pub address: Option<IpAddr>,
    /// Its `User-Agent` (RFC 9110, section 10.1.5), at most 200 bytes.
    pub agent: Option<Box<str>>,
    /// The tool's own name for itself, at most 64 bytes.
    pub name: Option<Box<str>>,
}

impl Requester {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the address. An IPv4 address that came as an IPv6 one is kept as IPv4.
    #[must_use]
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = Some(address.to_canonical());
        self
    }

    /// Sets the `User-Agent`, cut after 200 bytes.
    #[must_use]
    pub fn agent(mut self, agent: &str) -> Self {
        self.agent = Some(cut(agent, MAX_AGENT));
        self
    }

    /// Sets the tool's name, cut after 64 bytes.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(cut(name, MAX_NAME));
        self
    }
}

/// The longest beginning of a text that has at most `most` bytes.
fn cut(text: &str, most: usize) -> Box<str> {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_two_characters() {
        let name = "ü".repeat(40);
        assert_eq!(Requester::new().name(&name).name.as_deref(), Some("ü".repeat(32).as_str()));
        let odd = format!("x{name}");
        assert_eq!(Requester::new().name(&odd).name.map(|name| name.len()), Some(63));
        assert_eq!(Requester::new().agent(&"a".repeat(201)).agent.map(|agent| agent.len()), Some(200));
        assert_eq!(Details::new().scope(&"s".repeat(257)).scope.map(|scope| scope.len()), Some(256));
        assert_eq!(Details::new().scope("read").scope.as_deref(), Some("read"));
    }
}
