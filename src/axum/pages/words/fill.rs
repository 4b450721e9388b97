//! Puts values into a text.

use askama::filters::{Escaper, Html};

/// Puts values into a text, escaped, each in an element of its own that keeps its direction of writing to itself.
pub(in crate::axum::pages) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut html = text.to_owned();
    for (name, value) in values {
        let mut escaped = String::with_capacity(value.len() + 16);
        // Writing to a string cannot fail.
        let _ = Html.write_escaped_str(&mut escaped, value);
        // No value is looked through for other names: it may contain anything.
        let escaped = escaped.replace('{', "&#123;");
        html = html.replace(&format!("{{{name}}}"), &format!("<bdi>{escaped}</bdi>"));
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_nothing_in_them_is_replaced() {
        let html = fill("{a} in <b>{b}</b>", &[("a", "<{b}&\">"), ("b", "x")]);
        assert_eq!(html, "<bdi>&#60;&#123;b}&#38;&#34;&#62;</bdi> in <b><bdi>x</bdi></b>");
    }
}
