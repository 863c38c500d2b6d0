//! A snapshot without the people in it: numbers, names, ids, addresses and texts replaced, the shape kept.
//!
//! What may stay is listed, everything else is replaced, so that a member nobody thought of tells nothing. The same original gets the
//! same replacement everywhere, also in the names of requests, so a report of the redacted snapshot has the same picture with
//! other words. Schedules' times, time zones, languages and country codes stay: a report needs them.
//!
//! Not here: hiding numbers in a picture while the snapshot keeps them.

mod numbers;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use flow::broadworks::snapshot::{Reply, Snapshot, request_key};
use numbers::Numbers;
use serde_json::{Map, Number, Value};
use words::Words;

use crate::fetch::warnings;

/// Keys that are tried until no replaced number is one of the originals.
const KEYS: u8 = 16;

/// Members whose texts stay: words of the API itself, times and languages.
const KEPT: [&str; 31] = [
    "action",
    "announcementSelection",
    "callsToType",
    "countryCode",
    "endDate",
    "endTime",
    "endpointType",
    "escapeDigit",
    "extended",
    "extensionDialingScope",
    "incomingCalls",
    "key",
    "language",
    "level",
    "loginType",
    "manualOverride",
    "nameDialingEntries",
    "nameDialingScope",
    "nationalPrefix",
    "policy",
    "processing",
    "recurrence",
    "ringPattern",
    "routingType",
    "rrule",
    "serviceName",
    "startDate",
    "startTime",
    "timeZone",
    "type",
    "userType",
];

/// Texts that stay wherever they are: BroadWorks' own names for "no" and "all".
const KEPT_TEXTS: [&str; 6] = ["None", "All calls", "Every Day All Day", "Any", "Default", "True"];

/// Members whose integers are counts or times, by how their names end.
const COUNTS: [&str; 16] = [
    "seconds",
    "minutes",
    "rings",
    "length",
    "limit",
    "count",
    "level",
    "weight",
    "size",
    "percentage",
    "priority",
    "status",
    "prefix",
    "code",
    "position",
    "timeout",
];

/// A snapshot that tells the same flows about nobody. The replacement differs each time.
///
/// Failed requests keep their status only, and the source becomes `https://odin.example/`.
pub fn redact(snapshot: &Snapshot) -> Snapshot {
    let mut key = [0; 32];
    if getrandom::fill(&mut key).is_err() {
        // Without randomness the replacement is still one; it could be traced by whoever has this program.
        key = [0x5a; 32];
    }
    redact_with(snapshot, key)
}

/// The same with a key: the same snapshot and key give the same replacement. Numbers are replaced alike in any snapshot, so two
/// redacted snapshots of a group can be compared.
pub fn redact_with(snapshot: &Snapshot, key: [u8; 32]) -> Snapshot {
    let mut seen = Seen::default();
    for reply in snapshot.replies.values().filter_map(Reply::ok) {
        seen.look("", reply);
    }
    let of_key = |salt: u8| {
        let mut key = key;
        key[0] ^= salt;
        Numbers::new(key, seen.country_codes.clone())
    };
    let collisions = |numbers: &Numbers| {
        // Zeros stay.
        let changing =
            seen.numbers.iter().filter(|number| number.contains(|one: char| matches!(one, '1'..='9')));
        let replaced = changing.map(|number| numbers.replace(number));
        replaced.filter(|number| seen.numbers.contains(number)).count()
    };
    // Among few short extensions one may become another; a key that avoids it is found soon, if there is one.
    let mut best = (usize::MAX, of_key(0));
    for salt in 0..KEYS {
        let numbers = of_key(salt);
        let count = collisions(&numbers);
        if count < best.0 {
            best = (count, numbers);
        }
        if count == 0 {
            break;
        }
    }
    Redactor { numbers: best.1, words: Words::default() }.snapshot(snapshot)
}

/// What is looked at before anything is replaced.
#[derive(Default)]
struct Seen {
    numbers: BTreeSet<String>,
    country_codes: BTreeSet<String>,
}

impl Seen {
    fn look(&mut self, member: &str, value: &Value) {
        match value {
            Value::String(text) => {
                if member == "countryCode" && text.len() <= 3 {
                    self.country_codes.insert(text.clone());
                } else if !is_kept(member, text) && numbers::is_like_a_number(text) {
                    self.country_codes.extend(numbers::country_code(text));
                    self.numbers.insert(text.clone());
                }
            }
            Value::Number(number) if !is_count(member, number) => {
                self.numbers.insert(number.to_string());
            }
            Value::Array(all) => all.iter().for_each(|one| self.look(member, one)),
            Value::Object(members) => members.iter().for_each(|(name, value)| self.look(name, value)),
            _ => {}
        }
    }
}

struct Redactor {
    numbers: Numbers,
    words: Words,
}

impl Redactor {
    fn snapshot(&mut self, snapshot: &Snapshot) -> Snapshot {
        let service_provider = self.text("serviceProviderId", &snapshot.service_provider);
        let group = self.text("groupId", &snapshot.group);
        let replies: BTreeMap<String, Reply> =
            snapshot.replies.iter().map(|(key, reply)| (self.key(key), self.reply(reply))).collect();
        Snapshot {
            format: snapshot.format,
            source: "https://odin.example/".to_owned(),
            taken_at: snapshot.taken_at.clone(),
            service_provider,
            group,
            warnings: warnings(&replies, &[]),
            replies,
        }
    }

    /// A request's name, with the values of its query replaced.
    fn key(&mut self, key: &str) -> String {
        let (path, query) = key.split_once('?').unwrap_or((key, ""));
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let replaced: Vec<(String, String)> =
            pairs.map(|(name, value)| (name.to_string(), self.text(&name, &value))).collect();
        let query: Vec<(&str, &str)> =
            replaced.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        request_key(path, &query)
    }

    fn reply(&mut self, reply: &Reply) -> Reply {
        match reply {
            Reply::Ok(value) => Reply::Ok(self.value("", value)),
            Reply::Failed { status, .. } => {
                let reason = match status {
                    Some(status) => format!("the server answered {status}"),
                    None => "no usable reply".to_owned(),
                };
                Reply::Failed { status: *status, reason }
            }
        }
    }

    fn value(&mut self, member: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(member, text)),
            Value::Number(number) if !is_count(member, number) => self.integer(number),
            Value::Array(all) => all.iter().map(|one| self.value(member, one)).collect(),
            Value::Object(members) => Value::Object(self.members(members)),
            other => other.clone(),
        }
    }

    fn members(&mut self, members: &Map<String, Value>) -> Map<String, Value> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let person = ["firstName", "lastName"].map(text);
        let person = match person {
            [None, None] => None,
            [first, last] => Some(self.words.person(first.unwrap_or_default(), last.unwrap_or_default())),
        };
        let replaced = members.iter().map(|(name, value)| {
            let value = match (name.as_str(), value, &person) {
                ("firstName", Value::String(_), Some((first, _))) => Value::String(first.clone()),
                ("lastName", Value::String(_), Some((_, last))) => Value::String(last.clone()),
                _ => self.value(name, value),
            };
            (self.member_name(name), value)
        });
        replaced.collect()
    }

    /// A member's name stays, unless it is an id or number itself.
    fn member_name(&mut self, name: &str) -> String {
        let digits = name.bytes().filter(u8::is_ascii_digit).count();
        if name.contains('@') || digits >= 3 { self.text("", name) } else { name.to_owned() }
    }

    fn text(&mut self, member: &str, text: &str) -> String {
        if is_kept(member, text) { text.to_owned() } else { self.words.replace(member, text, &self.numbers) }
    }

    /// A number written as an integer, of the same length.
    fn integer(&self, number: &Number) -> Value {
        let replaced = self.numbers.replace(&number.to_string());
        replaced.parse::<u64>().map_or(Value::Number(0.into()), |number| Value::Number(number.into()))
    }
}

/// Whether a text stays: it is in a member of the API's own words, and looks like one.
fn is_kept(member: &str, text: &str) -> bool {
    if KEPT_TEXTS.contains(&text) {
        return true;
    }
    let is_time =
        matches!(member, "startTime" | "endTime" | "startDate" | "endDate" | "rrule" | "recurrence");
    let is_plain = |one: char| one.is_ascii_alphanumeric() || " +-/_.:;,=*#\n\r".contains(one);
    if is_time {
        return text.len() <= 500 && text.chars().all(is_plain);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    KEPT.contains(&member) && text.len() <= 60 && digits <= 3 && text.chars().all(is_plain)
}

/// Whether an integer is a count, a time or a single digit, and so no telephone number.
fn is_count(member: &str, number: &Number) -> bool {
    let member = member.to_ascii_lowercase();
    let ends = |ending: &str| member.ends_with(ending) || member.contains("numberofrings");
    number.as_u64().is_some_and(|number| number < 10) || COUNTS.iter().any(|ending| ends(ending))
}
