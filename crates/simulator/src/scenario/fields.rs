//! Reads mappings of a scenario document by hand: every fault found is told with its place, unknown keys get a
//! suggestion.
//!
//! Not here: what the keys mean (`read`, `parties`, `expectations`).

use std::time::Duration;

use flow::issue::Issue;
use serde_json::{Map, Value};

use crate::text;

/// Codes of the issues of scenario documents.
pub mod codes {
    /// Not a YAML document.
    pub const NOT_YAML: &str = "SN1001";
    /// A key nobody knows.
    pub const UNKNOWN_KEY: &str = "SN1002";
    /// A value of the wrong kind.
    pub const WRONG_KIND: &str = "SN1003";
    /// A required key is missing.
    pub const MISSING: &str = "SN1004";
    /// A duration without a unit, or something else that is none.
    pub const DURATION: &str = "SN1005";
    /// A word that is none of those possible.
    pub const WORD: &str = "SN1006";
    /// Keys that exclude each other, or a value out of its bounds.
    pub const CONTRADICTION: &str = "SN1007";
}

/// Issues found so far.
#[derive(Debug, Default)]
pub(super) struct Finder {
    pub(super) issues: Vec<Issue>,
}

impl Finder {
    pub(super) fn wrong_kind(&mut self, pointer: &str, expected: &str, got: &Value) {
        let got = match got {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Number(value) => format!("the number `{value}`"),
            Value::String(value) => format!("the text `{value}`"),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a mapping".to_owned(),
        };
        let issue = Issue::error(codes::WRONG_KIND, pointer, format!("expected {expected}, got {got}"));
        let quoted = expected.contains("text") && got.starts_with("the number");
        self.issues.push(if quoted {
            issue.with_help(
                "put telephone numbers and digits in quotes, YAML drops a leading + or 0 otherwise",
            )
        } else {
            issue
        });
    }

    pub(super) fn wrong_word(&mut self, pointer: &str, word: &str, known: &[&str]) {
        let help = match text::nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("possible: {}", known.join(", ")),
        };
        self.issues
            .push(Issue::error(codes::WORD, pointer, format!("`{word}` is not known here")).with_help(help));
    }

    pub(super) fn contradiction(&mut self, pointer: &str, message: impl Into<String>) {
        self.issues.push(Issue::error(codes::CONTRADICTION, pointer, message));
    }

    pub(super) fn text(&mut self, value: &Value, pointer: &str) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            other => {
                self.wrong_kind(pointer, "a text", other);
                None
            }
        }
    }

    pub(super) fn duration(&mut self, value: &Value, pointer: &str) -> Option<Duration> {
        let found = value.as_str().and_then(text::parse_duration);
        if found.is_none() {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.issues.push(
                Issue::error(codes::DURATION, pointer, format!("`{shown}` is not a duration"))
                    .with_help("write it with a unit: 250ms, 3s, 1m30s"),
            );
        }
        found
    }

    /// Lists each element of a list with its pointer; one value alone is a list of one.
    pub(super) fn elements(value: &Value, pointer: &str) -> Vec<(Value, String)> {
        match value {
            Value::Array(list) => {
                list.iter().enumerate().map(|(at, one)| (one.clone(), format!("{pointer}/{at}"))).collect()
            }
            one => vec![(one.clone(), pointer.to_owned())],
        }
    }

    /// A list of texts; one text alone is a list of one.
    pub(super) fn texts(&mut self, value: &Value, pointer: &str) -> Vec<String> {
        Finder::elements(value, pointer).iter().filter_map(|(one, at)| self.text(one, at)).collect()
    }

    /// The members of a mapping whose keys are names; nothing and an issue for something else.
    pub(super) fn named(&mut self, value: &Value, pointer: &str) -> Vec<(String, Value, String)> {
        match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.clone(), join(pointer, name)))
                .collect(),
            other => {
                self.wrong_kind(pointer, "a mapping", other);
                Vec::new()
            }
        }
    }
}

/// The pointer of a member (RFC 6901).
pub(super) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A mapping whose keys are known. Take its members, then [`Fields::finish`].
pub(super) struct Fields<'a> {
    pub(super) find: &'a mut Finder,
    pub(super) pointer: String,
    members: Map<String, Value>,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The members of a mapping; an issue and no members when it is none.
    pub(super) fn of(find: &'a mut Finder, value: &Value, pointer: &str) -> Fields<'a> {
        let members = match value {
            Value::Object(members) => members.clone(),
            other => {
                find.wrong_kind(pointer, "a mapping", other);
                Map::new()
            }
        };
        Fields { find, pointer: pointer.to_owned(), members, asked: Vec::new() }
    }

    /// The pointer of a member.
    pub(super) fn at(&self, key: &str) -> String {
        join(&self.pointer, key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// Takes a member; `null` counts as absent.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value> {
        self.take_any(key).filter(|value| !value.is_null())
    }

    /// Takes a member, also `null`.
    pub(super) fn take_any(&mut self, key: &'static str) -> Option<Value> {
        self.asked.push(key);
        self.members.shift_remove(key)
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.take(key)?;
        let at = self.at(key);
        self.find.text(&value, &at)
    }

    pub(super) fn required_text(&mut self, key: &'static str) -> String {
        if !self.has(key) {
            self.missing(key);
        }
        self.text(key).unwrap_or_default()
    }

    pub(super) fn missing(&mut self, key: &str) {
        self.find.issues.push(Issue::error(
            codes::MISSING,
            self.pointer.clone(),
            format!("`{key}` is missing"),
        ));
    }

    pub(super) fn truth(&mut self, key: &'static str) -> Option<bool> {
        let value = self.take(key)?;
        if value.as_bool().is_none() {
            let at = self.at(key);
            self.find.wrong_kind(&at, "true or false", &value);
        }
        value.as_bool()
    }

    pub(super) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let value = self.take(key)?;
        let at = self.at(key);
        self.find.duration(&value, &at)
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, key: &'static str, from: u64, to: u64) -> Option<u64> {
        let value = self.take(key)?;
        let found = value.as_u64().filter(|number| (from..=to).contains(number));
        if found.is_none() {
            let at = self.at(key);
            self.find.wrong_kind(&at, &format!("a whole number from {from} to {to}"), &value);
        }
        found
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let at = self.at(key);
        self.find.texts(&value, &at)
    }

    /// Members of a mapping with free names.
    pub(super) fn named(&mut self, key: &'static str) -> Vec<(String, Value, String)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let at = self.at(key);
        self.find.named(&value, &at)
    }

    /// Elements of a list, each with its pointer.
    pub(super) fn list(&mut self, key: &'static str) -> Vec<(Value, String)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        Finder::elements(&value, &self.at(key))
    }

    /// Tells of keys that nobody took.
    pub(super) fn finish(self) {
        for key in self.members.keys() {
            let help = match text::nearest(key, &self.asked) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", self.asked.join(", ")),
            };
            let at = join(&self.pointer, key);
            let message = format!("the key `{key}` is not known here");
            self.find.issues.push(Issue::error(codes::UNKNOWN_KEY, at, message).with_help(help));
        }
    }
}
