//! Reads the `config` of an operation member by member, keeping all faults: one reader gives the typed value for the
//! engine and the sentences for the author.
//!
//! Numbers are taken as numbers or as digits in quotes, `null` counts as absent. A value that cannot be used is told and
//! replaced by its default.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::config::{Announcement, Buffer};
use super::pattern::Pattern;
use crate::graph::Object;
use crate::pointer;

/// Most elements of one list of a configuration.
pub const MAX_ELEMENTS: usize = 1_000;

/// Longest text of a configuration, in characters.
pub const MAX_TEXT: usize = 500;

/// A fault of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// Stable code.
    pub code: &'static str,
    /// Pointer from the configuration: `/destinations/0/address`.
    pub pointer: String,
    /// One sentence with a full stop.
    pub sentence: String,
}

/// The members of a configuration, or of an element of one of its lists.
#[derive(Debug)]
pub struct Fields<'a> {
    members: &'a Object,
    /// How many exits the operation has.
    exits: usize,
    pointer: String,
    /// What sentences end with: ` at position 1`.
    place: String,
    faults: Vec<ConfigFault>,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The members of a whole configuration of an operation with so many exits.
    pub fn new(members: &'a Object, exits: usize) -> Fields<'a> {
        Fields {
            members,
            exits,
            pointer: String::new(),
            place: String::new(),
            faults: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// The faults so far.
    pub fn into_faults(self) -> Vec<ConfigFault> {
        self.faults
    }

    /// The members asked for so far.
    pub fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    /// Adds a fault of a member; the sentence is given without its end.
    pub fn fault(&mut self, code: &'static str, member: &str, sentence: impl AsRef<str>) {
        let pointer =
            if member.is_empty() { self.pointer.clone() } else { pointer::join(&self.pointer, member) };
        let sentence = format!("{}{}.", sentence.as_ref(), self.place);
        self.faults.push(ConfigFault { code, pointer, sentence });
    }

    /// A member that is there and not null.
    pub fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A text; digits without quotes are one too. Empty text is absent.
    pub fn opt_text(&mut self, name: &'static str, what: &str) -> Option<String> {
        let text = match self.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                self.fault("NF2002", name, format!("The {what} is not a text"));
                return None;
            }
        };
        if text.chars().count() > MAX_TEXT {
            self.fault("NF2002", name, format!("The {what} is longer than {MAX_TEXT} characters"));
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &'static str, what: &str) -> String {
        let before = self.faults.len();
        let found = self.opt_text(name, what);
        if found.is_none() && self.faults.len() == before {
            self.fault("NF2001", name, format!("No {what} defined"));
        }
        found.unwrap_or_default()
    }

    /// Digits of an address, `0-9` and `A-F`; empty when absent.
    pub fn digits(&mut self, name: &'static str, what: &str) -> String {
        let text = self.opt_text(name, what).unwrap_or_default().to_ascii_uppercase();
        if text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)) {
            return text;
        }
        self.fault("NF2004", name, format!("The {what} may only have the digits 0-9 and A-F"));
        String::new()
    }

    /// As [`Fields::digits`], with at least one digit.
    pub fn some_digits(&mut self, name: &'static str, what: &str) -> String {
        let before = self.faults.len();
        let digits = self.digits(name, what);
        if digits.is_empty() && self.faults.len() == before {
            self.fault("NF2001", name, format!("No {what} defined"));
        }
        digits
    }

    /// A whole number within bounds; `None` when absent or wrong.
    pub fn opt_number(&mut self, name: &'static str, what: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.get(name)?;
        let number = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Bool(truth) => Some(i64::from(*truth)),
            _ => None,
        };
        let found = number.filter(|number| range.contains(number));
        if found.is_none() {
            let (from, to) = (range.start(), range.end());
            let bounds = match (*from, *to) {
                (i64::MIN, i64::MAX) => String::new(),
                (from, i64::MAX) => format!(" of {from} or more"),
                _ => format!(" from {from} to {to}"),
            };
            self.fault("NF2002", name, format!("The {what} is not a whole number{bounds}"));
        }
        found
    }

    /// A whole number that must be there; the lower bound when it is wrong.
    pub fn number(&mut self, name: &'static str, what: &str, range: RangeInclusive<i64>) -> i64 {
        let least = *range.start();
        let before = self.faults.len();
        let found = self.opt_number(name, what, range);
        if found.is_none() && self.faults.len() == before {
            self.fault("NF2001", name, format!("No {what} defined"));
        }
        found.unwrap_or(least)
    }

    /// A count within bounds, or its default.
    pub fn count(&mut self, name: &'static str, what: &str, range: RangeInclusive<i64>, default: u32) -> u32 {
        self.opt_number(name, what, range).and_then(|found| u32::try_from(found).ok()).unwrap_or(default)
    }

    /// The index of an exit that the operation has; `None` when absent.
    pub fn opt_exit(&mut self, name: &'static str, what: &str) -> Option<usize> {
        let found = self.opt_number(name, what, 0..=i64::MAX)?;
        let index = usize::try_from(found).unwrap_or(usize::MAX);
        if index >= self.exits.max(1) {
            self.fault("NF2005", name, format!("The {what} is exit {} of {}", found + 1, self.exits.max(1)));
            return None;
        }
        Some(index)
    }

    /// The index of an exit, which must be there; 0 when it is wrong.
    pub fn exit(&mut self, name: &'static str, what: &str) -> usize {
        let before = self.faults.len();
        let found = self.opt_exit(name, what);
        if found.is_none() && self.faults.len() == before {
            self.fault("NF2001", name, format!("No {what} defined"));
        }
        found.unwrap_or(0)
    }

    /// The elements of a list; an absent one is empty, and told when at least `least` elements are needed.
    fn list(&mut self, name: &'static str, what: &str, least: usize) -> &'a [Value] {
        let list: &'a [Value] = match self.get(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault("NF2002", name, format!("The list of {what}s is not a list"));
                return &[];
            }
        };
        if list.len() < least {
            let sentence = match least {
                1 => format!("No {what} defined"),
                _ => format!("There must be {least} or more {what}s"),
            };
            self.fault("NF2003", name, sentence);
        }
        if list.len() > MAX_ELEMENTS {
            self.fault("NF2003", name, format!("There are more than {MAX_ELEMENTS} {what}s"));
        }
        list.get(..MAX_ELEMENTS).unwrap_or(list)
    }

    /// The elements of a list of objects, each read by `read`.
    pub fn each<T>(
        &mut self,
        name: &'static str,
        what: &str,
        least: usize,
        mut read: impl FnMut(&mut Fields<'a>) -> T,
    ) -> Vec<T> {
        let list = self.list(name, what, least);
        let base = pointer::join(&self.pointer, name);
        let mut found = Vec::new();
        for (index, element) in list.iter().enumerate() {
            let place = format!(" at position {}", index + 1);
            let pointer = pointer::join(&base, &index.to_string());
            let Value::Object(members) = element else {
                let sentence = format!("The {what} is not an object{place}.");
                self.faults.push(ConfigFault { code: "NF2002", pointer, sentence });
                continue;
            };
            let mut one = Fields { pointer, place, ..Fields::new(members, self.exits) };
            found.push(read(&mut one));
            self.faults.append(&mut one.faults);
        }
        found
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str, what: &str, least: usize) -> Vec<String> {
        let list = self.list(name, what, least);
        let base = pointer::join(&self.pointer, name);
        let mut found = Vec::new();
        for (index, element) in list.iter().enumerate() {
            match element {
                Value::String(text) if !text.is_empty() => found.push(text.clone()),
                Value::Number(number) => found.push(number.to_string()),
                _ => {
                    let sentence = format!("The {what} is not a text at position {}.", index + 1);
                    let pointer = pointer::join(&base, &index.to_string());
                    self.faults.push(ConfigFault { code: "NF2002", pointer, sentence });
                }
            }
        }
        found
    }

    /// A list of number patterns; those that cannot be read are told and left out.
    pub fn patterns(&mut self, name: &'static str, what: &str, least: usize) -> Vec<Pattern> {
        let texts = self.texts(name, what, least);
        let base = pointer::join(&self.pointer, name);
        let mut found = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match Pattern::new(text) {
                Ok(pattern) => found.push(pattern),
                Err(fault) => {
                    let sentence = format!("The {what} `{text}` {fault} at position {}.", index + 1);
                    let pointer = pointer::join(&base, &index.to_string());
                    self.faults.push(ConfigFault { code: "NF2006", pointer, sentence });
                }
            }
        }
        found
    }

    /// An announcement: `{"set", "entry", "repetition"}`; `None` when absent.
    pub fn opt_announcement(&mut self, name: &'static str, what: &str) -> Option<Announcement> {
        let value = self.get(name)?;
        let Value::Object(members) = value else {
            self.fault("NF2002", name, format!("The {what} is not an announcement"));
            return None;
        };
        let pointer = pointer::join(&self.pointer, name);
        let mut one = Fields { pointer, place: self.place.clone(), ..Fields::new(members, self.exits) };
        let announcement = Announcement {
            set: one.text("set", &format!("set of the {what}")),
            entry: one.text("entry", &format!("entry of the {what}")),
            repetition: one.count("repetition", &format!("repetition of the {what}"), 0..=100, 1).max(1),
        };
        self.faults.append(&mut one.faults);
        Some(announcement)
    }

    /// An announcement that must be there.
    pub fn announcement(&mut self, name: &'static str, what: &str) -> Announcement {
        let before = self.faults.len();
        let found = self.opt_announcement(name, what);
        if found.is_none() && self.faults.len() == before {
            self.fault("NF2001", name, format!("No {what} defined"));
        }
        found.unwrap_or_default()
    }

    /// A buffer: `user.<name>`, or also `system.<name>` when reading is all that is wanted.
    pub fn buffer(&mut self, name: &'static str, what: &str, system_too: bool) -> Buffer {
        let before = self.faults.len();
        let text = self.text(name, what);
        let buffer = Buffer::new(&text);
        let fits = match &buffer {
            Some(buffer) => system_too || !buffer.is_system(),
            None => false,
        };
        if !fits && self.faults.len() == before {
            let wanted = if system_too { "`user.` or `system.`" } else { "`user.`" };
            self.fault("NF2008", name, format!("The {what} `{text}` is not a {wanted} buffer"));
        }
        buffer.filter(|_| fits).unwrap_or_default()
    }

    /// One of a few words; `None` when absent or none of them.
    pub fn opt_word(
        &mut self,
        name: &'static str,
        what: &str,
        words: &[&'static str],
    ) -> Option<&'static str> {
        let text = self.opt_text(name, what)?;
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            self.fault("NF2009", name, format!("The {what} `{text}` is none of {}", words.join(", ")));
        }
        found
    }

    /// A flag written as 0 or 1, false or true.
    pub fn flag(&mut self, name: &'static str, what: &str) -> bool {
        self.opt_number(name, what, 0..=1) == Some(1)
    }
}
