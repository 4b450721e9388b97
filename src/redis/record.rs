//! The details of a login as bytes, which are sealed before they leave the process: there are addresses in them.

use std::net::IpAddr;

use zeroize::Zeroizing;

use crate::details::{Details, Requester};

const CLIENT: u8 = 1;
const SCOPE: u8 = 2;
const ADDRESS: u8 = 3;
const AGENT: u8 = 4;
const NAME: u8 = 5;
const HAND_BACK: u8 = 6;

/// Each part that is there: what it is, its length in two bytes, its bytes.
pub(super) fn write(details: &Details) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::new());
    let mut part = |kind: u8, bytes: &[u8]| {
        // The setters keep each far below this.
        let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
        out.push(kind);
        out.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
        out.extend_from_slice(bytes);
    };
    match details.requester.address {
        Some(IpAddr::V4(address)) => part(ADDRESS, &address.octets()),
        Some(IpAddr::V6(address)) => part(ADDRESS, &address.octets()),
        None => {}
    }
    for (kind, text) in [
        (CLIENT, &details.client),
        (SCOPE, &details.scope),
        (AGENT, &details.requester.agent),
        (NAME, &details.requester.name),
        (HAND_BACK, &details.hand_back),
    ] {
        if let Some(text) = text {
            part(kind, text.as_bytes());
        }
    }
    out
}

/// Returns `None` if the bytes are none of `write`'s. A part that a later version adds is left out.
pub(super) fn read(mut bytes: &[u8]) -> Option<Details> {
    let (mut details, mut requester) = (Details::new(), Requester::new());
    while let Some(([kind, low, high], rest)) = bytes.split_first_chunk() {
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([*low, *high])))?;
        bytes = rest;
        let text = || std::str::from_utf8(part).ok();
        match *kind {
            CLIENT => details = details.client(text()?),
            SCOPE => details = details.scope(text()?),
            ADDRESS => requester = requester.address(address(part)?),
            AGENT => requester = requester.agent(text()?),
            NAME => requester = requester.name(text()?),
            HAND_BACK => details = details.hand_back(text()?),
            _ => {}
        }
    }
    bytes.is_empty().then(|| details.requester(requester))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn details_read_back() {
        let v4 = Requester::new().address(Ipv4Addr::new(203, 0, 113, 9).into()).agent("curl/8").name("acme-cli");
        let v6 = Requester::new().address(Ipv6Addr::LOCALHOST.into());
        for details in [
            Details::new(),
            Details::new().scope(""),
            Details::new().client("app").scope("read write").requester(v4).hand_back("http://127.0.0.1:1/"),
            Details::new().requester(v6),
        ] {
            let written = write(&details);
            assert_eq!(read(&written), Some(details));
            for end in 0..written.len() {
                // Cut off between two parts it is another record; within one it is none.
                if let Some(part) = read(&written[..end]) {
                    assert_eq!(write(&part)[..], written[..end]);
                }
            }
        }
        assert_eq!(read(&[99, 1, 0, 7]), Some(Details::new()), "of a later version");
        assert_eq!(read(&[NAME, 1, 0, 0xff]), None, "not a text");
        assert_eq!(read(&[ADDRESS, 1, 0, 1]), None, "not an address");
    }
}
