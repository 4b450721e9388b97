//! Where a request comes from: a network address, counted by a ladder of prefixes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a request comes from: a network address, or nowhere that is known.
///
/// Whoever holds one IPv6 address holds 2^64 of them, and many hold a /48. So a budget is counted on each [`Rung`] of a
/// [ladder](Self::ladder) of prefixes, with a budget four times as large on each next rung: one machine cannot use up
/// what a whole network may, and a network cannot act as a million machines.
///
/// ```
/// use counterfoil::Source;
/// use std::net::IpAddr;
///
/// let source = Source::from("203.0.113.9".parse::<IpAddr>()?);
/// let ladder: Vec<_> = source.ladder().map(|rung| (rung.to_string(), rung.factor())).collect();
/// assert_eq!(ladder, [("203.0.113.9/32".to_owned(), 1), ("203.0.113.0/24".to_owned(), 4)]);
/// assert!(source.address().is_some() && Source::UNKNOWN.address().is_none());
/// let budgets: Vec<_> = source.ladder().map(|rung| rung.budget(100)).collect();
/// assert_eq!(budgets, [100, 400]);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(Option<IpAddr>);

impl Source {
    /// A source of which nothing is known. Nobody tells two of them apart, so that what is counted by its
    /// [ladder](Self::ladder) is counted for all of them as one. Wrong user codes are not: one of them could then use up the
    /// guesses of all ([`GuessLimits`](crate::GuessLimits)).
    pub const UNKNOWN: Self = Self(None);

    /// The address, if it is known. An IPv4 address that came as an IPv6 one (`::ffff:…`) is IPv4.
    #[must_use]
    pub const fn address(self) -> Option<IpAddr> {
        self.0
    }

    /// The ladder, if anything is known; otherwise nothing.
    pub(crate) fn known_ladder(self) -> impl DoubleEndedIterator<Item = Rung> {
        self.ladder().filter(move |_| self.0.is_some())
    }

    /// Returns the prefixes that it is counted by, the narrowest first: of IPv4 /32 and /24, of IPv6 /64, /56 and /48,
    /// and of an unknown source one that stands for all of them.
    #[must_use]
    pub fn ladder(self) -> impl DoubleEndedIterator<Item = Rung> + ExactSizeIterator {
        let prefixes: &'static [u8] = match self.0 {
            Some(IpAddr::V4(_)) => &[32, 24],
            Some(IpAddr::V6(_)) => &[64, 56, 48],
            None => &[0],
        };
        prefixes.iter().enumerate().map(move |(step, &prefix)| Rung::new(self.0, prefix, step as u8))
    }
}

impl<A: Into<IpAddr>> From<A> for Source {
    fn from(address: A) -> Self {
        Self(Some(address.into().to_canonical()))
    }
}

/// As an address, or `unknown`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// One prefix of a [`Source`]'s ladder: what a budget is counted on.
///
/// ```
/// use counterfoil::Source;
///
/// let network = Source::from([203, 0, 113, 9]).ladder().last().ok_or("it has two")?;
/// assert_eq!((network.factor(), network.budget(100)), (4, 400));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rung {
    /// The address without what lies beyond the prefix.
    network: Option<IpAddr>,
    prefix: u8,
    step: u8,
}

impl Rung {
    fn new(address: Option<IpAddr>, prefix: u8, step: u8) -> Self {
        let network = address.map(|address| match address {
            IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from(kept(address.to_bits().into(), prefix, 32) as u32)),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(kept(address.to_bits(), prefix, 128))),
        });
        Self { network, prefix, step }
    }

    /// By how much its budget is larger than that of the narrowest prefix: 1, 4 or 16.
    #[must_use]
    pub const fn factor(self) -> u32 {
        4_u32.pow(self.step as u32)
    }

    /// Its budget, where the narrowest prefix has `lowest`.
    #[must_use]
    pub const fn budget(self, lowest: u32) -> u32 {
        lowest.saturating_mul(self.factor())
    }

    /// Returns bytes that name it, the same in every process: the family (4, 6; 0 if unknown), the length of the prefix
    /// in bits, and the bytes of the address that the prefix covers.
    ///
    /// ```
    /// use counterfoil::Source;
    /// use std::net::IpAddr;
    ///
    /// let source = Source::from("2001:db8:1:203::9".parse::<IpAddr>()?);
    /// let widest = source.ladder().last().map(|rung| rung.bytes());
    /// assert_eq!(widest, Some(vec![6, 48, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01]));
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        let covered = usize::from(self.prefix / 8);
        let mut bytes = Vec::with_capacity(2 + covered);
        match self.network {
            Some(IpAddr::V4(network)) => {
                bytes.extend([4, self.prefix]);
                bytes.extend(&network.octets()[..covered]);
            }
            Some(IpAddr::V6(network)) => {
                bytes.extend([6, self.prefix]);
                bytes.extend(&network.octets()[..covered]);
            }
            None => bytes.extend([0, 0]),
        }
        bytes
    }
}

/// As a network, or `unknown`.
impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.network {
            Some(network) => write!(f, "{network}/{}", self.prefix),
            None => f.write_str("unknown"),
        }
    }
}

/// The first `prefix` of the `bits` bits of an address.
const fn kept(address: u128, prefix: u8, bits: u8) -> u128 {
    let beyond = bits - prefix;
    // A prefix is never 0 here, so the shift is less than the width.
    address >> beyond << beyond
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(address: &str) -> Vec<(String, u32)> {
        let source = address.parse::<IpAddr>().map_or(Source::UNKNOWN, Source::from);
        source.ladder().map(|rung| (rung.to_string(), rung.factor())).collect()
    }

    #[test]
    fn each_rung_is_a_prefix_with_four_times_the_budget_of_the_one_below() {
        let rungs = |expected: &[(&str, u32)]| -> Vec<(String, u32)> {
            expected.iter().map(|&(text, factor)| (text.to_owned(), factor)).collect()
        };
        assert_eq!(ladder("203.0.113.255"), rungs(&[("203.0.113.255/32", 1), ("203.0.113.0/24", 4)]));
        assert_eq!(
            ladder("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            rungs(&[("2001:db8:ffff:ffff::/64", 1), ("2001:db8:ffff:ff00::/56", 4), ("2001:db8:ffff::/48", 16)])
        );
        assert_eq!(ladder("unknown"), rungs(&[("unknown", 1)]));
        assert_eq!(Source::UNKNOWN.ladder().next().map(Rung::bytes), Some(vec![0, 0]));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_ipv4() {
        assert_eq!(ladder("::ffff:203.0.113.9"), ladder("203.0.113.9"));
    }

    #[test]
    fn rungs_are_equal_exactly_where_their_bytes_are() {
        let sources = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "::1", "::2", "0:0:0:1::1", "0:0:1::1"];
        let rungs: Vec<Rung> = sources
            .iter()
            .filter_map(|address| address.parse::<IpAddr>().ok())
            .chain([IpAddr::V6(Ipv6Addr::UNSPECIFIED)])
            .flat_map(|address| Source::from(address).ladder())
            .chain(Source::UNKNOWN.ladder())
            .collect();
        for one in &rungs {
            for other in &rungs {
                assert_eq!(one == other, one.bytes() == other.bytes(), "{one} and {other}");
            }
        }
    }

    #[test]
    fn a_budget_never_wraps() {
        let widest = Source::from(IpAddr::V6(Ipv6Addr::LOCALHOST)).ladder().last();
        assert_eq!(widest.map(|rung| rung.budget(u32::MAX)), Some(u32::MAX));
    }
}
