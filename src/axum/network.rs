//! A range of addresses, as proxies are configured by.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address, or all addresses with one prefix: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
///
/// ```
/// use counterfoil::axum::Network;
///
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains("10.1.2.3".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether the address is in the range. An IPv4 address that comes mapped into IPv6 counts as what it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = |bits: u32| bits.saturating_sub(self.prefix);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { address: address.to_canonical(), prefix: 128 }
    }
}

impl FromStr for Network {
    type Err = MalformedNetwork;

    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        let Some((address, prefix)) = text.split_once('/') else {
            return text.parse::<IpAddr>().map(Self::from).map_err(|_| MalformedNetwork);
        };
        let address: IpAddr = address.parse().map_err(|_| MalformedNetwork)?;
        let prefix = prefix.parse().map_err(|_| MalformedNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if prefix > longest { Err(MalformedNetwork) } else { Ok(Self { address, prefix }) }
    }
}

/// A text that is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedNetwork;

impl fmt::Display for MalformedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a network: expected an IP address, or one with the length of its prefix, such as 10.0.0.0/8")
    }
}

impl std::error::Error for MalformedNetwork {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_what_shares_its_prefix() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "10.0.0.6", false),
            ("10.0.0.7/32", "10.0.0.6", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("::1", "::1", true),
            ("::1", "::2", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
        ];
        for (network, address, inside) in cases {
            assert_eq!(
                network.parse::<Network>().unwrap().contains(address.parse().unwrap()),
                inside,
                "{network} {address}"
            );
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "localhost", "10.0.0.1:80", "10.0.0.1 "]
        {
            assert_eq!(text.parse::<Network>(), Err(MalformedNetwork), "{text}");
        }
    }
}
