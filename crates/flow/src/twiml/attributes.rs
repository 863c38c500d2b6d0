//! Attributes of a TwiML element, taken one by one. What is wrong with a value is a warning, and the default counts; what
//! nobody takes is warned about too.

use std::time::Duration;

use roxmltree::Node;

use super::read::Reader;
use super::{Method, Next, Repeat, VALUE_MAX_CHARS};

/// The keys of a telephone.
const KEYS: &str = "1234567890*#";

/// The attributes of one element that nobody has taken yet.
pub(super) struct Attributes<'d, 't, 'r, 'i> {
    reader: &'r mut Reader<'i>,
    element: Node<'d, 't>,
    left: Vec<(&'d str, &'d str)>,
}

impl<'d, 't, 'r, 'i> Attributes<'d, 't, 'r, 'i> {
    pub(super) fn of(reader: &'r mut Reader<'i>, element: Node<'d, 't>) -> Self {
        let left = element.attributes().map(|attribute| (attribute.name(), attribute.value())).collect();
        Attributes { reader, element, left }
    }

    /// A text without blanks around it; `None` when it is absent. Names are compared without regard to case.
    pub(super) fn text(&mut self, name: &str) -> Option<&'d str> {
        let place = self.left.iter().position(|(own, _)| own.eq_ignore_ascii_case(name))?;
        let value = self.left.remove(place).1.trim();
        if value.chars().count() > VALUE_MAX_CHARS {
            self.warn(name, &format!("is longer than {VALUE_MAX_CHARS} characters; left out"));
            return None;
        }
        Some(value)
    }

    /// A text that says something.
    pub(super) fn filled(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).map(str::to_ascii_lowercase).as_deref() {
            None => default,
            Some("true" | "yes" | "1") => true,
            Some("false" | "no" | "0" | "") => false,
            Some(_) => {
                self.warn(name, &format!("is neither true nor false; {default} is taken"));
                default
            }
        }
    }

    /// A whole number within bounds; the nearest bound is taken for one outside.
    pub(super) fn number(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        let text = self.text(name)?;
        match text.parse::<i64>() {
            Ok(number) => {
                let taken = number.clamp(i64::from(least), i64::from(most));
                if taken != number {
                    self.warn(name, &format!("is not from {least} to {most}; {taken} is taken"));
                }
                u32::try_from(taken).ok()
            }
            Err(_) => {
                self.warn(name, "is no whole number; the default is taken");
                None
            }
        }
    }

    /// Whole seconds within bounds.
    pub(super) fn seconds(&mut self, name: &str, least: u32, most: u32) -> Option<Duration> {
        self.number(name, least, most).map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// Keys of a telephone; others are left out.
    pub(super) fn keys(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let keys: String = text.chars().filter(|key| KEYS.contains(*key)).collect();
        if keys.len() != text.chars().filter(|letter| !matches!(letter, ' ' | ',')).count() {
            self.warn(name, "names something that is no key of a telephone");
        }
        Some(keys)
    }

    /// `loop`: 0 is endless.
    pub(super) fn repeat(&mut self) -> Repeat {
        match self.number("loop", 0, 1_000) {
            None => Repeat::Times(1),
            Some(0) => Repeat::Endless,
            Some(times) => Repeat::Times(times),
        }
    }

    /// `get`; everything else is `post`.
    pub(super) fn method(&mut self, name: &str) -> Method {
        match self.text(name) {
            Some(method) if method.eq_ignore_ascii_case("get") => Method::Get,
            Some(method) if !method.eq_ignore_ascii_case("post") => {
                self.warn(name, "is neither GET nor POST; POST is taken");
                Method::Post
            }
            _ => Method::Post,
        }
    }

    /// `action` and `method`.
    pub(super) fn next(&mut self) -> Next {
        Next { url: self.filled("action"), method: self.method("method") }
    }

    /// One of these words, or the first of them.
    pub(super) fn word(&mut self, name: &str, known: &'static [&'static str]) -> &'static str {
        let first = known.first().copied().unwrap_or_default();
        let Some(text) = self.text(name) else { return first };
        match known.iter().find(|word| word.eq_ignore_ascii_case(text)) {
            Some(word) => word,
            None => {
                self.warn(name, &format!("is none of {}; {first} is taken", known.join(", ")));
                first
            }
        }
    }

    /// Attributes that mean something elsewhere and nothing here.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            if self.text(name).is_some() {
                self.warn(name, "is not done here");
            }
        }
    }

    /// Warns about what nobody took.
    pub(super) fn finish(mut self) {
        for (name, _) in std::mem::take(&mut self.left) {
            self.warn(name, "is not known; it is ignored");
        }
    }

    pub(super) fn warn(&mut self, name: &str, what: &str) {
        let name: String = name.chars().take(50).collect();
        self.reader.warn(self.element, format!("the attribute `{name}` {what}"));
    }
}
