//! Bodies of 64 KiB that would take the most room, if all of them were kept.

use crate::LIMIT;

/// What may stand beside the fields of a request, and be ignored.
pub(crate) fn filled(form: bool, fields: &str) -> Vec<String> {
    let room = LIMIT - fields.len() - 32;
    let repeated = |unit: &str| unit.repeat(room / unit.len());
    if form {
        let fillings = [
            distinct(room, &|n| format!("&{}", letters(n))),
            distinct(room, &|n| format!("&{}=", letters(n))),
            distinct(room, &|n| letters(n).bytes().fold("&".to_owned(), |name, byte| name + &format!("%{byte:02x}"))),
            distinct(room, &|n| format!("&{}{n}=x", "long".repeat(20))),
            format!("&x={}", "+".repeat(room - 4)),
            format!("&x={}", "%41".repeat(room / 3 - 2)),
            format!("&{}=", "%41".repeat(room / 3 - 2)),
            "&".repeat(room),
        ];
        fillings.into_iter().map(|filling| format!("{fields}{filling}")).collect()
    } else {
        let fillings = [
            format!(r#""x":[{}0]"#, repeated(r#"{"":0},"#)),
            format!(r#""x":[{}0]"#, repeated("0,")),
            format!(r#""x":[{}0]"#, repeated("-1.5e7,")),
            format!(r#""x":[{}0]"#, repeated(r#""","#)),
            format!(r#""x":{}0{}"#, "[".repeat(room / 2 - 8), "]".repeat(room / 2 - 8)),
            format!(r#""x":{}0{}"#, r#"{"":"#.repeat(room / 5 - 2), "}".repeat(room / 5 - 2)),
            format!(r#"{}"x":0"#, repeated(r#""x":0,"#)),
            distinct(room, &|n| format!(r#""{}":0,"#, letters(n))) + r#""x":0"#,
            format!(r#""x":"{}""#, repeated("x")),
            format!(r#""x":"{}""#, repeated(r"\u00e4")),
            format!(r#""{}":0"#, repeated("x")),
            format!(r#""{}":0"#, repeated(r"\n")),
            format!(r#""{}\nx":0"#, "x".repeat(room - 8)),
            format!(r#"{}"x":0"#, repeated(" ")),
        ];
        let fields = if fields.is_empty() { r#""y":0"# } else { fields };
        fillings.into_iter().flat_map(|x| [format!("{{{fields},{x}}}"), format!("{{{x},{fields}}}")]).collect()
    }
}

/// What is refused, or has a field as large as it can be.
pub(crate) fn misshapen(form: bool) -> Vec<String> {
    let room = LIMIT - 200;
    let repeated = |unit: &str| unit.repeat(room / unit.len());
    let grant = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=internal";
    let names: &[&str] = if form {
        &["device_code", "client_secret", "scope", "login_code", "user_code", "decision", "refresh_token"]
    } else {
        &["polling_code", "login_code", "mode", "refresh_token", "anon_refresh_token", "expires_in_millis"]
    };
    let mut bodies = Vec::new();
    for unit in ["x", r"\n", r"\u00e4", "%41", "+"] {
        // In the second, a buffer is full just before the end.
        for text in [repeated(unit), repeated("x") + unit + "x"] {
            bodies.extend(
                names.iter().map(|name| {
                    if form { format!("{grant}&{name}={text}") } else { format!(r#"{{"{name}":"{text}"}}"#) }
                }),
            );
        }
    }
    let units = ["[", "[0,", r#"{"":"#, r#"[{"":0},"#, "\"", "0", " ", "a=1&", "&", "=", "\u{feff}", "a=1&b=2&"];
    bodies.extend(units.map(repeated));
    bodies.push(format!("[{}0]", repeated(r#"{"":0},"#)));
    bodies
}

/// As many different names as there is room for.
fn distinct(room: usize, name: &dyn Fn(usize) -> String) -> String {
    let names = (0..).map(name).scan(0, |length, name| {
        *length += name.len();
        (*length <= room).then_some(name)
    });
    names.take(21_000).collect()
}

/// A short name for each number.
fn letters(n: usize) -> String {
    let digits = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!*";
    let mut n = n;
    let mut text = String::new();
    loop {
        text.push(char::from(digits[n % digits.len()]));
        n /= digits.len();
        if n == 0 {
            return text;
        }
        n -= 1;
    }
}
