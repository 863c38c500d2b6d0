//! The number patterns of NumberMatching and of the dialling operations.
//!
//! | written | matches |
//! |---|---|
//! | `0`-`9` `*` `#` `A`-`F` | itself |
//! | `?` | any one of these |
//! | `[123]` `[A-F]` `[^4-6]` | one of a set, or one that is not in it |
//! | `(...)` | a group |
//! | `%` | what stands before it, any number of times, also none |
//! | `<3:5>` | what stands before it, 3 to 5 times |
//! | `^` at the front, `$` at the end | the beginning and the end of the number |
//!
//! Without `^` and `$` a pattern is meant for the whole number; `^021` is for all that begin with 021, `1140$` for all
//! that end with it. Matching takes time in proportion to the number's length, whatever the pattern.

use regex::{Regex, RegexBuilder};
use thiserror::Error;

/// Longest pattern, in characters.
pub const MAX_LENGTH: usize = 256;

/// Most repetitions that `<m:n>` may ask for.
pub const MAX_REPEAT: u32 = 64;

/// Largest compiled pattern, in bytes.
const MAX_COMPILED: usize = 1 << 19;

/// Deepest groups within groups.
const MAX_DEPTH: usize = 16;

/// A pattern, ready to match.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    compiled: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

/// What is wrong with a pattern; made to follow its text in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    /// No characters.
    #[error("is empty")]
    Empty,
    /// Longer than [`MAX_LENGTH`], deeper than 16 groups, or too large when compiled.
    #[error("is too large")]
    TooLarge,
    /// A character that no number has.
    #[error("has a character `{0}` that no number has")]
    Character(char),
    /// A repetition with nothing before it.
    #[error("has nothing before a repetition")]
    NothingToRepeat,
    /// A set, group or repetition without an end, or an end without a beginning.
    #[error("has a `{0}` without its other half")]
    Unbalanced(char),
    /// `<m:n>` that is none.
    #[error("has a repetition that is not <least:most>, at most 64")]
    Repeat,
    /// An empty set, or a range that runs backwards.
    #[error("has a set that is empty or runs backwards")]
    Set,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The first fault of the text.
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        let expression = Translation::of(text)?;
        let compiled = RegexBuilder::new(&expression)
            .unicode(false)
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build()
            .map_err(|_| PatternError::TooLarge)?;
        Ok(Pattern { text: text.to_owned(), compiled })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches a number. Letters match whatever their case.
    pub fn matches(&self, number: &str) -> bool {
        self.compiled.is_match(&number.to_ascii_uppercase())
    }
}

const ANY: &str = "[0-9*#A-F]";

fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '*' | '#' | 'A'..='F')
}

/// A pattern on its way to a regular expression.
struct Translation<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    depth: usize,
    /// Something stands before that can be repeated.
    repeatable: bool,
}

impl Translation<'_> {
    fn of(text: &str) -> Result<String, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(PatternError::TooLarge);
        }
        let text = text.to_ascii_uppercase();
        let (from_start, text) = text.strip_prefix('^').map_or((false, &*text), |rest| (true, rest));
        let (to_end, text) = text.strip_suffix('$').map_or((false, text), |rest| (true, rest));
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        let whole = !from_start && !to_end;
        let mut translation = Translation {
            rest: text.chars().peekable(),
            out: String::from(if from_start || whole { r"\A(?:" } else { "(?:" }),
            depth: 0,
            repeatable: false,
        };
        while let Some(character) = translation.rest.next() {
            translation.take(character)?;
        }
        if translation.depth > 0 {
            return Err(PatternError::Unbalanced('('));
        }
        translation.out.push_str(if to_end || whole { r")\z" } else { ")" });
        Ok(translation.out)
    }

    fn take(&mut self, character: char) -> Result<(), PatternError> {
        match character {
            '?' => self.atom(ANY),
            '[' => self.set()?,
            '(' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(PatternError::TooLarge);
                }
                self.out.push_str("(?:");
                self.repeatable = false;
            }
            ')' => {
                self.depth = self.depth.checked_sub(1).ok_or(PatternError::Unbalanced(')'))?;
                self.out.push(')');
                self.repeatable = true;
            }
            '%' => self.repeat("*")?,
            '<' => {
                let suffix = self.bounds()?;
                self.repeat(&suffix)?;
            }
            ']' | '>' => return Err(PatternError::Unbalanced(character)),
            '*' => self.atom(r"\*"),
            '#' => self.atom(r"\x23"),
            other if is_digit(other) => self.atom(other.encode_utf8(&mut [0; 4])),
            other => return Err(PatternError::Character(other)),
        }
        Ok(())
    }

    fn atom(&mut self, expression: &str) {
        self.out.push_str(expression);
        self.repeatable = true;
    }

    /// A repetition closes what it repeats in a group, so that one more may follow.
    fn repeat(&mut self, suffix: &str) -> Result<(), PatternError> {
        if !self.repeatable {
            return Err(PatternError::NothingToRepeat);
        }
        self.out.push_str(suffix);
        // A repetition of a repetition would mean something else to the matcher (`*?` is "as few as possible").
        self.repeatable = false;
        Ok(())
    }

    fn bounds(&mut self) -> Result<String, PatternError> {
        let mut inner = String::new();
        loop {
            match self.rest.next() {
                None => return Err(PatternError::Unbalanced('<')),
                Some('>') => break,
                Some(character) => inner.push(character),
            }
        }
        let (least, most) = inner.split_once(':').unwrap_or((&inner, &inner));
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| PatternError::Repeat);
        let (least, most) = (number(least)?, number(most)?);
        if least > most || most > MAX_REPEAT {
            return Err(PatternError::Repeat);
        }
        Ok(format!("{{{least},{most}}}"))
    }

    /// A set, written out character by character: neither `-` nor `^` has a meaning to the matcher then.
    fn set(&mut self) -> Result<(), PatternError> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut members: Vec<char> = Vec::new();
        loop {
            let first = match self.rest.next() {
                None => return Err(PatternError::Unbalanced('[')),
                Some(']') => break,
                Some(character) => character,
            };
            if !is_digit(first) {
                return Err(PatternError::Character(first));
            }
            if self.rest.next_if_eq(&'-').is_none() {
                members.push(first);
                continue;
            }
            let last = self.rest.next().ok_or(PatternError::Unbalanced('['))?;
            if !is_digit(last) {
                return Err(PatternError::Character(last));
            }
            let range = DIGITS.chars().skip_while(|one| *one != first);
            let before = members.len();
            for one in range {
                members.push(one);
                if one == last {
                    break;
                }
            }
            if members.last() != Some(&last) || members.len() == before {
                return Err(PatternError::Set);
            }
        }
        let chosen: Vec<char> = DIGITS.chars().filter(|one| members.contains(one) != negated).collect();
        if members.is_empty() || chosen.is_empty() {
            return Err(PatternError::Set);
        }
        self.out.push('[');
        for one in chosen {
            match one {
                '#' => self.out.push_str(r"\x23"),
                '*' => self.out.push_str(r"\*"),
                other => self.out.push(other),
            }
        }
        self.out.push(']');
        self.repeatable = true;
        Ok(())
    }
}

/// All characters of numbers, in the order of ranges.
const DIGITS: &str = "0123456789ABCDEF*#";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_the_table_says() {
        let table: [(&str, &[&str], &[&str]); 14] = [
            ("021", &["021"], &["0210", "1021", ""]),
            ("02?", &["020", "02*", "02A"], &["02", "0200"]),
            ("[123]0", &["10", "30"], &["40"]),
            ("[A-F]1", &["A1", "f1"], &["01"]),
            ("[^123]", &["0", "#", "A"], &["1", "3"]),
            ("[2-4]", &["2", "3", "4"], &["1", "5"]),
            ("(12)%3", &["3", "123", "12123"], &["13", "12"]),
            ("6?%", &["6", "6421"], &["5", ""]),
            ("5<3:5>", &["555", "55555"], &["55", "555555"]),
            ("?<4>", &["1234"], &["123", "12345"]),
            ("^021", &["021", "0215551234"], &["1021"]),
            ("63581140$", &["63581140", "6463581140"], &["635811401"]),
            ("^02[17]$", &["021", "027"], &["0211", "022"]),
            ("*9(8)#", &["*98#"], &["98"]),
        ];
        for (pattern, yes, no) in table {
            let compiled = Pattern::new(pattern).unwrap();
            for number in yes {
                assert!(compiled.matches(number), "{pattern} should match {number}");
            }
            for number in no {
                assert!(!compiled.matches(number), "{pattern} should not match {number}");
            }
        }
    }

    #[test]
    fn faults_are_told() {
        let table = [
            ("", PatternError::Empty),
            ("^", PatternError::Empty),
            ("12x", PatternError::Character('X')),
            ("%1", PatternError::NothingToRepeat),
            ("1%%", PatternError::NothingToRepeat),
            ("(%)", PatternError::NothingToRepeat),
            ("(12", PatternError::Unbalanced('(')),
            ("12)", PatternError::Unbalanced(')')),
            ("[12", PatternError::Unbalanced('[')),
            ("12]", PatternError::Unbalanced(']')),
            ("1<3", PatternError::Unbalanced('<')),
            ("1<a:b>", PatternError::Repeat),
            ("1<5:3>", PatternError::Repeat),
            ("1<1:65>", PatternError::Repeat),
            ("[]", PatternError::Set),
            ("[5-2]", PatternError::Set),
            ("(((?<64>)<64>)<64>)<64>", PatternError::TooLarge),
        ];
        for (pattern, fault) in table {
            assert_eq!(Pattern::new(pattern), Err(fault), "{pattern}");
        }
        assert_eq!(Pattern::new(&"1".repeat(257)), Err(PatternError::TooLarge));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[0-9A-F*#?%<>:()\\[\\]^$-]{0,40}", number in "[0-9*#A-F]{0,20}") {
            if let Ok(pattern) = Pattern::new(&text) {
                pattern.matches(&number);
            }
        }

        #[test]
        fn digits_match_themselves_only(number in "[0-9*#A-F]{1,20}", other in "[0-9*#A-F]{0,20}") {
            let pattern = Pattern::new(&number).unwrap();
            prop_assert!(pattern.matches(&number));
            prop_assert_eq!(pattern.matches(&other), number == other);
        }
    }
}
