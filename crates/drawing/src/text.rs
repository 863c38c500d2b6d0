//! Text as the picture needs it: cleaned of what cannot be shown, measured, shortened and wrapped.
//!
//! Widths are advance widths in thousandths of the font size: of Arial and its metric twins, in which an SVG is shown, or
//! of the embedded font (`fonts`), in which a PNG or PDF is, whichever are wider. So the same flow gives the same picture
//! on every machine, and text fits its box in either. Not here: outlines of characters.

use std::sync::LazyLock;

use crate::fonts::Face;

/// Longest text kept for tooltips, in characters.
const TEXT_MAX_CHARS: usize = 1000;

/// A font as the picture uses it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Font {
    /// Size in pixels.
    pub(crate) size: f64,
    /// Bold or regular.
    pub(crate) bold: bool,
}

impl Font {
    pub(crate) const fn regular(size: f64) -> Self {
        Font { size, bold: false }
    }

    pub(crate) const fn bold(size: f64) -> Self {
        Font { size, bold: true }
    }

    /// Width of a text in pixels.
    pub(crate) fn width(self, text: &str) -> f64 {
        text.chars().map(|sign| f64::from(self.advance(sign))).sum::<f64>() * self.size / 1000.0
    }

    /// The text itself when it fits, else as much of it as fits with an ellipsis.
    pub(crate) fn fit(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let room = width * 1000.0 / self.size - f64::from(self.advance(ELLIPSIS));
        let mut used = 0.0;
        let mut kept = String::new();
        for sign in text.chars() {
            used += f64::from(self.advance(sign));
            if used > room {
                break;
            }
            kept.push(sign);
        }
        let mut kept = kept.trim_end().to_owned();
        if room >= 0.0 {
            kept.push(ELLIPSIS);
        }
        kept
    }

    /// The text in at most `lines` lines, broken at spaces where there are any; the last one shortened to fit.
    pub(crate) fn wrap(self, text: &str, width: f64, lines: usize) -> Vec<String> {
        let mut done: Vec<String> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() && done.len() + 1 < lines {
            let taken = self.line_break(rest, width);
            let (line, after) = rest.split_at(taken);
            done.push(line.trim_end().to_owned());
            rest = after.trim_start();
        }
        if !rest.is_empty() {
            done.push(self.fit(rest, width));
        }
        done
    }

    /// How many bytes of the text go on one line: to the last space that fits, else to the last character that does.
    fn line_break(self, text: &str, width: f64) -> usize {
        let room = width * 1000.0 / self.size;
        let (mut used, mut space) = (0.0, None);
        for (place, sign) in text.char_indices() {
            used += f64::from(self.advance(sign));
            if sign == ' ' {
                space = Some(place);
            }
            if used > room {
                let whole = place.max(text.chars().next().map_or(0, char::len_utf8));
                return space.filter(|space| *space > 0).unwrap_or(whole);
            }
        }
        text.len()
    }

    fn advance(self, sign: char) -> u16 {
        let [regular, bold] = &*ADVANCES;
        let table = if self.bold { bold } else { regular };
        table.get(sign as usize).copied().unwrap_or_else(|| elsewhere(sign))
    }
}

/// Advance widths of the first characters, regular and bold.
static ADVANCES: LazyLock<[Vec<u16>; 2]> = LazyLock::new(|| {
    [false, true].map(|bold| {
        let face = Face::of(bold);
        let table = if bold { &BOLD } else { &REGULAR };
        let widest = |code: u32| {
            let sign = char::from_u32(code).unwrap_or(' ');
            let drawn = face.advance(sign);
            let arial = code.checked_sub(0x20).and_then(|place| table.get(place as usize).copied());
            match (arial, drawn) {
                (Some(arial), _) => arial.max(drawn.unwrap_or(0)),
                // Arial's letters are a little wider than the embedded font's.
                (None, Some(drawn)) if !(0xa0..=0xbf).contains(&code) => drawn + drawn / 10,
                (None, drawn) => elsewhere(sign).max(drawn.unwrap_or(0)),
            }
        };
        (0..0x530).map(widest).collect()
    })
});

/// Widths of characters that stand in no table: rather too wide than too narrow.
fn elsewhere(sign: char) -> u16 {
    match sign as u32 {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0xa0 | 0xb7 => 278,
        0x2018 | 0x2019 => 278,
        0x201c | 0x201d => 500,
        0x2013 => 660,
        0x2031 | 0x2116 | 0xfffd => 1200,
        // Latin letters with marks are as wide as the widest plain letters of their case or less.
        0xa1..=0x024f if sign.is_lowercase() => 660,
        0xa1..=0x024f => 800,
        0x0370..=0x05ff => 830,
        _ => 1000,
    }
}

/// One line of showable text: white space runs become one space, control and direction-changing characters are
/// replaced (they cannot stand in XML, or would disguise what follows), and length is bounded.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len().min(TEXT_MAX_CHARS));
    let mut gap = false;
    for (count, sign) in text.trim().chars().enumerate() {
        if count >= TEXT_MAX_CHARS {
            cleaned.push(ELLIPSIS);
            break;
        }
        if sign.is_whitespace() {
            gap = true;
            continue;
        }
        if gap {
            cleaned.push(' ');
            gap = false;
        }
        cleaned.push(if is_showable(sign) { sign } else { char::REPLACEMENT_CHARACTER });
    }
    cleaned
}

fn is_showable(sign: char) -> bool {
    !sign.is_control()
        && !matches!(sign, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        && !matches!(sign, '\u{fffe}' | '\u{ffff}')
}

const ELLIPSIS: char = '\u{2026}';

/// Advance widths of U+0020 to U+007E, regular.
#[rustfmt::skip]
static REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// The same, bold.
#[rustfmt::skip]
static BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_wider_than_it_was_measured() {
        for font in [Font::regular(10.0), Font::bold(10.0)] {
            for sign in (0x20..0xffff).filter_map(char::from_u32) {
                let drawn = Face::of(font.bold).advance(sign).unwrap_or(0);
                assert!(font.advance(sign) >= drawn, "{sign:?}: {} is less than {drawn}", font.advance(sign));
            }
        }
    }

    #[test]
    fn shortened_text_fits() {
        let font = Font::bold(13.0);
        for text in [
            "",
            "A",
            "Reception",
            "Wimpole Street Dental Practice, out of hours",
            "\u{6f22}\u{5b57}\u{6f22}\u{5b57}",
        ] {
            for width in [0.0, 5.0, 20.0, 60.0, 400.0] {
                assert!(font.width(&font.fit(text, width)) <= width, "{text:?} in {width}");
            }
        }
        assert_eq!(font.fit("Reception", 400.0), "Reception");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_loses_nothing_that_fits() {
        let font = Font::regular(10.0);
        assert_eq!(font.wrap("one two three", 45.0, 3), ["one two", "three"]);
        let lines = font.wrap("Donaudampfschifffahrtsgesellschaft", 60.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| font.width(line) <= 60.0));
    }

    #[test]
    fn hostile_text_becomes_one_showable_line() {
        assert_eq!(clean(" a\n\t b\u{0}c\u{202e}d "), "a b\u{fffd}c\u{fffd}d");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), TEXT_MAX_CHARS + 1);
    }
}
