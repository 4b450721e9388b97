//! Spans of time, as text for people.

/// Returns the two largest units of a span: `1 hour 59 minutes`, `9 minutes`, `42 seconds`. Seconds are left out above
/// two minutes.
pub(super) fn spoken(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => unit(seconds, "second"),
        (0, 1) => both(unit(1, "minute"), seconds % 60, "second"),
        (0, _) => unit(minutes, "minute"),
        _ => both(unit(hours, "hour"), minutes, "minute"),
    }
}

fn unit(count: u64, name: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

fn both(first: String, count: u64, name: &str) -> String {
    if count == 0 { first } else { first + " " + &unit(count, name) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(spoken(seconds), text);
        }
    }
}
