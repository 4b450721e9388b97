//! `Members`: a JSON object whose members are parsed one by one, so that an invalid one does not affect the others.

use std::fmt;
use std::time::Duration;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one object, in order, unparsed. A name may occur more than once (RFC 8259 section 4).
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Returns `None` if `text` is not one JSON object. `serde_json`'s error may quote the text, so it is dropped.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let members = json.deserialize_map(Object).ok()?;
        json.end().ok()?;
        Some(members)
    }

    /// Returns the first member of this name that is a string and not blank.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.each(name).find_map(string)
    }

    /// Returns the first member of this name that is a non-negative number, or a string of one. A number out of range
    /// is the longest time.
    pub(super) fn seconds(&self, name: &str) -> Option<Duration> {
        self.each(name).find_map(|value| seconds(string(value).as_deref().unwrap_or(value.get())))
    }

    /// Returns `true` if there is a member of this name that is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.each(name).any(|value| value.get() == "true")
    }

    fn each(&self, name: &str) -> impl Iterator<Item = &'a RawValue> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| *value)
    }
}

fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str::<String>(value.get()).ok().filter(|text| !text.trim().is_empty())
}

fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    // Neither `inf` nor `-1`.
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    match text.parse::<u64>() {
        Ok(whole) => Some(Duration::from_secs(whole)),
        Err(_) => text.parse().ok().map(|number| Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)),
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_every_form_that_means_one() {
        for (value, expected) in [
            ("3600", Some(3600.0)),
            ("\"3600\"", Some(3600.0)),
            ("\" 3600 \"", Some(3600.0)),
            ("3599.5", Some(3599.5)),
            ("3.6e3", Some(3600.0)),
            ("\"3600.0\"", Some(3600.0)),
            ("0", Some(0.0)),
            ("-1", None),
            ("-0.5", None),
            ("\"-1\"", None),
            ("\"inf\"", None),
            ("\"NaN\"", None),
            ("\"soon\"", None),
            ("\"1 h\"", None),
            ("\"\"", None),
            ("null", None),
            ("true", None),
            ("[3600]", None),
            (r#"{"seconds":3600}"#, None),
        ] {
            let text = format!(r#"{{"expires_in":{value}}}"#);
            let read = Members::read(&text).unwrap().seconds("expires_in");
            assert_eq!(read.map(|time| time.as_secs_f64()), expected, "{value}");
        }
        for huge in ["1e999", "\"1e999\"", &"9".repeat(400), &format!("{}.5", u64::MAX)] {
            let text = format!(r#"{{"expires_in":{huge}}}"#);
            assert_eq!(Members::read(&text).unwrap().seconds("expires_in"), Some(Duration::MAX), "{huge}");
        }
    }

    #[test]
    fn of_a_name_that_repeats_the_first_good_one_counts() {
        let members = Members::read(r#"{"a":null,"a":" ","a":"good","a":7,"a":"later"}"#).unwrap();
        assert_eq!(members.text("a").as_deref(), Some("good"));
        assert_eq!(members.seconds("a"), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_member_that_nothing_can_read_spoils_no_other() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for odd in [&deep, "1e99999", r#""\ud800""#, r#"{"a":"other"}"#] {
            let text = format!(r#"{{"odd":{odd},"a":"good"}}"#);
            assert_eq!(Members::read(&text).unwrap().text("a").as_deref(), Some("good"));
        }
        for text in ["", "[]", "null", "\"a\"", "{", "{} {}", "<html>"] {
            assert!(Members::read(text).is_none(), "{text}");
        }
    }
}
