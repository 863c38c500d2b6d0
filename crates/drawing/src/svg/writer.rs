//! Writing XML quickly: escaped text, attributes, short numbers; no allocation per mark. Not here: what is written.

/// Text that grows by XML.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Writer { out: String::with_capacity(bytes) }
    }

    /// As it is.
    pub(crate) fn raw(&mut self, text: &str) -> &mut Self {
        self.out.push_str(text);
        self
    }

    /// Text as element content or attribute value (both quotes are escaped).
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let mut rest = 0;
        for (place, byte) in text.bytes().enumerate() {
            let written = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                _ => continue,
            };
            self.out.push_str(text.get(rest..place).unwrap_or_default());
            self.out.push_str(written);
            rest = place + 1;
        }
        self.out.push_str(text.get(rest..).unwrap_or_default());
        self
    }

    /// A coordinate with at most one decimal.
    pub(crate) fn px(&mut self, value: f64) -> &mut Self {
        // Half away from zero, as `round`, which is a call on the oldest processors.
        let tenths = (value * 10.0 + 0.5_f64.copysign(value)) as i64;
        if tenths < 0 {
            self.out.push('-');
        }
        let tenths = tenths.unsigned_abs();
        let mut whole = tenths / 10;
        let mut digits = [b'0'; 20];
        let mut first = digits.len();
        for slot in digits.iter_mut().rev() {
            *slot = b'0' + (whole % 10) as u8;
            first -= 1;
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        self.out
            .push_str(digits.get(first..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or("0"));
        if !tenths.is_multiple_of(10) {
            self.out.push('.');
            self.out.push(char::from(b'0' + (tenths % 10) as u8));
        }
        self
    }

    /// An attribute with a coordinate, after a space.
    pub(crate) fn at(&mut self, name: &str, value: f64) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"").px(value).raw("\"")
    }

    /// What was written.
    pub(crate) fn done(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_numbers_are_short() {
        let mut out = Writer::default();
        out.text("</text><script>'\"& caf\u{e9}").raw(" ");
        out.px(12.0).raw(" ").px(0.25).raw(" ").px(-0.01).raw(" ").px(-1234.56).raw(" ").px(-0.5);
        assert_eq!(out.done(), "&lt;/text&gt;&lt;script&gt;&#39;&quot;&amp; caf\u{e9} 12 0.3 0 -1234.6 -0.5");
    }
}
