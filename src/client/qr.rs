//! A link as a QR code in the terminal, for the camera of a phone.

use std::io::{self, Write};

use console::{Term, colors_enabled_stderr};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// White on black, whatever the terminal's own colours are.
const COLOURS: &str = "\u{1b}[97;40m";
const RESET: &str = "\u{1b}[0m";

/// Returns how many columns standard error has, if it is a terminal.
pub(super) fn columns() -> Option<u16> {
    Term::stderr().size_checked().map(|(_, columns)| columns)
}

/// Whether a code is shown: if it was asked for, no browser opens the link here, and the caller shows no prompt of its own.
pub(super) fn is_shown(asked: bool, opens: bool, own_prompt: bool) -> bool {
    asked && !opens && !own_prompt
}

/// A QR code with its margin. Drawn for text that is lighter than its background, as half blocks: two rows a line.
pub(super) struct Qr {
    lines: String,
    columns: usize,
}

impl Qr {
    /// Returns `None` if the text is too long for a code.
    pub(super) fn new(text: &str) -> Option<Self> {
        // The lowest level of redundancy: a screen is not torn, and the code is small.
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let lines = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        let columns = lines.lines().next()?.chars().count();
        Some(Self { lines, columns })
    }

    /// Whether it fits into a terminal of so many columns. Without a terminal it does not.
    pub(super) fn fits(&self, columns: Option<u16>) -> bool {
        columns.is_some_and(|columns| usize::from(columns) >= self.columns)
    }

    pub(super) fn text(self) -> String {
        self.lines
    }

    /// Writes it in its own colours, if standard error has colours.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (colours, reset) = if colors_enabled_stderr() { (COLOURS, RESET) } else { ("", "") };
        for line in self.lines.lines() {
            writeln!(out, "{colours}{line}{reset}")?;
        }
        writeln!(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://a.example/device?user_code=BCDF-GHJK";

    /// What a camera sees: `true` is light.
    fn squares(qr: &Qr) -> Vec<Vec<bool>> {
        let rows = |line: &str| {
            let half = |upper: bool| {
                line.chars().map(|c| c == '\u{2588}' || c == if upper { '\u{2580}' } else { '\u{2584}' }).collect()
            };
            [half(true), half(false)]
        };
        qr.lines.lines().flat_map(rows).collect()
    }

    #[test]
    fn the_squares_are_those_of_the_code_with_a_margin() {
        let qr = Qr::new(LINK).unwrap();
        let expected = QrCode::with_error_correction_level(LINK, EcLevel::L).unwrap();
        let (squares, width) = (squares(&qr), expected.width());
        assert_eq!(qr.columns, width + 8);
        for (y, row) in squares.iter().enumerate().take(width + 8) {
            for (x, light) in row.iter().enumerate() {
                let inside = (4..width + 4).contains(&x) && (4..width + 4).contains(&y);
                let dark = inside && expected[(x - 4, y - 4)] == qrcode::Color::Dark;
                assert_eq!(*light, !dark, "{x}, {y}");
            }
        }
        assert!(qr.text().chars().all(|c| " \u{2580}\u{2584}\u{2588}\n".contains(c)));
    }

    #[test]
    fn it_is_shown_where_no_browser_opens_and_nobody_else_shows_the_link() {
        assert!(is_shown(true, false, false));
        for (asked, opens, own_prompt) in [(false, false, false), (true, true, false), (true, false, true)] {
            assert!(!is_shown(asked, opens, own_prompt), "{asked} {opens} {own_prompt}");
        }
    }

    #[test]
    fn it_needs_a_terminal_that_is_wide_enough() {
        let qr = Qr::new(LINK).unwrap();
        let width = qr.columns as u16;
        assert!(qr.fits(Some(width)) && qr.fits(Some(width + 40)));
        assert!(!qr.fits(Some(width - 1)) && !qr.fits(None));
    }

    #[test]
    fn a_text_that_is_too_long_has_none() {
        assert!(Qr::new(&"x".repeat(2048)).is_some() && Qr::new(&"x".repeat(3000)).is_none());
    }
}
