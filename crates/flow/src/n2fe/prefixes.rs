//! Numbers by their longest known prefix.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest prefix kept, in digits.
pub const MAX_PREFIX: usize = 32;

/// Most prefixes of one table.
pub const MAX_PREFIXES: usize = 200_000;

/// Values by prefix.
#[derive(Clone, Debug, PartialEq)]
pub struct Prefixes<T> {
    table: BTreeMap<String, T>,
}

impl<T> Default for Prefixes<T> {
    fn default() -> Self {
        Prefixes { table: BTreeMap::new() }
    }
}

impl<T> Prefixes<T> {
    /// Adds a value under a prefix; the first one of a prefix stays. An empty prefix is for every number.
    pub fn insert(&mut self, prefix: &str, value: T) {
        let prefix = digits_of(prefix);
        if prefix.len() <= MAX_PREFIX && self.table.len() < MAX_PREFIXES {
            self.table.entry(prefix).or_insert(value);
        }
    }

    /// The value of the longest prefix that a number begins with.
    pub fn find(&self, number: &str) -> Option<&T> {
        let number = digits_of(number);
        (0..=number.len().min(MAX_PREFIX)).rev().find_map(|length| self.table.get(number.get(..length)?))
    }

    /// How many prefixes there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

impl Prefixes<String> {
    /// Reads a table: `{"649": "Auckland"}`, nested as a tree (`{"64": {"9": "Auckland", "": "elsewhere"}}`), or a list
    /// of `{"prefix", "value"}`. Values may be numbers; what is none of these is passed over.
    pub fn read(table: Option<&Value>) -> Prefixes<String> {
        let mut prefixes = Prefixes::default();
        match table {
            Some(Value::Object(entries)) => {
                let mut waiting = vec![(String::new(), entries)];
                while let Some((before, entries)) = waiting.pop() {
                    for (key, value) in entries {
                        let prefix = format!("{before}{key}");
                        match value {
                            Value::Object(inner) if prefix.len() <= MAX_PREFIX => {
                                waiting.push((prefix, inner))
                            }
                            other => {
                                if let Some(value) = text(other) {
                                    prefixes.insert(&prefix, value);
                                }
                            }
                        }
                    }
                }
            }
            Some(Value::Array(entries)) => {
                for entry in entries {
                    let of = |name: &str| entry.get(name).and_then(text);
                    if let (Some(prefix), Some(value)) = (of("prefix"), of("value")) {
                        prefixes.insert(&prefix, value);
                    }
                }
            }
            _ => {}
        }
        prefixes
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The digits of a number, `0-9`, `A-F`, `*` and `#`: without `+`, spaces and punctuation.
pub fn digits_of(number: &str) -> String {
    number
        .chars()
        .map(|character| character.to_ascii_uppercase())
        .filter(|character| matches!(character, '0'..='9' | 'A'..='F' | '*' | '#'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_longest_prefix_wins() {
        let table = Prefixes::read(Some(&json!({"64": "nz", "649": "akl", "6490": 7, "": null})));
        assert_eq!(table.len(), 3);
        assert_eq!(table.find("+64 9 555").map(String::as_str), Some("akl"));
        assert_eq!(table.find("649055").map(String::as_str), Some("7"));
        assert_eq!(table.find("6445").map(String::as_str), Some("nz"));
        assert_eq!((table.find("61"), table.find("6")), (None, None));
        let list =
            Prefixes::read(Some(&json!([{"prefix": "1", "value": "a"}, {"prefix": "1", "value": "b"}, 5])));
        assert_eq!(list.find("12").map(String::as_str), Some("a"));
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_search(rows in prop::collection::vec("[0-2]{0,4}", 0..12), number in "[0-2]{0,6}") {
            let mut prefixes = Prefixes::default();
            for row in &rows {
                prefixes.insert(row, row.clone());
            }
            let plain = rows.iter().filter(|row| number.starts_with(row.as_str())).max_by_key(|row| row.len());
            prop_assert_eq!(prefixes.find(&number), plain);
        }
    }
}
