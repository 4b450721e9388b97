//! The two values of a session, as Redis has them: its state, and the stub that is written once.

use subtle::ConstantTimeEq;

use super::locator::Locator;
use super::seal::{Account, Short};

/// The first byte of every value. A later version has another.
const VERSION: u8 = 1;
/// Digits of the time when a session began.
const BEGAN: usize = 16;

/// The value is not ours, cut off, or of a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign(pub(super) &'static str);

impl Foreign {
    pub(super) const OTHER: Self = Self("of another session");
}

fn opened(bytes: &[u8], loc: Locator) -> Result<&[u8], Foreign> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => rest.strip_prefix(&loc.bytes()).ok_or(Foreign::OTHER),
        Some((2..=9, _)) => Err(Foreign("of a later version")),
        _ => Err(Foreign("not a value of this program")),
    }
}

/// Takes `N` bytes off the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Foreign> {
    let (head, rest) = bytes.split_first_chunk::<N>().ok_or(Foreign("cut off"))?;
    *bytes = rest;
    Ok(*head)
}

/// The state of a session that has not expired: 108 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    /// `P`ending, `C`ompleted, `R`edeemed, `D`enied or cancelled (`Q`).
    pub(super) letter: u8,
    pub(super) polling: Short,
    /// What polls must carry, if they must.
    pub(super) binding: Option<Short>,
    /// Whether the redeeming poll must carry the proof; `w` before the approval.
    pub(super) hand_back: u8,
    pub(super) proof: Short,
    pub(super) redeemer: Short,
}

impl Status {
    pub(super) fn begin(loc: Locator, polling: Short, binding: Option<Short>, hand_back: bool) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&loc.bytes());
        out.push(b'P');
        out.push(if binding.is_some() { b'b' } else { b'-' });
        out.push(if hand_back { b'w' } else { b'-' });
        out.extend_from_slice(&polling);
        out.extend_from_slice(&binding.unwrap_or_default());
        out.resize(108, 0);
        out
    }

    pub(super) fn read(bytes: &[u8], loc: Locator) -> Result<Self, Foreign> {
        let mut rest = opened(bytes, loc)?;
        let [letter, bound, hand_back] = take(&mut rest)?;
        let polling = take(&mut rest)?;
        let binding = take(&mut rest)?;
        let proof = take(&mut rest)?;
        let _winner: Short = take(&mut rest)?;
        let redeemer = take(&mut rest)?;
        let _node: Short = take(&mut rest)?;
        if !rest.is_empty() || !b"PCRDQ".contains(&letter) {
            return Err(Foreign("not a state of this program"));
        }
        Ok(Self { letter, polling, binding: (bound == b'b').then_some(binding), hand_back, proof, redeemer })
    }
}

/// What stays of a session while it is remembered.
#[derive(Debug, Clone, Default)]
pub(super) struct Stub {
    pub(super) polling: Short,
    pub(super) login: Short,
    pub(super) binding: Option<Short>,
    pub(super) public: [u8; 32],
    /// Whether the approval may ask for a proof of whoever polls.
    pub(super) hand_back: bool,
    /// The accounts of its source that it is counted on, besides its tenant's.
    pub(super) accounts: Vec<Account>,
    pub(super) tenant: String,
    /// Sealed details; empty if there are none.
    pub(super) details: Vec<u8>,
    /// What only the store makes of all these.
    pub(super) tag: Short,
    /// When it began, in milliseconds of the server's clock. The script that begins it writes it.
    pub(super) began: u64,
}

impl Stub {
    /// What the tag is of.
    pub(super) fn tagged(&self, loc: Locator) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&loc.bytes());
        out.extend_from_slice(&self.polling);
        out.extend_from_slice(&self.login);
        out.extend_from_slice(&self.binding.unwrap_or_default());
        out.extend_from_slice(&self.public);
        out.push(if self.binding.is_some() { b'b' } else { b'-' });
        out.push(if self.hand_back { b'w' } else { b'-' });
        out.push(self.accounts.len() as u8);
        self.accounts.iter().for_each(|account| out.extend_from_slice(account));
        out.extend_from_slice(&(self.tenant.len() as u32).to_le_bytes());
        out.extend_from_slice(self.tenant.as_bytes());
        out.extend_from_slice(&self.details);
        out
    }

    pub(super) fn write(&self, loc: Locator) -> Vec<u8> {
        let mut out = self.tagged(loc);
        out.extend_from_slice(&self.tag);
        out.extend_from_slice(format!("{:0BEGAN$}", self.began).as_bytes());
        out
    }

    pub(super) fn read(bytes: &[u8], loc: Locator) -> Result<Self, Foreign> {
        let mut rest = opened(bytes, loc)?;
        let (polling, login, binding) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let public = take(&mut rest)?;
        let [bound, hand_back, count] = take(&mut rest)?;
        let accounts = (0..count).map(|_| take(&mut rest)).collect::<Result<_, _>>()?;
        let len = u32::from_le_bytes(take(&mut rest)?) as usize;
        let (tenant, rest) = rest.split_at_checked(len).ok_or(Foreign("cut off"))?;
        let (rest, began) = rest.split_last_chunk::<BEGAN>().ok_or(Foreign("cut off"))?;
        let (details, tag) = rest.split_last_chunk().ok_or(Foreign("cut off"))?;
        let began = if began.iter().all(u8::is_ascii_digit) { std::str::from_utf8(began).ok() } else { None };
        let began = began.and_then(|began| began.parse().ok()).ok_or(Foreign("without its beginning"))?;
        let tenant = String::from_utf8(tenant.to_vec()).map_err(|_| Foreign("not a tenant's name"))?;
        let binding = (bound == b'b').then_some(binding);
        let (hand_back, tag, details) = (hand_back == b'w', *tag, details.to_vec());
        Ok(Self { polling, login, binding, public, hand_back, accounts, tenant, details, tag, began })
    }
}

/// In constant time.
pub(super) fn same(one: &Short, other: &Short) -> bool {
    one.ct_eq(other).into()
}

/// Whether a poll carries what the session asks for. A session that asks for nothing takes any poll.
pub(super) fn bound(asked: Option<&Short>, carried: Option<&Short>) -> bool {
    match (asked, carried) {
        (None, _) => true,
        (Some(asked), Some(carried)) => same(asked, carried),
        (Some(_), None) => false,
    }
}
