//! Numbers: patterns, lookup, dial plans, converters and classifiers.
//!
//! The first line of the input is the dialled number; every other line is a pattern. The quick ways (prefixes, lengths,
//! the account's index) must give what the plain regular expressions give. Not for: documents (`kazoo_document`).

use flow::account::{AccountIndex, Document};
use flow::numbers::{
    Classifiers, DialPlan, MAX_REGEX_BYTES, MAX_REGEX_COMPILED_BYTES, Pattern, Rewrites, is_reconcilable,
    sip_user,
};
use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Map, Value, json};

/// More patterns than this are passed over.
const MAX_PATTERNS: usize = 6;

/// Looking numbers up agrees with running every pattern; nothing panics.
pub fn run(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let mut lines = text.split('\n');
    let number = lines.next().unwrap_or_default();
    let patterns: Vec<&str> = lines.take(MAX_PATTERNS).collect();
    let matches: Vec<bool> = patterns.iter().map(|pattern| one_pattern(pattern, number)).collect();
    lookup(&patterns, &matches, number);
    rewriting(&patterns, number);
    let _ = (is_reconcilable(number), sip_user(number));
}

/// The pattern as the reference runtime would run it, without any shortcut.
fn plain(pattern: &str) -> Option<Regex> {
    if pattern.len() > MAX_REGEX_BYTES {
        return None;
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.unicode(false).size_limit(MAX_REGEX_COMPILED_BYTES).nest_limit(50).build().ok()
}

/// Whether the pattern runs and matches.
fn one_pattern(text: &str, number: &str) -> bool {
    let (pattern, regex) = match (Pattern::new(text, "/patterns/0"), plain(text)) {
        (Ok(pattern), Some(regex)) => (pattern, regex),
        (Ok(_), None) => panic!("{text:?} is accepted but does not compile"),
        (Err(issue), Some(_)) => panic!("{text:?} compiles but is refused: {issue}"),
        (Err(_), None) => return false,
    };
    let matches = regex.is_match(number.as_bytes());
    assert_eq!(pattern.is_match(number), matches, "{text:?} on {number:?}");
    let captured = pattern.capture(number);
    assert_eq!(captured.is_some(), matches, "{text:?} on {number:?}");
    if matches {
        let octets = number.as_bytes();
        assert!(pattern.prefixes().iter().any(|prefix| octets.starts_with(prefix)), "{text:?} on {number:?}");
    }
    matches
}

fn callflow(id: usize, patterns: &[&str]) -> Document {
    Document {
        id: format!("callflow{id}"),
        kind: "callflow".to_owned(),
        version: 1,
        revision: "1-a".to_owned(),
        body: json!({"patterns": patterns, "numbers": ["no_match", "100"], "flow": {}}),
    }
}

fn lookup(patterns: &[&str], matches: &[bool], number: &str) {
    let account = Document { id: "account".to_owned(), kind: "account".to_owned(), ..Document::default() };
    let halves = patterns.split_at(patterns.len() / 2);
    let documents = [callflow(0, halves.0), callflow(1, halves.1)];
    let (index, _) = AccountIndex::build(account.clone(), documents.clone());
    let (empty, _) = AccountIndex::build(account, []);
    let grown = documents.iter().cloned().fold(empty.clone(), |index, document| index.with(document));
    let mut found = index.patterns_matching(number);
    found.sort();
    let half = halves.0.len();
    let places =
        (0..patterns.len()).map(|at| if at < half { ("callflow0", at) } else { ("callflow1", at - half) });
    let matching = places.zip(matches).filter(|(_, matches)| **matches);
    let expected: Vec<_> = matching.map(|((id, at), _)| (id.to_owned(), at)).collect();
    assert_eq!(found, expected, "{patterns:?} on {number:?}");
    let best = index.lookup(number);
    assert_eq!(best, grown.lookup(number), "built at once and one by one: {patterns:?} on {number:?}");
    if !expected.is_empty() && !number.is_empty() {
        assert!(best.is_ok(), "{patterns:?} on {number:?}");
    }
    let shrunk = grown.without("callflow0").without("callflow1");
    assert_eq!(shrunk.lookup(number), empty.lookup(number));
}

fn rewriting(patterns: &[&str], number: &str) {
    let mut rules = Map::new();
    let mut classes = Map::new();
    for (at, pattern) in patterns.iter().enumerate() {
        let nested = json!({ *pattern: {"prefix": "0"} });
        let rule = match at % 3 {
            0 => json!({"prefix": number, "suffix": "9"}),
            1 => json!({"regex": pattern, "dialplan": nested}),
            _ => json!({"suffix": pattern}),
        };
        rules.insert((*pattern).to_owned(), rule);
        classes.insert(format!("class{at}"), json!({"regex": pattern, "emergency": at == 0}));
    }
    rules.insert("system".to_owned(), Value::from(vec!["self", "none"]));
    let (plan, _) = DialPlan::read(&rules, "/dial_plan");
    let first = plan.apply_first(number);
    let all = plan.apply_all(number, |name| (name == "self").then_some(&plan));
    assert!(first.len() + all.len() <= 100 * (text_length(patterns) + number.len() + 10), "{number:?}");
    let (converters, _) = Rewrites::read(&rules, "/e164_converters");
    let _ = (converters.apply(number), Rewrites::e164_default().apply(number));
    let (own, _) = Classifiers::read(&classes, "/classifiers");
    let _ = (own.classify(number), Classifiers::default().classify(number));
}

fn text_length(patterns: &[&str]) -> usize {
    patterns.iter().map(|pattern| pattern.len()).sum()
}
