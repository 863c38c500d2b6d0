//! Where in a JSON text a JSON pointer (RFC 6901) points: byte offset of the value.
//!
//! A small scanner without recursion, for texts that `serde_json` has already read. Not here: reading values.

/// The offset of the value a pointer names; of the nearest value around it when it names none (a missing member).
/// `None` for a text that is no JSON.
pub(super) fn locate(text: &str, pointer: &str) -> Option<usize> {
    let mut at = skip_space(text, 0);
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        match text.as_bytes().get(at)? {
            b'{' => match member(text, at, &segment) {
                Some(found) => at = found,
                None => break,
            },
            b'[' => match segment.parse().ok().and_then(|index| element(text, at, index)) {
                Some(found) => at = found,
                None => break,
            },
            _ => break,
        }
    }
    Some(at)
}

/// Line and column of an offset, both counted from 1; columns are characters.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
    (line, column)
}

fn skip_space(text: &str, mut at: usize) -> usize {
    while text.as_bytes().get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The offset behind a string that begins at `at`.
fn skip_string(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The offset behind a value that begins at `at`.
fn skip_value(text: &str, mut at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    loop {
        match bytes.get(at)? {
            b'"' => at = skip_string(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            _ if depth > 0 => {
                at += 1;
                continue;
            }
            _ => {
                while bytes.get(at).is_some_and(|byte| !b",]} \t\r\n".contains(byte)) {
                    at += 1;
                }
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The offset of a member's value in the object at `at`; of equal names the last counts.
fn member(text: &str, at: usize, name: &str) -> Option<usize> {
    let mut at = skip_space(text, at + 1);
    let mut found = None;
    while text.as_bytes().get(at) == Some(&b'"') {
        let end = skip_string(text, at)?;
        let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
        let value = skip_space(text, skip_space(text, end) + 1);
        if key == name {
            found = Some(value);
        }
        at = skip_space(text, skip_value(text, value)?);
        if text.as_bytes().get(at) == Some(&b',') {
            at = skip_space(text, at + 1);
        }
    }
    found
}

/// The offset of an element of the array at `at`.
fn element(text: &str, at: usize, index: usize) -> Option<usize> {
    let mut at = skip_space(text, at + 1);
    for _ in 0..index {
        at = skip_space(text, skip_value(text, at)?);
        if text.as_bytes().get(at) != Some(&b',') {
            return None;
        }
        at = skip_space(text, at + 1);
    }
    (text.as_bytes().get(at) != Some(&b']')).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"a\\/b\": [1, {\"c\": \"}\\\"]\", \"d\": [true , null]}],\n  \"e\": {}\n}";

    #[test]
    fn pointers_are_found() {
        let at = |pointer: &str| {
            let offset = locate(TEXT, pointer).unwrap();
            TEXT[offset..].chars().take(4).collect::<String>()
        };
        assert_eq!(at(""), "{\n  ");
        assert_eq!(at("/a~1b"), "[1, ");
        assert_eq!(at("/a~1b/0"), "1, {");
        assert_eq!(at("/a~1b/1/c"), "\"}\\\"");
        assert_eq!(at("/a~1b/1/d/1"), "null");
        assert_eq!(at("/e"), "{}\n}");
    }

    #[test]
    fn what_is_missing_is_told_at_what_is_around_it() {
        assert_eq!(locate(TEXT, "/e/f/g"), locate(TEXT, "/e"));
        assert_eq!(locate(TEXT, "/a~1b/7"), locate(TEXT, "/a~1b"));
        assert_eq!(locate(TEXT, "/x"), Some(0));
        assert_eq!(locate("", "/x"), None);
        assert_eq!(locate("{\"a", "/a"), Some(0));
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(position(TEXT, 0), (1, 1));
        assert_eq!(position(TEXT, locate(TEXT, "/e").unwrap()), (3, 8));
    }
}
