//! Spans of time, as text for people.

/// How a language writes spans of time.
#[derive(Clone, Copy)]
pub(super) struct Units {
    /// A number of a unit.
    pub(super) count: fn(u64, Unit, Case) -> String,
    /// Between hours and minutes, or minutes and seconds.
    pub(super) and: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
}

/// Some languages have another form behind a preposition or a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Alone,
    Governed,
}

impl Units {
    /// Returns the two largest units of a span: `1 hour 59 minutes`, `9 minutes`, `42 seconds`. Seconds are left out above
    /// two minutes.
    pub(super) fn spoken(self, seconds: u64, case: Case) -> String {
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let count = |number, unit| (self.count)(number, unit, case);
        let both = |first: String, number, unit| {
            if number == 0 { first } else { first + self.and + &count(number, unit) }
        };
        match (hours, minutes) {
            (0, 0) => count(seconds, Unit::Second),
            (0, 1) => both(count(1, Unit::Minute), seconds % 60, Unit::Second),
            (0, _) => count(minutes, Unit::Minute),
            _ => both(count(hours, Unit::Hour), minutes, Unit::Minute),
        }
    }
}

/// The number, and one of two forms of its unit.
pub(super) fn one_or_many(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axum::pages::words::{ARABIC, ENGLISH, FRENCH, GERMAN, SPANISH};

    #[test]
    fn spans_read_well() {
        let cases = [
            (0, "0 seconds"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "1 minute 1 second"),
            (119, "1 minute 59 seconds"),
            (120, "2 minutes"),
            (599, "9 minutes"),
            (3600, "1 hour"),
            (7199, "1 hour 59 minutes"),
            (86_400, "24 hours"),
        ];
        for (seconds, text) in cases {
            assert_eq!(ENGLISH.units.spoken(seconds, Case::Alone), text);
        }
    }

    /// As Unicode's CLDR has them.
    #[test]
    fn each_language_counts_its_own_way() {
        for (words, seconds, case, text) in [
            (&GERMAN, 1, Case::Governed, "1 Sekunde"),
            (&GERMAN, 7320, Case::Alone, "2 Stunden 2 Minuten"),
            (&FRENCH, 0, Case::Governed, "0 seconde"),
            (&FRENCH, 61, Case::Governed, "1 minute et 1 seconde"),
            (&FRENCH, 12, Case::Governed, "12 secondes"),
            (&SPANISH, 60, Case::Governed, "1 minuto"),
            (&SPANISH, 3661, Case::Alone, "1 hora y 1 minuto"),
            (&ARABIC, 1, Case::Governed, "ثانية واحدة"),
            (&ARABIC, 2, Case::Governed, "ثانيتين"),
            (&ARABIC, 2, Case::Alone, "ثانيتان"),
            (&ARABIC, 3, Case::Governed, "3 ثوانٍ"),
            (&ARABIC, 12, Case::Governed, "12 ثانية"),
            (&ARABIC, 600, Case::Alone, "10 دقائق"),
            (&ARABIC, 660, Case::Alone, "11 دقيقة"),
            (&ARABIC, 3660, Case::Alone, "ساعة واحدة ودقيقة واحدة"),
            (&ARABIC, 86_400, Case::Alone, "24 ساعة"),
        ] {
            assert_eq!(words.units.spoken(seconds, case), text);
        }
    }
}
