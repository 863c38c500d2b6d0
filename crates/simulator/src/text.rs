//! Small texts: durations as people write them, `*` patterns, and the nearest known word for a suggestion.
//!
//! Not here: reading a scenario (`scenario`), rendering a trace (`trace`).

use std::time::Duration;

/// Reads a duration with units: `250ms`, `3s`, `1m30s`, `1.5s`, `2h`. `None` for anything else, a bare number
/// included. At most 10 years.
pub fn parse_duration(text: &str) -> Option<Duration> {
    const MAX_MS: f64 = 10.0 * 366.0 * 86_400_000.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total_ms = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let unit_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit_ms = match rest.get(..unit_end)? {
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            _ => return None,
        };
        total_ms += number * unit_ms;
        rest = rest.get(unit_end..)?;
    }
    (total_ms <= MAX_MS).then(|| Duration::from_millis(total_ms.round() as u64))
}

/// Writes a duration as [`parse_duration`] reads it: `1m30s`, `250ms`.
pub fn duration(value: Duration) -> String {
    let ms = value.as_millis();
    let (hours, minutes, seconds, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    let mut out = String::new();
    for (count, unit) in [(hours, "h"), (minutes, "m"), (seconds, "s"), (ms, "ms")] {
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// `text` is what `pattern` says, `*` in it standing for any text, also none. Linear in the text for each `*`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// `text` contains what `pattern` says, `*` standing for any text.
pub fn contains(pattern: &str, text: &str) -> bool {
    matches(&format!("*{pattern}*"), text)
}

/// The known word nearest to a misspelt one, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (edit_distance(word, candidate), *candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(word.len()) / 3)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance over characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let cost = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = cost.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_units() {
        assert_eq!(parse_duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "3", "3 s", "s", "-1s", "1d", "1..5s", "99999999h"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["0s", "1m30s", "250ms", "2h", "1h1m1s1ms"] {
            assert_eq!(duration(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        assert!(matches("sip:+1555*@carrier*", "sip:+15551234@carrier.example"));
        assert!(matches("*", ""));
        assert!(matches("a*a", "aa"));
        assert!(!matches("a*a", "a"));
        assert!(!matches("abc", "abcd"));
        assert!(contains("menu", "prompt menu-no_prompt"));
        assert!(!contains("menu*person", "prompt menu-no_prompt"));
    }

    #[test]
    fn suggestions_are_near() {
        assert_eq!(nearest("answr_after", &["answer_after", "reject"]), Some("answer_after"));
        assert_eq!(nearest("zebra", &["answer_after", "reject"]), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
