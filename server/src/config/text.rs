//! Settings that are texts of a form: addresses, networks, origins.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::str::FromStr;

use counterfoil::axum::{Network, PublicUrl, WebOrigin};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};

/// A type that a text is read as, and what such a text looks like.
pub(crate) trait Form: FromStr {
    const EXPECTED: &str;
}

impl Form for SocketAddr {
    const EXPECTED: &str = "an IP address and a port, such as \"0.0.0.0:8102\" or \"[::1]:8102\"";
}

impl Form for PublicUrl {
    const EXPECTED: &str = "an address such as \"https://login.example.com\", without a query";
}

impl Form for Network {
    const EXPECTED: &str = "IP addresses or networks, such as [\"10.0.0.7\", \"10.0.0.0/8\"]";
}

impl Form for WebOrigin {
    const EXPECTED: &str = "origins without a path, such as [\"https://app.example.com\"]";
}

/// One text.
struct One<T>(PhantomData<T>);

impl<T: Form> Visitor<'_> for One<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|_| E::custom(format_args!("expected {}", T::EXPECTED)))
    }
}

impl<'de, T: Form> DeserializeSeed<'de> for One<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

/// A list of texts.
struct Many<T>(PhantomData<T>);

impl<'de, T: Form> Visitor<'de> for Many<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Vec<T>, A::Error> {
        let mut read = Vec::new();
        while let Some(one) = texts.next_element_seed(One(PhantomData))? {
            read.push(one);
        }
        Ok(read)
    }
}

pub(crate) fn one<'de, D: Deserializer<'de>, T: Form>(deserializer: D) -> Result<T, D::Error> {
    One(PhantomData).deserialize(deserializer)
}

pub(crate) fn some<'de, D: Deserializer<'de>, T: Form>(deserializer: D) -> Result<Option<T>, D::Error> {
    one(deserializer).map(Some)
}

pub(crate) fn many<'de, D: Deserializer<'de>, T: Form>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(Many(PhantomData))
}
