//! `Fields`: the fields of a JSON body, read and refused by name.
//!
//! The errors name what is expected and never contain what was sent, which is often a secret.

use std::fmt;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::failure::Failure;
use crate::Secret;

/// The wanted fields of an object, in which each of them occurs at most once. They borrow from the body until they are
/// taken; other fields are not kept.
pub(crate) struct Fields<'a>(Vec<(&'static str, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Reads the fields that are `wanted`. A byte order mark before the object is skipped (RFC 8259, section 8.1).
    pub(crate) fn parse(body: &'a [u8], wanted: &'static [&'static str]) -> Result<Self, Failure> {
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        // The parser does not check strings that it skips.
        let body = str::from_utf8(body).map_err(|_| Failure::schema("The body is not valid JSON: it is not UTF-8."))?;
        let mut parser = serde_json::Deserializer::from_str(body);
        let fields = parser.deserialize_map(Object(wanted)).and_then(|fields| parser.end().map(|()| fields));
        fields.map(Self).map_err(|error| {
            Failure::schema(match error.classify() {
                Category::Data => "The body must be a JSON object, with each field once.".to_owned(),
                _ => format!("The body is not valid JSON: see line {}, column {}.", error.line(), error.column()),
            })
        })
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|field| field.0 == name)?;
        Some(self.0.swap_remove(at).1.get())
    }

    /// Takes a required text.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Secret, Failure> {
        self.optional_text(name)?.ok_or_else(|| Failure::schema(format!("{name} is required.")))
    }

    /// Takes an optional text. `null` is not a text.
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Result<Option<Secret>, Failure> {
        let Some(raw) = self.take(name) else { return Ok(None) };
        text(raw)
            .map(|text| Some(Secret::new(text)))
            .ok_or_else(|| Failure::schema(format!("{name} must be a string.")))
    }

    /// Takes an optional whole number. `7.0` is one, as in JSON Schema.
    pub(crate) fn optional_integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, Failure> {
        let Some(raw) = self.take(name) else { return Ok(None) };
        // Of any other value, such as a long text, only the first character is read.
        let number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let number =
            number.then(|| serde_json::from_str::<f64>(raw).ok()).flatten().filter(|number| number.fract() == 0.0);
        let in_range = number.filter(|number| (f64::from(*range.start())..=f64::from(*range.end())).contains(number));
        #[expect(clippy::cast_sign_loss, reason = "within a range of u32")]
        in_range.map(|number| Some(number as u32)).ok_or_else(|| {
            Failure::schema(format!("{name} must be a whole number from {} to {}.", range.start(), range.end()))
        })
    }
}

/// Returns the text of a JSON string. `None` if it is another value, or has half of a surrogate pair.
fn text(raw: &str) -> Option<String> {
    let plain = raw.strip_prefix('"')?.strip_suffix('"')?;
    // A reader's buffer grows byte by byte, to the length of the text. A slice's grows by the whole run up to the next
    // escape, to as much as three times the text.
    if plain.contains('\\') { serde_json::from_reader(raw.as_bytes()).ok() } else { Some(plain.to_owned()) }
}

/// The visitor of an object; it reads the fields with these names.
struct Object(&'static [&'static str]);

impl<'de> Visitor<'de> for Object {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Self::Value::new();
        while let Some(name) = map.next_key_seed(Name(self.0))? {
            match name {
                Some(name) if fields.iter().any(|field| field.0 == name) => {
                    return Err(A::Error::custom("a field is given twice"));
                }
                Some(name) => fields.push((name, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// The visitor of a field's name: one of these names, or `None`.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let named = |name: &str| self.0.iter().copied().find(|wanted| *wanted == name);
        let plain = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).filter(|name| !name.contains('\\'));
        // Each character may be an escape of six bytes. A longer text is none of the names, and is not decoded.
        let longest = self.0.iter().map(|name| 6 * name.len() + 2).max().unwrap_or(0);
        Ok(match plain {
            Some(name) => named(name),
            None if raw.len() > longest => None,
            None => text(raw).and_then(|name| named(&name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &[&str] = &["code", "n"];

    fn code(body: &[u8]) -> Result<Option<String>, Failure> {
        let text = Fields::parse(body, WANTED)?.optional_text("code")?;
        Ok(text.map(|text| text.expose().to_owned()))
    }

    fn nested(open: &str, close: &str, depth: usize) -> String {
        open.repeat(depth) + "0" + &close.repeat(depth)
    }

    #[test]
    fn a_text_is_read_however_it_is_written() {
        for body in [
            r#"{"code":"a\u00e4\"/"}"#,
            r#"{"c\u006fde":"a\u00E4\"/"}"#,
            r#"{"\u0063\u006f\u0064\u0065":"\u0061\u00e4\u0022\u002f"}"#,
            "\u{feff}{\"code\":\"a\u{e4}\\\"/\"}",
            r#" { "other" : [ {"code":"b"} ] , "code" : "aä\"\/" } "#,
        ] {
            assert_eq!(code(body.as_bytes()).unwrap().as_deref(), Some("a\u{e4}\"/"), "{body}");
        }
        for body in ["{}", r#"{"Code":"a"}"#, r#"{"code ":"a","":"b"}"#, r#"{"c\ud800ode":"a"}"#] {
            assert_eq!(code(body.as_bytes()).unwrap(), None, "{body}");
        }
    }

    #[test]
    fn what_is_not_wanted_is_ignored_whatever_it_is() {
        let (lists, objects) = (nested("[", "]", 30_000), nested("{\"\":", "}", 10_000));
        for other in ["0", "null", "1e999", "\"\\ud800\"", r#"[{"code":1},"x"]"#, &lists, &objects] {
            let body = format!(r#"{{"x":{other},"code":"a","x":{other}}}"#);
            assert_eq!(code(body.as_bytes()).unwrap().as_deref(), Some("a"), "{body:.50}");
        }
    }

    #[test]
    fn what_is_wanted_comes_once_and_is_what_it_should_be() {
        let deep = format!(r#"{{"code":{}}}"#, nested("[", "]", 30_000));
        for body in [
            r#"{"code":"a","code":"a"}"#,
            r#"{"code":"a","c\u006fde":"b"}"#,
            r#"{"code":null}"#,
            r#"{"code":["a"]}"#,
            r#"{"code":"\ud800"}"#,
            r#"{"code":"a"} {}"#,
            r#"{"code":"a",}"#,
            r#"{"code":"a""#,
            r#"{5:"a"}"#,
            r#"["code","a"]"#,
            "\u{feff}\u{feff}{}",
            "{\"code\":\"\n\"}",
            &deep,
            &"[".repeat(60_000),
            &"{\"\":".repeat(10_000),
        ] {
            assert!(code(body.as_bytes()).is_err(), "{body:.50}");
        }
        for body in [&b"{\"code\":\"\xff\"}"[..], b"{\"x\":\"\xff\"}", b"\xff\xfe{\0}\0"] {
            assert!(code(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_whole_number_is_one_in_any_notation() {
        let number = |text: &str| {
            let body = format!(r#"{{"n":{text}}}"#);
            Fields::parse(body.as_bytes(), WANTED)?.optional_integer("n", 1..=1000)
        };
        for (text, value) in [("1", 1), ("1000", 1000), ("7.0", 7), ("1e2", 100), ("70E-1", 7)] {
            assert_eq!(number(text).unwrap(), Some(value), "{text}");
        }
        for text in ["0", "1001", "-1", "1.5", "1e999", "1e300", "99999999999999999999", "\"1\"", "null", "true", "[1]"]
        {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
