//! Reads a scenario document.
//!
//! Not here: parties and web servers (`parties`), expectations (`expectations`).

use std::time::Duration;

use engine::limits::Limits;
use flow::issue::{Issue, Level};
use indexmap::IndexMap;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{Fields, Finder, codes};
use super::{CallSpec, PlannedCall, Scenario, expectations, parties};
use crate::world::account::Message;
use crate::world::sound::SoundBook;
use crate::world::{Fate, Faults};

/// Monday 2026-11-23 10:00 UTC, in seconds since 1970.
const USUAL_START: i64 = 1_795_428_000;
const GIVE_UP_AFTER: Duration = Duration::from_secs(3_600);
const BETWEEN_CALLS: Duration = Duration::from_secs(1);
/// Larger numbers are not exact in JSON.
const SEED_MAX: u64 = 1 << 53;

pub(super) fn read(text: &str) -> (Vec<Scenario>, Vec<Issue>) {
    let mut documents = Vec::new();
    for document in serde_norway::Deserializer::from_str(text) {
        match serde_norway::Value::deserialize(document) {
            Ok(serde_norway::Value::Null) => {}
            Ok(value) => documents.push(json(value)),
            Err(error) => {
                let issue = Issue::error(codes::NOT_YAML, "", format!("the document is not YAML: {error}"));
                return (Vec::new(), vec![issue]);
            }
        }
    }
    let mut find = Finder::default();
    if documents.is_empty() {
        find.issues.push(Issue::error(codes::MISSING, "", "the document has no scenario"));
    }
    let several = documents.len() > 1;
    let mut scenarios = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        let before = find.issues.len();
        let pointer = if several { format!("/{at}") } else { String::new() };
        let scenario = scenario(&mut find, document, &pointer);
        let sound = find.issues.iter().skip(before).all(|issue| issue.level != Level::Error);
        scenarios.extend(Some(scenario).filter(|_| sound));
    }
    (scenarios, find.issues)
}

/// YAML as JSON; keys that are numbers or truth values become text.
fn json(value: serde_norway::Value) -> Value {
    use serde_norway::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => {
            let whole = number.as_i64().map(Value::from).or_else(|| number.as_u64().map(Value::from));
            whole.or_else(|| number.as_f64().map(Value::from)).unwrap_or(Value::Null)
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(list) => Value::Array(list.into_iter().map(json).collect()),
        Yaml::Mapping(members) => {
            let member = |(key, value)| {
                let key = match json(key) {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                (key, json(value))
            };
            Value::Object(members.into_iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Tagged(tagged) => json(tagged.value),
    }
}

fn scenario(find: &mut Finder, document: &Value, pointer: &str) -> Scenario {
    let mut fields = Fields::of(find, document, pointer);
    let name = fields.required_text("name");
    let at = time(&mut fields, "at").unwrap_or_else(usual_start);
    let seed = fields.number("seed", 0, SEED_MAX).unwrap_or(1);
    let flow = mapping(&mut fields, "flow");
    let plan = mapping(&mut fields, "plan");
    let service_number = mapping(&mut fields, "service_number");
    if flow.is_some() && plan.is_some() {
        let at = fields.at("plan");
        fields.find.contradiction(&at, "a scenario has a `flow` or a `plan`, not both");
    }
    if service_number.is_some() && plan.is_none() {
        let at = fields.at("service_number");
        fields.find.contradiction(&at, "`service_number` belongs to a `plan`");
    }
    let documents = documents(&mut fields);
    let messages = messages(&mut fields);
    let phones = parties::phones(&mut fields);
    let trunks = parties::trunks(&mut fields).unwrap_or_default();
    let others = parties::others(&mut fields);
    let waiting = parties::waiting(&mut fields);
    let web = parties::web(&mut fields).unwrap_or_default();
    let sound = sound(&mut fields);
    let faults = faults(&mut fields);
    let limits = limits(&mut fields);
    let give_up_after = fields.duration("give_up_after").unwrap_or(GIVE_UP_AFTER);
    let calls = calls(&mut fields);
    fields.finish();
    Scenario {
        name,
        at,
        seed,
        flow,
        plan,
        service_number,
        documents,
        messages,
        phones,
        trunks,
        others,
        waiting,
        web,
        sound,
        faults,
        limits,
        give_up_after,
        calls,
    }
}

fn usual_start() -> Timestamp {
    Timestamp::from_second(USUAL_START).unwrap_or_default()
}

fn time(fields: &mut Fields<'_>, key: &'static str) -> Option<Timestamp> {
    let text = fields.text(key)?;
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let found =
        packed.parse::<Zoned>().map(|zoned| zoned.timestamp()).or_else(|_| text.parse::<Timestamp>()).ok();
    if found.is_none() {
        let at = fields.at(key);
        fields.find.issues.push(
            Issue::error(codes::WRONG_KIND, at, format!("`{text}` is not a point in time"))
                .with_help("write 2026-11-23T10:00:00[America/New_York] or 2026-11-23T15:00:00Z"),
        );
    }
    found
}

fn mapping(fields: &mut Fields<'_>, key: &'static str) -> Option<Value> {
    let value = fields.take(key)?;
    if !value.is_object() {
        let at = fields.at(key);
        fields.find.wrong_kind(&at, "a mapping", &value);
    }
    Some(value)
}

fn documents(fields: &mut Fields<'_>) -> Vec<Value> {
    let mut found = Vec::new();
    for (document, at) in fields.list("documents") {
        for key in ["id", "type"] {
            if !document.get(key).is_some_and(Value::is_string) {
                let message = format!("a document needs the text `{key}`");
                fields.find.issues.push(Issue::error(codes::MISSING, at.clone(), message));
            }
        }
        found.push(document);
    }
    found
}

fn messages(fields: &mut Fields<'_>) -> Vec<Message> {
    let mut found = Vec::new();
    for (box_id, list, at) in fields.named("messages") {
        for (message, at) in Finder::elements(&list, &at) {
            let mut one = Fields::of(fields.find, &message, &at);
            let id = one.text("id").unwrap_or_else(|| format!("{:032x}", found.len() + 1));
            let folder = one.text("folder").unwrap_or_else(|| "new".to_owned());
            if !Message::FOLDERS.contains(&folder.as_str()) {
                let at = one.at("folder");
                one.find.wrong_word(&at, &folder, Message::FOLDERS);
            }
            let length = one.duration("length").unwrap_or(Duration::from_secs(5));
            let number = one.text("from").unwrap_or_default();
            let name = one.text("name").unwrap_or_default();
            let at = time(&mut one, "at").unwrap_or_else(usual_start);
            one.finish();
            found.push(Message::received(id, box_id.clone(), folder, length, (&name, &number), at));
        }
    }
    found
}

fn sound(fields: &mut Fields<'_>) -> SoundBook {
    let mut lengths = Vec::new();
    for (name, length, at) in fields.named("sound") {
        match length.as_str() {
            Some("missing") => lengths.push((name, None)),
            _ => lengths.extend(fields.find.duration(&length, &at).map(|length| (name, Some(length)))),
        }
    }
    SoundBook { lengths, speech: fields.truth("speech").unwrap_or(true) }
}

fn faults(fields: &mut Fields<'_>) -> Faults {
    let Some(value) = fields.take("faults") else { return Faults::default() };
    let at = fields.at("faults");
    let mut one = Fields::of(fields.find, &value, &at);
    let save = fates(&mut one, "save", &["ok", "conflict", "storage"]);
    let load = fates(&mut one, "load", &["ok", "storage"]);
    let answer_lost = is_lost(&mut one, "answer");
    let fax_lost = is_lost(&mut one, "fax");
    let no_mixer = is_lost(&mut one, "mixer");
    one.finish();
    let mut faults = Faults::new(save, load, answer_lost);
    faults.fax_lost = fax_lost;
    faults.no_mixer = no_mixer;
    faults
}

fn is_lost(fields: &mut Fields<'_>, key: &'static str) -> bool {
    let word = fields.text(key);
    if let Some(word) = word.as_deref().filter(|word| *word != "lost") {
        let at = fields.at(key);
        fields.find.wrong_word(&at, word, &["lost"]);
    }
    word.is_some()
}

fn fates(fields: &mut Fields<'_>, key: &'static str, known: &[&str]) -> Vec<Fate> {
    let at = fields.at(key);
    let words = fields.texts(key);
    let mut fates = Vec::new();
    for word in words {
        match word.as_str() {
            known_word if !known.contains(&known_word) => fields.find.wrong_word(&at, &word, known),
            "conflict" => fates.push(Fate::Conflict),
            "storage" => fates.push(Fate::Storage),
            _ => fates.push(Fate::Well),
        }
    }
    fates
}

fn limits(fields: &mut Fields<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(value) = fields.take("limits") else { return limits };
    let at = fields.at("limits");
    let mut one = Fields::of(fields.find, &value, &at);
    let small = u64::from(u32::MAX);
    for (key, limit) in [
        ("steps_without_wait", &mut limits.steps_without_wait),
        ("visited_nodes", &mut limits.visited_nodes),
        ("branches", &mut limits.branches),
        ("fetches", &mut limits.fetches),
    ] {
        *limit = one.number(key, 0, small).and_then(|found| u32::try_from(found).ok()).unwrap_or(*limit);
    }
    for (key, limit) in [
        ("buffered_digits", &mut limits.buffered_digits),
        ("outstanding_commands", &mut limits.outstanding_commands),
        ("ringing_legs", &mut limits.ringing_legs),
        ("playlist_items", &mut limits.playlist_items),
        ("journal_entries", &mut limits.journal_entries),
    ] {
        *limit = one.number(key, 0, small).and_then(|found| usize::try_from(found).ok()).unwrap_or(*limit);
    }
    limits.document_bytes = one.number("document_bytes", 0, small).unwrap_or(limits.document_bytes);
    limits.call_duration = one.duration("call_duration").unwrap_or(limits.call_duration);
    one.finish();
    limits
}

fn calls(fields: &mut Fields<'_>) -> Vec<PlannedCall> {
    if !fields.has("calls") {
        if !fields.has("call") {
            fields.missing("call");
        }
        return vec![planned(fields)];
    }
    for key in ["call", "caller", "expect"] {
        if fields.has(key) {
            let at = fields.at(key);
            fields.find.contradiction(&at, format!("with `calls`, `{key}` belongs inside the list"));
        }
    }
    let mut calls = Vec::new();
    for (value, at) in fields.list("calls") {
        let mut one = Fields::of(fields.find, &value, &at);
        if !one.has("call") {
            one.missing("call");
        }
        let after = one.duration("after").unwrap_or(BETWEEN_CALLS);
        let phones = parties::phones(&mut one);
        let trunks = parties::trunks(&mut one);
        let web = parties::web(&mut one);
        let call = PlannedCall { after, phones, trunks, web, ..planned(&mut one) };
        one.finish();
        calls.push(call);
    }
    if calls.is_empty() {
        let at = fields.at("calls");
        fields.find.contradiction(&at, "a scenario needs at least one call");
    }
    calls
}

/// `call`, `caller` and `expect`.
fn planned(fields: &mut Fields<'_>) -> PlannedCall {
    let call = match fields.take("call") {
        Some(value) => {
            let at = fields.at("call");
            call_spec(Fields::of(fields.find, &value, &at))
        }
        None => CallSpec::default(),
    };
    PlannedCall {
        after: Duration::ZERO,
        call,
        caller: parties::steps(fields, "caller"),
        expect: expectations::expect(fields),
        phones: IndexMap::new(),
        trunks: None,
        web: None,
    }
}

fn call_spec(mut fields: Fields<'_>) -> CallSpec {
    let spec = CallSpec {
        to: fields.required_text("to"),
        from: fields.text("from"),
        name: fields.text("name").unwrap_or_default(),
        device: fields.text("device"),
        realm: fields.text("realm"),
        privacy: fields.truth("privacy").unwrap_or(false),
        diverted_from: fields.text("diverted_from"),
        referred_by: fields.text("referred_by"),
        headers: fields
            .named("headers")
            .into_iter()
            .filter_map(|(name, value, at)| Some((name, fields.find.text(&value, &at)?)))
            .collect(),
    };
    fields.finish();
    spec
}
