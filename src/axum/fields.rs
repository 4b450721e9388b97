//! The fields of a JSON body: each read by name, each refused by name.
//!
//! The refusals say what is expected and never what was sent, since what was sent is often a secret.

use std::fmt;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::failure::Failure;
use crate::Secret;

/// An object without duplicate names. Fields that nobody asks for are ignored.
pub(super) struct Fields(Vec<(String, Value)>);

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(body).map_err(|error| {
            Failure::schema(match error.classify() {
                Category::Data => "The body must be a JSON object, with each field once.".to_owned(),
                _ => format!("The body is not valid JSON: see line {}, column {}.", error.line(), error.column()),
            })
        })
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|field| field.0 == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Secret, Failure> {
        self.optional_text(name)?.ok_or_else(|| Failure::schema(format!("{name} is required.")))
    }

    /// A text that may be missing. `null` is not a text.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Result<Option<Secret>, Failure> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Secret::new(text))),
            Some(_) => Err(Failure::schema(format!("{name} must be a string."))),
        }
    }

    /// A whole number that may be missing. `7.0` is a whole number, as JSON Schema has it.
    pub(super) fn optional_integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, Failure> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_f64().filter(|number| number.fract() == 0.0);
        let in_range = number.filter(|number| (f64::from(*range.start())..=f64::from(*range.end())).contains(number));
        #[expect(clippy::cast_sign_loss, reason = "within a range of u32")]
        in_range.map(|number| Some(number as u32)).ok_or_else(|| {
            Failure::schema(format!("{name} must be a whole number from {} to {}.", range.start(), range.end()))
        })
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry::<String, Value>()? {
                    fields.push(field);
                }
                fields.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
                if fields.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                    return Err(A::Error::custom("a field is given twice"));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
