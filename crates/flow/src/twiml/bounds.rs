//! Refuses documents that the XML reader would need too much stack or time for, before it begins: it calls itself for
//! every element within an element, and compares each attribute of an element with all others.
//!
//! This knows just enough of XML to agree with the reader about every document as far as that one is well-formed.

use super::BYTES_MAX;

/// Elements within elements. Verbs need four.
const DEPTH_MAX: usize = 32;

/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 100;

/// The byte offset of what is out of bounds, and what it is.
pub(super) type OutOfBounds = (usize, String);

/// Checks a document before it is read.
pub(super) fn check(text: &str) -> Result<(), OutOfBounds> {
    if text.len() > BYTES_MAX {
        return Err((0, format!("the document is longer than {BYTES_MAX} bytes")));
    }
    let mut depth: usize = 0;
    let mut at = 0;
    while let Some(ahead) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + ahead;
        let rest = text.get(start..).unwrap_or_default();
        let end_of = |mark: &str| rest.find(mark).map_or(text.len(), |end| start + end + mark.len());
        at = if rest.starts_with("<!--") {
            end_of("-->")
        } else if rest.starts_with("<![CDATA[") {
            end_of("]]>")
        } else if rest.starts_with("<?") {
            end_of("?>")
        } else {
            let tag = tag(rest);
            if tag.attributes > ATTRIBUTES_MAX {
                return Err((start, format!("an element has more than {ATTRIBUTES_MAX} attributes")));
            }
            if rest.starts_with("</") {
                depth = depth.saturating_sub(1);
            } else if !tag.closes_itself {
                depth += 1;
            }
            if depth > DEPTH_MAX {
                return Err((start, format!("there are more than {DEPTH_MAX} elements within each other")));
            }
            start + tag.length
        };
    }
    Ok(())
}

struct Tag {
    length: usize,
    attributes: usize,
    closes_itself: bool,
}

/// The tag a text begins with, up to its `>` outside of quotes.
fn tag(text: &str) -> Tag {
    let mut quote = None;
    let mut attributes = 0;
    let mut before = b'<';
    for (place, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => attributes += 1,
            (None, b'>') => return Tag { length: place + 1, attributes, closes_itself: before == b'/' },
            (None, _) => {}
        }
        before = byte;
    }
    Tag { length: text.len(), attributes, closes_itself: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(text: &str) -> bool {
        check(text).is_err()
    }

    #[test]
    fn depth_is_counted_through_quotes_comments_and_cdata() {
        let nested = |open: &str| open.repeat(DEPTH_MAX + 1);
        assert!(is_refused(&nested("<a>")) && !is_refused(&"<a>".repeat(DEPTH_MAX)));
        for hidden in
            ["<a b='/>'>", "<a><!-- </a> -->", "<a><![CDATA[</a>]]>", "<a><?x </a>?>", "<a b=\"'/>\" >"]
        {
            assert!(is_refused(&nested(hidden)), "{hidden}");
        }
        for flat in ["<a/>", "<a></a>", "<a b='>'/>", "<!-- <a> -->", "<![CDATA[<a>]]>", "a < "] {
            assert!(!is_refused(&flat.repeat(100)), "{flat}");
        }
    }

    #[test]
    fn attributes_are_counted_in_one_tag() {
        assert!(is_refused(&format!("<a {}/>", "b='' ".repeat(ATTRIBUTES_MAX + 1))));
        assert!(!is_refused(&"<a b='======='/>".repeat(ATTRIBUTES_MAX)));
    }
}
