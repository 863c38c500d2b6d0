//! HTML as text, escaped by construction: what is not a `&'static str` of ours is escaped.
//!
//! Not here: what the pages say (`views`).

/// A piece of HTML under construction.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Adds markup of ours.
    pub(crate) fn raw(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text from anywhere, escaped for content and quoted attributes.
    pub(crate) fn text(mut self, text: &str) -> Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Adds a text as one segment of an address: everything but letters, digits, `-`, `.` and `_` is encoded.
    pub(crate) fn segment(mut self, text: &str) -> Self {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
                self.0.push(char::from(byte));
            } else {
                self.0.push_str(&format!("%{byte:02X}"));
            }
        }
        self
    }

    /// Adds a piece that is HTML already.
    pub(crate) fn html(mut self, other: Html) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// The markup.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_become_markup() {
        let html =
            Html::default().raw("<a title=\"").text("\"><script>'&").raw("\" href=\"").segment("a/b?\"é");
        assert_eq!(
            html.into_string(),
            "<a title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\" href=\"a%2Fb%3F%22%C3%A9"
        );
    }
}
