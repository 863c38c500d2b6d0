//! Telephone numbers replaced by others of the same form, so that what belonged together still does.
//!
//! Each digit is replaced depending on the digits to its right alone. So an extension that was the end of a number is the end of the
//! replaced one, and a number is found in its national, international and hyphenated forms as before. 0 stays 0 (trunk and
//! international prefixes keep their meaning), any other digit becomes a different one. Country codes and feature codes (`*55`) stay.
//!
//! Not here: names and ids (`words`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

/// Replaces numbers, by a key that nobody needs to keep.
pub(super) struct Numbers {
    key: [u8; 32],
    country_codes: BTreeSet<String>,
    /// A number stands in many replies.
    known: RefCell<BTreeMap<String, String>>,
}

impl Numbers {
    pub(super) fn new(key: [u8; 32], country_codes: BTreeSet<String>) -> Numbers {
        Numbers { key, country_codes, known: RefCell::default() }
    }

    /// A number in any form, with everything that is no digit left in place.
    pub(super) fn replace(&self, text: &str) -> String {
        let known = self.known.borrow().get(text).cloned();
        known.unwrap_or_else(|| {
            let replaced = self.replace_anew(text);
            self.known.borrow_mut().insert(text.to_owned(), replaced.clone());
            replaced
        })
    }

    fn replace_anew(&self, text: &str) -> String {
        let kept = self.kept(text);
        let (start, rest) = text.split_at(kept);
        let replaced = self.digits(rest.chars().filter(char::is_ascii_digit).collect());
        let mut digits = replaced.chars();
        let rest =
            rest.chars().map(|one| if one.is_ascii_digit() { digits.next().unwrap_or('0') } else { one });
        start.chars().chain(rest).collect()
    }

    /// How many bytes at the start stay: a feature code, or a country code with what is before it.
    fn kept(&self, text: &str) -> usize {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        if text.starts_with(['*', '#']) {
            // Two digits, when more than two follow the sign: *55, *55*2001; a code alone tells of nobody.
            return if digits(&text[1..]) >= 2 { 3 } else { 1 };
        }
        let international = text.strip_prefix('+').or_else(|| text.strip_prefix("00"));
        let Some(rest) = international else { return 0 };
        let before = text.len() - rest.len();
        // BroadWorks writes +CC-NUMBER.
        let code = rest.get(..digits(rest)).unwrap_or_default();
        if code.len() <= 3 && rest[code.len()..].starts_with('-') {
            return before + code.len();
        }
        let known = self.country_codes.iter().find(|code| rest.starts_with(code.as_str()));
        before + known.map_or(0, String::len)
    }

    fn digits(&self, digits: String) -> String {
        let mut replaced: Vec<u8> = Vec::with_capacity(digits.len());
        let bytes = digits.as_bytes();
        for at in (0..bytes.len()).rev() {
            let digit = bytes[at] - b'0';
            replaced
                .push(b'0' + if digit == 0 { 0 } else { (digit - 1 + self.shift(&bytes[at + 1..])) % 9 + 1 });
        }
        replaced.iter().rev().map(|digit| char::from(*digit)).collect()
    }

    /// By how much a digit moves before these: 1 to 8, so that it is never the same.
    fn shift(&self, following: &[u8]) -> u8 {
        let hash = Sha256::new().chain_update(self.key).chain_update(following).finalize();
        hash[0] % 8 + 1
    }
}

/// Whether a text is written like a number: at least one digit, and nothing but what numbers are written with.
pub(super) fn is_like_a_number(text: &str) -> bool {
    let is_usual = |one: char| {
        one.is_ascii_digit() || matches!(one, '+' | '-' | ' ' | '.' | '(' | ')' | '*' | '#' | '/')
    };
    text.chars().all(is_usual) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// The country code of a number as BroadWorks writes it, `+CC-NUMBER`.
pub(super) fn country_code(text: &str) -> Option<String> {
    let (code, rest) = text.strip_prefix('+')?.split_once('-')?;
    let is_code = (1..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    (is_code && rest.starts_with(|one: char| one.is_ascii_digit())).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(key: u8) -> Numbers {
        Numbers::new([key; 32], BTreeSet::from(["44".to_owned()]))
    }

    #[test]
    fn all_forms_of_a_number_stay_together() {
        for key in 0..20 {
            let numbers = numbers(key);
            let hyphenated = numbers.replace("+44-2079460105");
            let significant = hyphenated.strip_prefix("+44-").unwrap();
            assert_ne!(significant, "2079460105");
            assert_eq!(significant.len(), 10);
            assert_eq!(numbers.replace("+442079460105"), format!("+44{significant}"));
            assert_eq!(numbers.replace("00442079460105"), format!("0044{significant}"));
            assert_eq!(numbers.replace("02079460105"), format!("0{significant}"));
            assert_eq!(numbers.replace("2079460105"), significant);
            assert!(significant.ends_with(&numbers.replace("0105")));
            assert!(significant.ends_with(&numbers.replace("105")));
        }
    }

    #[test]
    fn different_numbers_stay_different_and_none_stays_the_same() {
        let numbers = numbers(7);
        let all: BTreeSet<String> =
            (1..2_000).map(|number: u32| numbers.replace(&number.to_string())).collect();
        assert_eq!(all.len(), 1_999);
        assert!((1..2_000).all(|number: u32| numbers.replace(&number.to_string()) != number.to_string()));
    }

    #[test]
    fn the_form_is_kept() {
        let numbers = numbers(3);
        let extension = numbers.replace("2001");
        assert_eq!(numbers.replace("*552001"), format!("*55{extension}"));
        assert_eq!(numbers.replace("*55*2001"), format!("*55*{extension}"));
        assert_eq!(numbers.replace("0"), "0");
        assert_eq!(numbers.replace(""), "");
        let spaced = numbers.replace("(020) 7946-0105");
        assert!(spaced.starts_with("(0") && spaced.contains(") ") && spaced.contains('-'), "{spaced}");
    }
}
