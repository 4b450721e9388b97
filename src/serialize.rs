//! Feature `serde`: what may be shown as text, and [`Exposed`] for what may not.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::borrow::Cow;
use std::time::Duration;

use crate::code::user::UserCode;
use crate::code::{LoginCode, PollingCode};
use crate::secret::Secret;
use crate::session::{Listed, SessionId, State, Stats};

/// A code or a secret that is to be written out, or was read in. Codes and secrets are not serialized by themselves, so
/// that none ends in a log with the struct that it is part of.
///
/// ```
/// use counterfoil::{Exposed, LoginCode, Secret, SessionStore};
///
/// let store = SessionStore::<Secret>::builder().build()?;
/// let login = store.initiate()?;
/// let text = serde_json::to_string(&Exposed(&login.login_code))?;
/// let Exposed(code): Exposed<LoginCode> = serde_json::from_str(&text)?;
/// assert_eq!(code, login.login_code);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed<T>(pub T);

macro_rules! exposed {
    ($secret:ty, $parse:expr) => {
        impl Serialize for Exposed<&$secret> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0.expose())
            }
        }

        impl Serialize for Exposed<$secret> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Exposed(&self.0).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for Exposed<$secret> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = text(deserializer)?;
                $parse(text.expose()).map(Self).map_err(D::Error::custom)
            }
        }
    };
}

exposed!(PollingCode, PollingCode::parse);
exposed!(LoginCode, LoginCode::parse);
exposed!(UserCode, UserCode::parse);
exposed!(Secret, |text: &str| Ok::<_, std::convert::Infallible>(Secret::new(text)));

/// Reads a text that is wiped, whatever comes of it.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    Cow::<'de, str>::deserialize(deserializer).map(|text| Secret::new(text.into_owned()))
}

/// As sixteen hexadecimal digits.
impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// As one word in lower case.
impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Redeemed => "redeemed",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        })
    }
}

/// `id`, `state`, `remaining_millis` and `has_context`.
impl Serialize for Listed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Listed", 4)?;
        fields.serialize_field("id", &self.id)?;
        fields.serialize_field("state", &self.state)?;
        fields.serialize_field("remaining_millis", &millis(self.remaining))?;
        fields.serialize_field("has_context", &self.has_context)?;
        fields.end()
    }
}

/// Each count by its name.
impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            pending,
            completed,
            remembered,
            max_sessions,
            initiated,
            approved,
            redeemed,
            denied,
            cancelled,
            expired,
            uncollected,
            forgotten,
            withdrawn,
        } = self;
        let mut fields = serializer.serialize_struct("Stats", 13)?;
        fields.serialize_field("pending", pending)?;
        fields.serialize_field("completed", completed)?;
        fields.serialize_field("remembered", remembered)?;
        fields.serialize_field("max_sessions", max_sessions)?;
        fields.serialize_field("initiated", initiated)?;
        fields.serialize_field("approved", approved)?;
        fields.serialize_field("redeemed", redeemed)?;
        fields.serialize_field("denied", denied)?;
        fields.serialize_field("cancelled", cancelled)?;
        fields.serialize_field("expired", expired)?;
        fields.serialize_field("uncollected", uncollected)?;
        fields.serialize_field("forgotten", forgotten)?;
        fields.serialize_field("withdrawn", withdrawn)?;
        fields.end()
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_str, json, to_value};

    #[test]
    fn what_is_not_secret_is_text_and_numbers() {
        let listed = Listed::new(SessionId::new(0xfeed), State::Completed, Duration::from_millis(1500));
        let expected =
            json!({ "id": "000000000000feed", "state": "completed", "remaining_millis": 1500, "has_context": false });
        assert_eq!(to_value(listed).unwrap(), expected);
        assert_eq!(from_str::<SessionId>("\"000000000000feed\"").unwrap(), listed.id);
        assert!(from_str::<SessionId>("\"feeds\"").is_err());
        let stats = to_value(Stats { initiated: 3, ..Stats::default() }).unwrap();
        assert_eq!((&stats["initiated"], stats.as_object().unwrap().len()), (&json!(3), 13));
    }

    #[test]
    fn a_secret_is_text_only_if_it_is_exposed() {
        let secret = Secret::new("rt-1");
        assert_eq!(to_value(Exposed(&secret)).unwrap(), "rt-1");
        assert_eq!(from_str::<Exposed<Secret>>("\"rt-1\"").unwrap().0, secret);
        let code = UserCode::parse("BCDF-GHJK").unwrap();
        assert_eq!(to_value(Exposed(code.clone())).unwrap(), "BCDF-GHJK");
        assert_eq!(from_str::<Exposed<UserCode>>("\"bcdf ghjk\"").unwrap().0, code);
        assert!(from_str::<Exposed<LoginCode>>("\"x\"").is_err());
        assert!(!format!("{:?}", Exposed(secret)).contains("rt-1"));
    }
}
