//! One regular expression of a callflow's `patterns`, with what is known of it before it is run: which prefixes and
//! lengths it can match. That knowledge lets an account hold many thousands of patterns and run only a few per call.

use std::sync::OnceLock;

use indexmap::IndexMap;
use regex::bytes::Regex;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Hir, Look};

use super::{MAX_REGEX_BYTES, bad_regex, compile};
use crate::issue::Issue;

/// What a pattern took from a number (reference section 1.5, point 4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The candidate text: the whole match of a pattern without groups, else the longest group, the first of equals.
    /// A group that took no part counts as empty.
    pub text: String,
    /// The named groups that are not empty, in the pattern's order.
    pub groups: IndexMap<String, String>,
}

/// A checked pattern. Compiled the first time it is run.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
    prefixes: Vec<Vec<u8>>,
    shortest: usize,
    longest: usize,
}

impl Pattern {
    /// Checks a pattern's text. The issues are `NP1001` (no regular expression), `NP1002` (too large) and `NP1003`
    /// (syntax that cannot run in linear time), at `pointer`.
    pub fn new(text: &str, pointer: &str) -> Result<Pattern, Box<Issue>> {
        let compiled = OnceLock::new();
        // Only counted repetitions, flags and long texts can grow beyond the size limit; those are tried at once.
        if text.len() > 100 || text.contains('{') || text.contains("(?") {
            let regex = compile(text, pointer)?;
            let _ = compiled.set(Some(regex));
        }
        debug_assert!(text.len() <= MAX_REGEX_BYTES);
        let tree = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .nest_limit(50)
            .build()
            .parse(text)
            .map_err(|error| Box::new(bad_regex(text, pointer, &error.to_string())))?;
        let (shortest, longest) = lengths(&tree);
        Ok(Pattern { text: text.to_owned(), compiled, prefixes: prefixes(&tree), shortest, longest })
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What every number it matches begins with: one of these. One empty prefix when nothing is known.
    pub fn prefixes(&self) -> &[Vec<u8>] {
        &self.prefixes
    }

    /// All texts it matches, when that is a short list: the pattern is anchored and has no repetition to speak of.
    pub fn texts(&self) -> Option<&[Vec<u8>]> {
        let is_whole = self.prefixes.iter().all(|prefix| prefix.len() == self.longest);
        (is_whole && self.shortest == self.longest).then_some(&self.prefixes[..])
    }

    /// Whether it matches, without saying what it takes.
    pub fn is_match(&self, number: &str) -> bool {
        self.fits(number) && self.regex().is_some_and(|regex| regex.is_match(number.as_bytes()))
    }

    /// Matches a number.
    pub fn capture(&self, number: &str) -> Option<Captured> {
        if !self.fits(number) {
            return None;
        }
        let regex = self.regex()?;
        let found = regex.captures(number.as_bytes())?;
        let group = |index: usize| found.get(index).map_or(&b""[..], |taken| taken.as_bytes());
        let mut longest = if regex.captures_len() > 1 { group(1) } else { group(0) };
        for index in 2..regex.captures_len() {
            if group(index).len() > longest.len() {
                longest = group(index);
            }
        }
        let mut groups = IndexMap::new();
        for (index, name) in regex.capture_names().enumerate() {
            if let Some(name) = name
                && !group(index).is_empty()
            {
                groups.insert(name.to_owned(), text_of(group(index)));
            }
        }
        Some(Captured { text: text_of(longest), groups })
    }

    fn fits(&self, number: &str) -> bool {
        (self.shortest..=self.longest).contains(&number.len())
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.text, "").ok()).as_ref()
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The shortest and longest number that can match, in bytes.
fn lengths(tree: &Hir) -> (usize, usize) {
    let properties = tree.properties();
    let Some(shortest) = properties.minimum_len() else { return (usize::MAX, 0) };
    let anchored = properties.look_set_prefix().contains(Look::Start)
        && properties.look_set_suffix().contains(Look::End);
    let longest = if anchored { properties.maximum_len().unwrap_or(usize::MAX) } else { usize::MAX };
    (shortest, longest)
}

/// The texts one of which every match begins with; a single empty one when that cannot be said.
fn prefixes(tree: &Hir) -> Vec<Vec<u8>> {
    let anything = vec![Vec::new()];
    if !tree.properties().look_set_prefix().contains(Look::Start) {
        return anything;
    }
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(10).limit_total(50).limit_literal_len(32);
    let sequence = extractor.extract(tree);
    let Some(literals) = sequence.literals() else { return anything };
    let mut found: Vec<Vec<u8>> = literals.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    found.sort();
    // What extends an earlier prefix says nothing more; sorted, it stands right after it.
    found.dedup_by(|longer, prefix| longer.starts_with(prefix));
    if found.is_empty() || found.iter().any(Vec::is_empty) { anything } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn captured(pattern: &str, number: &str) -> Option<String> {
        Pattern::new(pattern, "").unwrap().capture(number).map(|captured| captured.text)
    }

    #[test]
    fn the_candidate_text_follows_the_rules() {
        let table = [
            // Without groups: the whole match, searched anywhere.
            (r"^\*5[0-9]$", "*56", Some("*56")),
            ("[0-9]{3}$", "+15551234", Some("234")),
            // With groups: the longest, the first of equals.
            (r"^\*5([0-9]*)$", "*56", Some("6")),
            (r"^(\d)(\d\d)$", "123", Some("23")),
            (r"^(\d\d)(\d\d)$", "1234", Some("12")),
            // A group that took no part is empty (repaired: the reference runtime crashes here).
            (r"^\*3([0-9]+)?$", "*3", Some("")),
            (r"^(?:1(2)|3(4))$", "34", Some("4")),
            (r"^\*5$", "*56", None),
            (r"^\+?1?(\d{10})$", "+14155550100", Some("4155550100")),
        ];
        for (pattern, number, text) in table {
            assert_eq!(captured(pattern, number).as_deref(), text, "{pattern} on {number}");
        }
    }

    #[test]
    fn named_groups_are_kept_unless_empty() {
        let pattern = Pattern::new(r"^\*(?<code>\d\d)(?P<rest>\d*)(?<none>x)?$", "").unwrap();
        let captured = pattern.capture("*971").unwrap();
        let groups: Vec<_> =
            captured.groups.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(groups, [("code", "97"), ("rest", "1")]);
        assert_eq!(pattern.capture("*97").unwrap().groups.len(), 1);
    }

    #[test]
    fn what_cannot_run_is_told() {
        let table = [
            (r"^+97$|[", "NP1001"),
            ("(", "NP1001"),
            (r"^(?!911)\d+$", "NP1003"),
            (r"^(\d)\1$", "NP1003"),
            (r"^(?>a)b$", "NP1003"),
            (r"^(\d{1,500}){1,500}$", "NP1002"),
        ];
        for (pattern, code) in table {
            assert_eq!(Pattern::new(pattern, "/patterns/0").unwrap_err().code, code, "{pattern}");
        }
        assert_eq!(Pattern::new(&"1".repeat(MAX_REGEX_BYTES + 1), "").unwrap_err().code, "NP1002");
    }

    #[test]
    fn prefixes_and_lengths_are_found() {
        let pattern = Pattern::new(r"^\*97([0-9]*)$", "").unwrap();
        assert_eq!(pattern.prefixes(), [b"*97".to_vec()]);
        assert_eq!((pattern.shortest, pattern.longest), (3, usize::MAX));
        let pattern = Pattern::new(r"^(\+?1)?[2-4]\d{3}$", "").unwrap();
        assert!(pattern.prefixes().iter().all(|prefix| !prefix.is_empty()), "{:?}", pattern.prefixes());
        assert_eq!((pattern.shortest, pattern.longest), (4, 6));
        assert_eq!(pattern.texts(), None);
        assert_eq!(Pattern::new(r"\d{3}$", "").unwrap().prefixes(), [Vec::<u8>::new()]);
        let pattern = Pattern::new("^10(0|1)$", "").unwrap();
        assert_eq!(pattern.texts(), Some(&[b"100".to_vec(), b"101".to_vec()][..]));
    }

    proptest! {
        /// The knowledge used to pass over patterns never contradicts the regular expression itself.
        #[test]
        fn nothing_that_matches_is_passed_over(
            pattern in r"\^?(\\\*|\\\+1|[0-9]|\[2-9\]|\(\\d\*\)|\(1\|22\)|[0-9]\?|\\d\{2\}){0,5}\$?",
            number in r"[*+]?[0-9]{0,8}",
        ) {
            let plain = compile(&pattern, "").unwrap();
            let checked = Pattern::new(&pattern, "").unwrap();
            let is_match = plain.is_match(number.as_bytes());
            prop_assert_eq!(checked.capture(&number).is_some(), is_match);
            if is_match {
                prop_assert!(checked.prefixes().iter().any(|prefix| number.as_bytes().starts_with(prefix)));
            }
        }
    }
}
