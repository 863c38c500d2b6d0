//! What the caller hears and keys in: announcements, menus, PINs and codes, numbers to be called.

use serde_json::Value;

use super::terminating::ring_s;
use super::{Announcement, Buffer, Config};
use crate::n2fe::fields::Fields;
use crate::n2fe::pattern::Pattern;

/// Most tries an operation may give the caller.
const MAX_ITERATIONS: i64 = 20;

/// Longest wait for a digit, in seconds.
const MAX_DIGIT_WAIT_S: i64 = 120;

/// Most digits to be keyed in.
const MAX_DIGITS: i64 = 32;

/// `PlayAnnouncement`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayAnnouncement {
    /// What is played.
    pub announcement: Announcement,
}

impl Config for PlayAnnouncement {
    const MEMBERS: &'static [&'static str] = &["announcement"];

    fn read(fields: &mut Fields<'_>) -> Self {
        PlayAnnouncement { announcement: fields.announcement("announcement", "announcement") }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.announcement.to_string()]
    }
}

/// The exits of a menu, in order: the keys, `T` for nothing keyed in time, `None` for no valid key in all tries.
pub const MENU_KEYS: [&str; 14] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "T", "None"];

/// `Menu`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    /// Played first.
    pub main: Announcement,
    /// Played on the next try when nothing was keyed.
    pub timeout: Announcement,
    /// Played on the next try when a key without an exit was pressed.
    pub bad_digit: Announcement,
    /// Tries, the first one included.
    pub max_iterations: u32,
    /// Seconds to wait for the key when `T` is connected; `None` for the system's own time.
    pub first_digit_timeout_s: Option<u32>,
}

impl Config for Menu {
    const MEMBERS: &'static [&'static str] = &[
        "main_announcement",
        "timeout_announcement",
        "bad_digit_announcement",
        "max_iterations",
        "first_digit_timeout",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Menu {
            main: fields.announcement("main_announcement", "main announcement"),
            timeout: fields.announcement("timeout_announcement", "timeout announcement"),
            bad_digit: fields.announcement("bad_digit_announcement", "bad digit announcement"),
            max_iterations: iterations(fields),
            first_digit_timeout_s: fields
                .opt_number("first_digit_timeout", "first digit timeout in seconds", 0..=MAX_DIGIT_WAIT_S)
                .and_then(|found| u32::try_from(found).ok())
                .filter(|seconds| *seconds > 0),
        }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.main.to_string()]
    }
}

/// Which exit each of [`MENU_KEYS`] has: by the names in `exitNames` when all of them are such keys, else by its place.
pub fn menu_exits(exit_names: Option<&Value>) -> [Option<usize>; MENU_KEYS.len()] {
    let mut exits = std::array::from_fn(Some);
    let Some(Value::Array(given)) = exit_names else { return exits };
    let name = |one: &Value| {
        let name = one.get("name").unwrap_or(one).as_str()?;
        MENU_KEYS.iter().position(|key| key.eq_ignore_ascii_case(name.trim()))
    };
    let places: Option<Vec<usize>> = given.iter().map(name).collect();
    if let Some(places) = places.filter(|places| !places.is_empty()) {
        exits = [None; MENU_KEYS.len()];
        for (index, place) in places.into_iter().enumerate() {
            if let Some(slot) = exits.get_mut(place) {
                slot.get_or_insert(index);
            }
        }
    }
    exits
}

fn iterations(fields: &mut Fields<'_>) -> u32 {
    fields.count("max_iterations", "maximum of iterations", 1..=MAX_ITERATIONS, 3)
}

/// What the caller is asked, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// Played first.
    pub main: Announcement,
    /// Played on later tries.
    pub reprompt: Announcement,
    /// Tries, the first one included.
    pub max_iterations: u32,
    /// Fewest digits.
    pub min_digits: u32,
    /// Most digits.
    pub max_digits: u32,
    /// The key that ends the entry; `None` for none.
    pub end_key: Option<char>,
    /// The key that begins the entry anew; `None` for none.
    pub cancel_key: Option<char>,
    /// Seconds to wait for each digit; `None` for the system's own time.
    pub digit_timeout_s: Option<u32>,
}

impl Collection {
    fn prompts(fields: &mut Fields<'_>) -> Collection {
        Collection {
            main: fields.announcement("main_announcement", "main announcement"),
            reprompt: fields.announcement("reprompt_announcement", "reprompt announcement"),
            max_iterations: iterations(fields),
            min_digits: 1,
            max_digits: 32,
            end_key: Some('#'),
            cancel_key: Some('*'),
            digit_timeout_s: None,
        }
    }

    /// With the bounds and keys of operations that name them.
    fn with_digits(fields: &mut Fields<'_>, least: i64, most: i64) -> Collection {
        let mut collection = Collection::prompts(fields);
        let min = fields.number("min_digits", "minimum of digits", least..=most);
        let max = fields.number("max_digits", "maximum of digits", least..=most);
        if min > max {
            fields.fault("NF2007", "min_digits", "The minimum of digits is above the maximum");
        }
        let count = |number: i64| u32::try_from(number).unwrap_or(1);
        collection.min_digits = count(min.min(max));
        collection.max_digits = count(max);
        collection.end_key = key(fields, "end_char", "end key", '#');
        collection.cancel_key = key(fields, "cancel_char", "cancel key", '*');
        collection.digit_timeout_s = fields
            .opt_number("digit_timeout", "digit timeout in seconds", 1..=MAX_DIGIT_WAIT_S)
            .and_then(|found| u32::try_from(found).ok());
        if collection.end_key.is_some() && collection.end_key == collection.cancel_key {
            fields.fault("NF2007", "cancel_char", "The cancel key is the end key");
        }
        collection
    }

    fn lines(&self) -> Vec<String> {
        let digits = format!("{} to {} digits", self.min_digits, self.max_digits);
        vec![self.main.to_string(), digits]
    }
}

/// A key of the telephone; absent is the usual one, empty is none.
fn key(fields: &mut Fields<'_>, name: &'static str, what: &str, usual: char) -> Option<char> {
    let text = match fields.get(name) {
        None => return Some(usual),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let mut keys = text.chars();
    match (keys.next(), keys.next()) {
        (None, _) => None,
        (Some(one @ ('0'..='9' | '*' | '#')), None) => Some(one),
        _ => {
            fields.fault("NF2002", name, format!("The {what} is not one key of a telephone"));
            Some(usual)
        }
    }
}

/// `PinAuthorisation` and `AccountCodeEntry`: what is right comes from the service number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry(pub Collection);

impl Config for Entry {
    const MEMBERS: &'static [&'static str] =
        &["main_announcement", "reprompt_announcement", "max_iterations"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Entry(Collection::prompts(fields))
    }

    fn lines(&self) -> Vec<String> {
        vec![self.0.main.to_string()]
    }
}

/// Members of the operations that collect digits.
macro_rules! collecting_members {
    ($($more:literal),*) => {
        &[
            "main_announcement", "reprompt_announcement", "max_iterations", "min_digits", "max_digits", "end_char",
            "cancel_char", "digit_timeout", $($more),*
        ]
    };
}

/// `ExtensionDialing`: the digits keyed in, behind a prefix, are called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtensionDialing {
    /// What is asked.
    pub collection: Collection,
    /// Digits before the extension.
    pub prefix: String,
    /// The whole number must match one of them; none allows every number.
    pub patterns: Vec<Pattern>,
    /// Seconds to ring; 0 for the system's own time.
    pub timeout_s: u32,
}

impl Config for ExtensionDialing {
    const MEMBERS: &'static [&'static str] =
        collecting_members!("prefix", "destination_patterns", "timeout_seconds");

    fn read(fields: &mut Fields<'_>) -> Self {
        let collection = Collection::with_digits(fields, 1, MAX_DIGITS);
        let prefix = fields.some_digits("prefix", "prefix");
        if !prefix.is_empty() && prefix.len() + (collection.min_digits as usize) < 7 {
            fields.fault(
                "NF2007",
                "prefix",
                "The prefix and the minimum of digits are fewer than 7 digits together",
            );
        }
        let patterns = fields.patterns("destination_patterns", "destination pattern", 0);
        ExtensionDialing { collection, prefix, patterns, timeout_s: ring_s(fields) }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = self.collection.lines();
        lines.insert(1, format!("{}...", self.prefix));
        lines.extend(self.patterns.iter().map(|pattern| pattern.as_str().to_owned()));
        lines
    }
}

/// `BreakoutDialing`: the number keyed in is called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BreakoutDialing {
    /// What is asked.
    pub collection: Collection,
    /// The number must match one of them; none allows every number.
    pub patterns: Vec<Pattern>,
    /// Seconds to ring; 0 for the system's own time.
    pub timeout_s: u32,
}

impl Config for BreakoutDialing {
    const MEMBERS: &'static [&'static str] = collecting_members!("destination_patterns", "timeout_seconds");

    fn read(fields: &mut Fields<'_>) -> Self {
        BreakoutDialing {
            collection: Collection::with_digits(fields, 6, 20),
            patterns: fields.patterns("destination_patterns", "destination pattern", 0),
            timeout_s: ring_s(fields),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = self.collection.lines();
        lines.extend(self.patterns.iter().map(|pattern| pattern.as_str().to_owned()));
        lines
    }
}

/// `SpeedDial`: the number behind the code keyed in is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeedDial {
    /// What is asked.
    pub collection: Collection,
    /// Seconds to ring; 0 for the system's own time.
    pub timeout_s: u32,
}

impl Config for SpeedDial {
    const MEMBERS: &'static [&'static str] = collecting_members!("timeout_seconds");

    fn read(fields: &mut Fields<'_>) -> Self {
        SpeedDial { collection: Collection::with_digits(fields, 1, 5), timeout_s: ring_s(fields) }
    }

    fn lines(&self) -> Vec<String> {
        self.collection.lines()
    }
}

/// `UserInput`: the digits keyed in are kept in a buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInput {
    /// What is asked.
    pub collection: Collection,
    /// Where the digits go.
    pub buffer: Buffer,
}

impl Config for UserInput {
    const MEMBERS: &'static [&'static str] = collecting_members!("buffer");

    fn read(fields: &mut Fields<'_>) -> Self {
        UserInput {
            collection: Collection::with_digits(fields, 1, MAX_DIGITS),
            buffer: fields.buffer("buffer", "buffer", false),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = self.collection.lines();
        lines.push(self.buffer.as_str().to_owned());
        lines
    }
}
