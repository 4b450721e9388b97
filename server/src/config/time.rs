//! `Time`: a length of time, written with its units.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// The longest that any setting may be.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const EXPECTED: &str = "a time from 0s to 24h as text with units, such as \"500ms\", \"75s\", \"10m\" or \"1h 30m\"";

/// A length of time: at most 24 hours. In the configuration it is a text with units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Duration);

impl Time {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The same as a [`Duration`].
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                let read = text.parse::<SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
                let read = read.filter(|time| *time <= LONGEST);
                read.map(Time).ok_or_else(|| E::custom(format_args!("expected {EXPECTED}")))
            }
        }

        deserializer.deserialize_str(Text)
    }
}
