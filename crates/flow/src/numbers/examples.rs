//! Numbers that a pattern matches, found from its own form: witnesses for what is said about patterns.
//!
//! Not here: deciding anything by them (`check`).

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::Pattern;

/// What a telephone can send.
const DIALABLE: &[u8] = b"0123456789*#+";

/// Examples a pattern gives at most, and a part of one.
const EXAMPLES_MAX: usize = 48;

/// Lengths of numbers that people dial: extensions, local, national and international numbers.
const LENGTHS: [usize; 8] = [2, 3, 4, 6, 7, 8, 10, 11];

/// Longest example.
const LENGTH_MAX: usize = 32;

impl Pattern {
    /// Numbers that the pattern matches, of different lengths and with different digits, at most 48; each has been
    /// tried. Empty for a pattern that takes nothing a telephone can send.
    pub fn examples(&self) -> Vec<String> {
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).nest_limit(50).build();
        let Ok(tree) = parser.parse(self.text()) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        grow(&tree)
            .into_iter()
            .filter(|text| !text.is_empty() && text.iter().all(|byte| DIALABLE.contains(byte)))
            .filter_map(|text| String::from_utf8(text).ok())
            .filter(|number| seen.insert(number.clone()) && self.is_match(number))
            .take(EXAMPLES_MAX)
            .collect()
    }
}

/// Texts that a part of a pattern takes. The depth is bounded by the parser.
fn grow(part: &Hir) -> Vec<Vec<u8>> {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.to_vec()],
        HirKind::Class(class) => spread(class),
        HirKind::Capture(capture) => grow(&capture.sub),
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let most = repetition.max.map_or(LENGTH_MAX, |most| (most as usize).min(LENGTH_MAX));
            let mut counts: Vec<usize> = [least, least + 1, most].into_iter().chain(LENGTHS).collect();
            counts.retain(|count| (least..=most).contains(count));
            counts.sort_unstable();
            counts.dedup();
            let once = grow(&repetition.sub);
            let mut found = Vec::new();
            for count in counts {
                if count == 0 || once.is_empty() {
                    found.extend((count == 0).then(Vec::new));
                    continue;
                }
                // The same each time, and all in turn.
                found.extend(once.iter().take(2).map(|text| text.repeat(count)));
                found.push(once.iter().cycle().take(count).flatten().copied().collect());
            }
            found.retain(|text| text.len() <= LENGTH_MAX);
            found
        }
        HirKind::Concat(parts) => {
            let mut found = vec![Vec::new()];
            for part in parts {
                found = joined(&found, &grow(part));
            }
            found
        }
        HirKind::Alternation(parts) => {
            let share = (EXAMPLES_MAX / parts.len().max(1)).max(1);
            parts.iter().flat_map(|part| grow(part).into_iter().take(share)).take(4 * EXAMPLES_MAX).collect()
        }
    }
}

/// Each of the first with each of the second; when those are too many, each of both at least once.
fn joined(first: &[Vec<u8>], second: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if first.is_empty() || second.is_empty() {
        return Vec::new();
    }
    let all = first.len().saturating_mul(second.len());
    let count = all.min((2 * EXAMPLES_MAX).max(first.len()).max(second.len()));
    let pair = |at: usize| {
        let (left, right) = if count == all {
            (at % first.len(), at / first.len())
        } else {
            (at % first.len(), (at + at / first.len()) % second.len())
        };
        let mut text = first.get(left).cloned().unwrap_or_default();
        text.extend(second.get(right).into_iter().flatten());
        text
    };
    (0..count).map(pair).collect()
}

/// The first, the last and a middle one of the digits that a class takes; letters and signs are not dialled.
fn spread(class: &Class) -> Vec<Vec<u8>> {
    let takes = |byte: u8| match class {
        Class::Bytes(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&byte)),
        Class::Unicode(class) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
    };
    let taken: Vec<u8> = DIALABLE.iter().copied().filter(|byte| takes(*byte)).collect();
    let mut chosen: Vec<u8> = [0, taken.len() / 2, taken.len().saturating_sub(1)]
        .into_iter()
        .filter_map(|at| taken.get(at).copied())
        .collect();
    chosen.dedup();
    chosen.into_iter().map(|byte| vec![byte]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn examples(text: &str) -> Vec<String> {
        Pattern::new(text, "").unwrap().examples()
    }

    #[test]
    fn patterns_show_numbers_of_all_kinds_of_length() {
        assert_eq!(examples("^10(0|1)$"), ["100", "101"]);
        let park = examples(r"^\*3([0-9]*)$");
        assert!(park.contains(&"*3".to_owned()) && park.iter().any(|number| number.len() == 12), "{park:?}");
        let national = examples(r"^\+?1?([2-9]\d{9})$");
        assert!(national.iter().any(|number| number.starts_with("+1") && number.len() == 12), "{national:?}");
        assert!(national.iter().any(|number| number.len() == 10), "{national:?}");
        assert_eq!(examples("^[a-z]+$"), Vec::<String>::new());
        assert_eq!(examples("[1&&2]"), Vec::<String>::new());
        assert!(examples(r"^(\d{1,30}){1,30}$").iter().all(|number| number.len() <= LENGTH_MAX));
    }

    proptest! {
        /// Whatever is said to be an example matches.
        #[test]
        fn examples_match(pattern in r"\^?(\\\*|\\\+1|[0-9]|\[2-9\]|\(\\d\*\)|\(1\|22\)|[0-9]\?|\\d\{2\}){0,6}\$?") {
            let pattern = Pattern::new(&pattern, "").unwrap();
            let examples = pattern.examples();
            prop_assert!(examples.len() <= EXAMPLES_MAX);
            for number in examples {
                prop_assert!(pattern.is_match(&number));
            }
        }
    }
}
