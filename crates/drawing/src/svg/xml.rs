//! Writing XML: escaped text and short numbers. Not here: what is written.

use std::fmt::{self, Display, Formatter};

/// Text as element content or attribute value (both quotes are escaped).
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(place) = rest.find(['&', '<', '>', '"', '\'']) {
            let (plain, special) = rest.split_at(place);
            out.write_str(plain)?;
            out.write_str(match special.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                Some(b'"') => "&quot;",
                _ => "&#39;",
            })?;
            rest = special.get(1..).unwrap_or_default();
        }
        out.write_str(rest)
    }
}

/// A coordinate with at most one decimal.
pub(super) struct Px(pub(super) f64);

impl Display for Px {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        // Adding zero turns a negative zero into a plain one.
        write!(out, "{}", tenths / 10.0 + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_numbers_are_short() {
        assert_eq!(Escaped("</text><script>'\"&").to_string(), "&lt;/text&gt;&lt;script&gt;&#39;&quot;&amp;");
        assert_eq!(format!("{} {} {}", Px(12.0), Px(0.25), Px(-0.01)), "12 0.3 0");
    }
}
