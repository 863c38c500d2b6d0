//! The order of texts in the reference runtime's database views: CouchDB's collation, for the ASCII characters that
//! numbers and patterns are made of. Other characters follow them in code point order.

/// Punctuation and symbols, then digits; letters follow, case-insensitively.
const ORDER: &str = "`^_-,;:!?.'\"()[]{}@*/\\&#%+<=>|~$0123456789";

/// Bytes that compare as the texts do: first without regard to case, then lower before upper case.
pub(super) fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() * 2 + 1);
    for character in text.chars() {
        match ORDER.find(character) {
            Some(at) => key.push(u8::try_from(at).unwrap_or(u8::MAX) + 2),
            None if character.is_ascii_alphabetic() => key.push((character as u8).to_ascii_lowercase()),
            None if character.is_ascii() => key.push(1),
            None => {
                key.push(u8::MAX);
                key.extend(u32::from(character).to_be_bytes());
            }
        }
    }
    key.push(0);
    key.extend(text.bytes().map(|byte| u8::from(byte.is_ascii_uppercase())));
    key.extend(text.bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_sort_as_in_the_database() {
        let sorted = [
            "",
            "^",
            r"^\*5",
            r"^\*5([0-9]*)$",
            r"^\*56$",
            r"^\+1",
            "^1",
            "^2",
            "_",
            "*97",
            "1",
            "10",
            "2",
            "a",
            "A",
            "ab",
            "aB",
            "b",
            "é",
        ];
        for pair in sorted.windows(2) {
            assert!(sort_key(pair[0]) < sort_key(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }
}
